"""What a contact is worth, beside her facts: totals, digits, activity, and what is expected with its bounds."""

from __future__ import annotations

from typing import Any

from .. import panels
from ..models import Contact, Worth
from . import rules
from .lifetime import model


def connect() -> None:
    panels.register("worth", panel)


def panel(contact: Contact) -> dict[str, Any] | None:
    """Nothing for whoever never ordered."""
    worth = Worth.objects.filter(contact=contact, orders__gt=0).first()
    if worth is None:
        return None
    known = rules.current()
    fit = model.latest_but_checks() if worth.lifetime_at else None
    return {
        "worth": worth,
        "group": known.label(worth.rfm_group),
        "group_before": known.label(worth.rfm_previous_group),
        "weeks": fit.horizon_weeks if fit else 0,
    }
