"""A score model that any account can begin with: who somebody is, and what she did lately."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from crmseg.common.actor import Actor

from ..models import ScoreModel
from . import services
from .history import names_of

KEY = "lead_score"
_FREE_MAIL = ["@gmail.com", "@hotmail.com", "@outlook.com", "@yahoo.com", "@icloud.com", "@gmx.de", "@libero.it"]


def create(*, actor: Actor) -> ScoreModel:
    return services.create_model(key=free_key(KEY), name=_("Lead score"), definition=definition(), actor=actor)


def definition() -> dict[str, Any]:
    """Rules on what every account has. An event that nobody sent yet gives nobody points."""
    fading = {"every": 30, "unit": "day", "keep": 50, "times": 2}
    work_address = [{"property": "email", "op": "ends_with", "value": one} for one in _FREE_MAIL]
    fit: list[tuple[Any, ...]] = [
        (_("Address at work"), {"all": [_known("email"), {"not": {"any": work_address}}]}, 20),
        (_("Can be called"), _known("phone"), 10),
        (_("Decides"), {"property": "seniority", "op": "is_any_of", "value": ["director", "executive", "owner"]}, 20),
        (_("Company is known"), _known("company.name"), 10),
    ]
    engagement: list[tuple[Any, ...]] = [
        (_("Opened an e-mail"), {"event": "Email Opened", "op": "did"}, 10, fading),
        (_("Clicked in an e-mail"), {"event": "Email Clicked", "op": "did"}, 20, fading),
        (_("Looked at a page"), {"event": "Page Viewed", "op": "did"}, 15, fading),
        (_("Looked at five pages in a week"), _pages(), 15),
        (_("Unsubscribed"), {"consent": "email", "op": "unsubscribed"}, -20),
    ]
    return {
        "groups": [
            {"name": _("Who they are"), "kind": "fit", "rules": [_rule(*rule) for rule in fit]},
            {"name": _("What they did"), "kind": "engagement", "rules": [_rule(*rule) for rule in engagement]},
        ]
    }


def free_key(wanted: str) -> str:
    """The key, or the first one like it whose properties nobody has."""
    taken = {name for key in ScoreModel.objects.values_list("key", flat=True) for name in names_of(key)}
    number, key = 1, wanted
    while not taken.isdisjoint(names_of(key)):
        number += 1
        key = f"{wanted[:46]}_{number}"
    return key


def _rule(name: str, asked: dict[str, Any], points: int, decay: dict[str, Any] | None = None) -> dict[str, Any]:
    return {"name": name, "definition": asked, "points": points, "decay": decay}


def _known(key: str) -> dict[str, Any]:
    return {"property": key, "op": "is_known"}


def _pages() -> dict[str, Any]:
    return {"event": "Page Viewed", "op": "gte", "value": 5, "window": {"last": 7, "unit": "day"}}
