"""Whose clock counts, as fields of a row: the account's, the contact's own, or that of a named zone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from segments.definition.sql import CONTACT_ZONE

from . import choices
from .draft import Draft, Fields
from .values import needed, text

NAMED = "named"


def fields(raw: Mapping[str, Any]) -> Fields:
    zone = raw.get("zone")
    if not zone:
        return {}
    return {"zone": [CONTACT_ZONE]} if zone == CONTACT_ZONE else {"zone": [NAMED], "zone_name": [text(zone)]}


def node(draft: Draft) -> dict[str, Any]:
    zone = draft.first("zone")
    if not zone:
        return {}
    if zone == NAMED:
        (zone,) = needed(draft.first("zone_name"))
    return {"zone": zone}


def shown(draft: Draft) -> dict[str, Any]:
    return {"zones": choices.ZONES, "zone": draft.first("zone"), "zone_name": draft.first("zone_name")}
