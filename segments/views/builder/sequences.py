"""Sequences of events, as fields of a row, and their steps, as rows inside it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from segments.definition.schema import Catalogue

from . import choices, windows, zones
from .draft import Draft, Fields
from .values import Blank, NotShown, Unfinished, integer, needed, text


def fields(raw: Mapping[str, Any], catalogue: Catalogue) -> Fields:
    shown: Fields = {"what": ["sequence:"]} | windows.fields(raw.get("window"), catalogue)
    return shown | zones.fields(raw) | ({"same": [text(raw["same"])]} if raw.get("same") else {})


def node(draft: Draft, catalogue: Catalogue) -> dict[str, Any]:
    """What goes with the steps."""
    window = windows.node(draft, catalogue)
    found: dict[str, Any] = {"window": window} if window else {}
    return found | ({"same": draft.first("same")} if draft.first("same") else {}) | zones.node(draft)


def step_fields(raw: Mapping[str, Any]) -> Fields:
    if not raw.keys() <= {"event", "where", "not", "within"}:
        raise NotShown
    shown: Fields = {"name": [text(raw["event"])]} | ({"not": ["1"]} if raw.get("not") else {})
    match raw.get("within"):
        case {"last": n, "unit": str(unit)}:
            shown |= {"within": ["1"], "within_n": [text(n)], "within_unit": [unit]}
    return shown


def step_node(draft: Draft) -> dict[str, Any]:
    if not draft.first("name").strip():
        if draft.children:
            raise Unfinished
        raise Blank
    found: dict[str, Any] = {"event": draft.first("name")}
    if draft.first("not"):
        found["not"] = True
    if draft.first("within"):
        (n,) = needed(draft.first("within_n"))
        found["within"] = {"last": integer(n), "unit": draft.first("within_unit", "day")}
    return found


def step_shown(draft: Draft) -> dict[str, Any]:
    return {
        "name": draft.first("name"),
        "nots": choices.STEPS,
        "negated": draft.first("not"),
        "withins": choices.WITHIN,
        "within": draft.first("within"),
        "within_n": draft.first("within_n", "1"),
        "within_unit": draft.first("within_unit", "day"),
        "window_units": choices.UNITS,
    }
