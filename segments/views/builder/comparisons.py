"""One property compared, of a contact or of an event: what stands to the right of the operator, as fields of a row."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from contacts.fields import FieldType
from segments.definition.operators import Takes
from segments.definition.schema import Catalogue

from . import controls, windows, zones
from .draft import Draft, Fields
from .values import NotShown, Unfinished, integer, needed, number, quoted, read, text, unquoted, written

MOST_CHIPS = 60
"""More values than this are shown as lines of text."""
KEYS = frozenset({"op", "value", "unit", "unknown", "case", "zone", "window"})
_FLAGS = ("unknown", "case")


def fields(raw: Mapping[str, Any], type: FieldType, catalogue: Catalogue) -> Fields:
    """The fields for a canonical condition on a property of this type."""
    op = raw.get("op")
    operator = controls.operator_named(op) if isinstance(op, str) else None
    if operator is None:
        raise NotShown
    shown: Fields = {"op": [operator.key]} | {flag: ["1"] for flag in _FLAGS if raw.get(flag)}
    shown |= zones.fields(raw)
    match raw.get("value"):
        case {"property": str(other)}:
            return shown | {"against": ["1"], "other": [other]}
        case value:
            return shown | _operand(operator.takes, value, raw, type, catalogue)


def _operand(takes: Takes, value: Any, raw: Mapping[str, Any], type: FieldType, catalogue: Catalogue) -> Fields:
    zone = catalogue.zone
    match takes, value:
        case Takes.NOTHING, None:
            return {}
        case Takes.MANY, list(values) if values:
            texts = [written(one, type, zone) for one in values]
            return {"value": texts} if len(texts) <= MOST_CHIPS else {"lines": ["\n".join(map(quoted, texts))]}
        case ((Takes.TWO | Takes.PERCENTS), [low, high]):
            return {"value": [written(low, type, zone)], "value_to": [written(high, type, zone)]}
        case Takes.AGO, [first, second]:
            return {"value": [text(first)], "value_to": [text(second)], "unit": [text(raw.get("unit"))]}
        case Takes.SPAN, n:
            return {"value": [text(n)], "unit": [text(raw.get("unit"))]}
        case Takes.UNIT, None:
            return {"calendar": [text(raw.get("unit"))]}
        case ((Takes.MONTHS | Takes.WEEKDAYS), list(numbers)):
            texts = [text(one) for one in numbers]
            return {"value": texts, "order": texts}
        case Takes.COUNT, n:
            return {"value": [text(n)]}
        case Takes.PATTERN, str(pattern):
            return _one(pattern)
        case Takes.PLACE, {"lat": lat, "lon": lon, "km": km}:
            return {"lat": [text(lat)], "lon": [text(lon)], "km": [text(km)]}
        case Takes.WINDOW, None:
            return windows.fields(raw.get("window"), catalogue)
        case Takes.CHANGE, {**change} if change.keys() <= {"from", "to", "window"}:
            ends = {end: _end(end, change[end], type, zone) for end in ("from", "to") if end in change}
            shown: Fields = windows.fields(change.get("window"), catalogue)
            return shown | {name: said for end in ends.values() for name, said in end.items()}
        case ((Takes.ONE | Takes.PAST), (str() | bool() | int() | float()) | _) if not isinstance(value, list | dict):
            return _one(written(value, type, zone))
    raise NotShown


def _one(said: str) -> Fields:
    """One text; what a line cannot show as it is, as a JSON string that says so."""
    if said.strip() and "\n" not in said and "\r" not in said and "\t" not in said:
        return {"value": [said]}
    return {"value": [quoted(said)], "quoted": ["1"]}


def _end(name: str, raw: Any, type: FieldType, zone: str) -> Fields:
    """One end of a recorded change: unknown, a value, or exactly these values."""
    match raw:
        case None:
            return {f"{name}_is": ["unknown"]}
        case list(values):
            return {f"{name}_is": ["values"], name: [written(one, type, zone) for one in values]}
    said = written(raw, type, zone)
    if not said.strip() or not said.isprintable():
        raise NotShown
    return {f"{name}_is": ["value"], name: [said]}


def node(draft: Draft, type: FieldType, catalogue: Catalogue) -> dict[str, Any]:
    """`op`, `value` and what goes with them."""
    op = draft.first("op")
    if not op:
        raise Unfinished
    found: dict[str, Any] = {"op": op} | _right(draft, op, type, catalogue)
    return found | {flag: True for flag in _FLAGS if draft.first(flag)} | zones.node(draft)


def _right(draft: Draft, op: str, type: FieldType, catalogue: Catalogue) -> dict[str, Any]:
    if draft.first("against"):
        (other,) = needed(draft.first("other"))
        return {"value": {"property": other}}
    zone, one = catalogue.zone, draft.first("value")
    match controls.takes(op):
        case Takes.NOTHING:
            return {}
        case Takes.MANY:
            texts = [*draft.all("value"), *_lines(draft)]
            if not texts:
                raise Unfinished
            return {"value": [read(said, type, zone) for said in texts]}
        case Takes.TWO:
            return {"value": [read(said, type, zone) for said in needed(one, draft.first("value_to"))]}
        case Takes.PERCENTS:
            return {"value": [number(said) for said in needed(one, draft.first("value_to"))]}
        case Takes.AGO:
            ends = [integer(said) for said in needed(one, draft.first("value_to"))]
            return {"value": ends, "unit": draft.first("unit", "day")}
        case Takes.SPAN:
            (n,) = needed(one)
            return {"value": integer(n), "unit": draft.first("unit", "day")}
        case Takes.UNIT:
            return {"unit": draft.first("calendar", "month")}
        case Takes.MONTHS | Takes.WEEKDAYS:
            chosen = sorted(needed(*draft.all("value")), key=_place_in(draft.all("order")))
            return {"value": [integer(said) for said in chosen]}
        case Takes.COUNT:
            (n,) = needed(one)
            return {"value": integer(n)}
        case Takes.PLACE:
            place = needed(draft.first("lat"), draft.first("lon"), draft.first("km"))
            return {"value": dict(zip(("lat", "lon", "km"), map(number, place), strict=True))}
        case Takes.WINDOW:
            window = windows.node(draft, catalogue)
            return {"window": window} if window else {}
        case Takes.CHANGE:
            return {"value": _change(draft, type, catalogue)}
        case Takes.ONE | Takes.PAST | Takes.PATTERN:
            (said,) = needed(one)
            return {"value": read(unquoted(said) if draft.first("quoted") else said, type, zone)}


def _change(draft: Draft, type: FieldType, catalogue: Catalogue) -> dict[str, Any]:
    change: dict[str, Any] = {}
    for end in ("from", "to"):
        match draft.first(f"{end}_is"):
            case "unknown":
                change[end] = None
            case "value":
                (said,) = needed(draft.first(end))
                change[end] = read(said, type, catalogue.zone)
            case "values":
                change[end] = [read(said, type, catalogue.zone) for said in draft.all(end)]
    window = windows.node(draft, catalogue)
    return change | ({"window": window} if window else {})


def _place_in(order: list[str]) -> Callable[[str], int]:
    """Checked boxes come in the order of the page; those of before stay in the order they had."""
    return lambda said: order.index(said) if said in order else len(order)


def _lines(draft: Draft) -> list[str]:
    lines = [line.strip() for said in draft.all("lines") for line in said.split("\n")]
    return [unquoted(line) for line in lines if line]
