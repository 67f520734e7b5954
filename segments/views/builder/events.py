"""Questions about one kind of event: how often, how much, what was said first, how it changed, and when it happened."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from contacts.fields import FieldType
from segments.definition.schema import Catalogue

from . import choices, comparisons, controls, windows, zones
from .choices import Menu
from .draft import Draft, Fields
from .values import NotShown, Unfinished, integer, needed, text

_MEASURED = {"event", "op", "value", "measure", "of", "currency", "window", "where", "case", "zone", "label", "off"}
_OCCURRED = {"event", "occurrence", "in", "where", "zone", "label", "off"}
_NUMBERED = ("first", "last")
_OF_MONEY = (choices.OF_PROPERTY - {"distinct"}) | {"change_pct"}


def fields(raw: Mapping[str, Any], catalogue: Catalogue) -> Fields:
    """The fields of a row for a canonical condition on an event, its `where` left to the caller."""
    shown: Fields = {"what": [f"event:{text(raw['event'])}"]}
    shown |= zones.fields(raw)
    if "occurrence" in raw:
        return shown | _occurrence(raw, catalogue)
    measure, op = raw.get("measure", "count"), raw.get("op")
    if not raw.keys() <= _MEASURED or measure not in choices.MEASURES:
        raise NotShown
    shown |= windows.fields(raw.get("window"), catalogue)
    if measure == "count" and op in {"did", "did_not"}:
        return shown | {"how": [str(op)]}
    type = FieldType.TEXT if isinstance(raw.get("value"), str) else FieldType.NUMBER
    compared = {key: raw[key] for key in ("op", "value", "case") if key in raw}
    shown |= {"how": [str(measure)]} | comparisons.fields(compared, type, catalogue)
    if measure in _NUMBERED:
        shown["as"] = [type.value]
    return shown | {key: [text(raw[key])] for key in ("of", "currency") if key in raw}


def _occurrence(raw: Mapping[str, Any], catalogue: Catalogue) -> Fields:
    if not raw.keys() <= _OCCURRED:
        raise NotShown
    which = raw["occurrence"]
    shown = {"how": [f"occurred_{which}"]} if which in _NUMBERED else {"how": ["occurred_nth"], "nth": [text(which)]}
    return shown | windows.fields(raw.get("in"), catalogue)


def node(draft: Draft, name: str, catalogue: Catalogue) -> dict[str, Any]:
    found: dict[str, Any] = {"event": name}
    how = draft.first("how", "did")
    if how.startswith("occurred_"):
        return found | _occurred(draft, how.removeprefix("occurred_"), catalogue) | zones.node(draft)
    if how in {"did", "did_not"}:
        found["op"] = how
    else:
        found |= _measured(draft, how, catalogue)
    window = windows.node(draft, catalogue)
    return found | ({"window": window} if window else {}) | zones.node(draft)


def _measured(draft: Draft, how: str, catalogue: Catalogue) -> dict[str, Any]:
    found: dict[str, Any] = {} if how == "count" else {"measure": how}
    if how in choices.OF_PROPERTY:
        (found["of"],) = needed(draft.first("of"))
    elif how == "change_pct" and draft.first("of"):
        found["of"] = draft.first("of")
    if draft.first("currency"):
        found["currency"] = draft.first("currency")
    return found | comparisons.node(Draft("condition", _compared(draft)), value_type(draft), catalogue)


def _compared(draft: Draft) -> Fields:
    names = ("op", "value", "value_to", "quoted", "case")
    return {name: draft.fields[name] for name in names if name in draft.fields}


def _occurred(draft: Draft, which: str, catalogue: Catalogue) -> dict[str, Any]:
    window = windows.node(draft, catalogue)
    if window is None:
        raise Unfinished
    (said,) = needed(draft.first("nth")) if which == "nth" else (which,)
    return {"occurrence": integer(said), "in": window}


def value_type(draft: Draft) -> FieldType:
    """What a measure is compared as: a number; the first and last value of a property, as people say."""
    texts = draft.first("how") in _NUMBERED and draft.first("as") == FieldType.TEXT
    return FieldType.TEXT if texts else FieldType.NUMBER


def shown(draft: Draft, name: str, catalogue: Catalogue) -> dict[str, Any]:
    how, of = draft.first("how", "did"), draft.first("of")
    occurred = how.startswith("occurred_")
    context: dict[str, Any] = {
        "what_label": name,
        "hows": choices.HOWS,
        "how": how,
        "nth": draft.first("nth", "2"),
        "measured": not occurred and how not in {"did", "did_not"},
        "of": of,
        "of_placeholder": _("how often") if how == "change_pct" else "revenue",
        "money": how in _OF_MONEY and (of == "revenue" or bool(draft.first("currency"))),
        "account_currency": catalogue.currency,
        "may_name": how in choices.OF_PROPERTY or how == "change_pct",
        "numbered": how in _NUMBERED,
        "types": choices.VALUE_TYPES,
        "type": value_type(draft).value,
        "currency": draft.first("currency"),
    }
    change = how == "change_pct"
    return context | windows.shown(draft, first=not change, always=occurred or change)


def operators(draft: Draft) -> Menu:
    """What a measure may be compared with."""
    return controls.operators_for_measure(texts=value_type(draft) is FieldType.TEXT)
