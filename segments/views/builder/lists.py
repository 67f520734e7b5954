"""Questions about lists, as fields of a row: who is in, who came and went, who has been in for long, who was in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from segments.definition.operators import Takes
from segments.definition.schema import Catalogue

from . import choices, controls, windows, zones
from .draft import Draft, Fields
from .values import NotShown, instant, integer, local, needed, text

_KEYS = {"segment", "op", "value", "unit", "window", "at", "zone", "label", "off"}


def fields(raw: Mapping[str, Any], catalogue: Catalogue) -> Fields:
    op = str(raw.get("op", "in"))
    if raw["segment"] not in catalogue.segments or not raw.keys() <= _KEYS:
        raise NotShown
    shown: Fields = {"what": [f"segment:{raw['segment']}"], "op": [op]}
    shown |= zones.fields(raw)
    if "at" in raw:
        shown["value"] = [local(text(raw["at"]), catalogue.zone)]
    if controls.takes(op) is Takes.SPAN:
        shown |= {"value": [text(raw.get("value"))], "unit": [text(raw.get("unit"))]}
    return shown | windows.fields(raw.get("window"), catalogue)


def node(draft: Draft, id: str, catalogue: Catalogue) -> dict[str, Any]:
    op = draft.first("op", "in")
    found: dict[str, Any] = {"segment": integer(id), "op": op}
    match controls.takes(op):
        case Takes.WINDOW:
            window = windows.node(draft, catalogue)
            found |= {"window": window} if window else {}
        case Takes.SPAN:
            (n,) = needed(draft.first("value"))
            found |= {"value": integer(n), "unit": draft.first("unit", "day")}
        case Takes.ONE:
            (at,) = needed(draft.first("value"))
            found["at"] = instant(at, catalogue.zone)
    return found if controls.takes(op) is Takes.NOTHING else found | zones.node(draft)


def shown(draft: Draft, id: str, catalogue: Catalogue) -> dict[str, Any]:
    number = integer(id)
    listed = catalogue.segments.get(number) if isinstance(number, int) else None
    ops, op = controls.operators_for_lists(), draft.first("op", "in")
    context: dict[str, Any] = {"what_label": listed.name if listed else id, "ops": ops, "op": op}
    context["takes"] = controls.takes(op).value
    match controls.takes(op):
        case Takes.WINDOW:
            return context | windows.shown(draft)
        case Takes.SPAN:
            n = draft.first("value") if draft.first("value").isdecimal() else ""
            return context | {"value": n, "unit": draft.first("unit", "day"), "units": choices.UNITS}
        case Takes.ONE:
            given = draft.first("value") if "-" in draft.first("value") else ""
            return context | {"moment": windows.Moment.of(given, timed=bool(draft.first("timed")))}
    return context
