"""A learned score becomes a score model like any other: each condition a rule, its weight the points."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from crmseg.common.actor import Actor
from crmseg.common.problems import Conflict

from ... import catalogue
from ...definition import depends
from ...definition.load import load
from ...models import Fitting, ScoreModel
from .. import example, services
from . import goals

KEY = "learned_score"
PLACES = 6


def free_key() -> str:
    return example.free_key(KEY)


def keep(fitting_id: int, *, key: str, actor: Actor) -> ScoreModel:
    """Raises Fitting.DoesNotExist, and Conflict where nothing was learned or it was kept already."""
    with transaction.atomic():
        fitting = Fitting.objects.select_for_update().get(pk=fitting_id)
        if not fitting.found or fitting.refused:
            raise Conflict(_("Nothing was learned that could be kept."))
        if fitting.model_id is not None:
            raise Conflict(_("This is a score model already."))
        fitting.model = services.create_model(
            key=key,
            name=fitting.name,
            description=_told(fitting),
            definition=definition(fitting),
            link=ScoreModel.Link.LOGISTIC,
            intercept=_exact(fitting.found["intercept"]),
            actor=actor,
        )
        fitting.save(update_fields=["model"])
    return fitting.model


def definition(fitting: Fitting) -> dict[str, Any]:
    """What people are is fit, what they did is engagement; what nothing was learned of is left out."""
    known = catalogue.current()
    groups: dict[str, list[dict[str, Any]]] = {"fit": [], "engagement": []}
    assert fitting.found is not None
    for feature, weight in zip(fitting.features, fitting.found["weights"], strict=True):
        if weight["weight"] is None:
            continue
        reads = depends.keys(load(feature["definition"], known))
        kind = "engagement" if any(key.startswith("event:") for key in reads) else "fit"
        rule = {"name": feature["name"][:200], "definition": feature["definition"], "decay": None}
        groups[kind].append(rule | {"points": _exact(weight["weight"])})
    names = {"fit": _("Who they are"), "engagement": _("What they did")}
    return {"groups": [{"name": names[kind], "kind": kind, "rules": rules} for kind, rules in groups.items() if rules]}


def _told(fitting: Fitting) -> str:
    said = _("The chance of “%(goal)s” within %(days)s days, learned from %(converted)s conversions.")
    converted = (fitting.found or {}).get("converted")
    return said % {"goal": goals.stored(fitting.goal).label, "days": fitting.days, "converted": converted}


def _exact(number: float) -> Decimal:
    return round(Decimal(str(number)), PLACES)
