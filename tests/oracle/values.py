"""What is stored, read as the type that it is asked as. None is unknown."""

from __future__ import annotations

import json
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from .calendars import day_in, instant_in, local_day, years_old
from .world import Definition, Moment

ORDERED = {"gt", "gte", "lt", "lte", "between", "not_between", "percentile_between"}
TAGS = {"contains_all", "is_exactly", "size_is", "size_gte", "size_lte"}
EITHER = {"contains_any", "contains_none"}
EQUAL = {"is", "is_not", "is_any_of", "is_none_of"}
WORDS = {
    "contains", "not_contains", "starts_with", "not_starts_with", "ends_with", "not_ends_with", "matches",
    "not_matches", "length_is", "length_gt", "length_gte", "length_lt", "length_lte",
}  # fmt: skip


def value_of(node: Definition, moment: Moment, key: str) -> tuple[str, Any]:
    """The type of the property `key`, as `node` asks it, and its value, None when unknown."""
    if moment.asked is not None:
        kind = type_in_event(node, moment.asked.get(key))
        return kind, readable(kind, moment.asked.get(key), moment.zone(node))
    known = moment.world.contacts[moment.contact]
    if key == "age":
        return "number", years_old(known.get("birth_date"), local_day(moment.now, moment.world.zone))
    kind = moment.world.types[key]
    return kind, readable(kind, known.get(key), moment.zone(node))


def type_in_event(node: Definition, held: Any) -> str:
    """What an undeclared property is asked as: its type follows the operator and the value."""
    op, operand = node["op"], node.get("value")
    first = operand[0] if isinstance(operand, list) and operand else operand
    if op in {"is_known", "is_unknown"}:
        return "anything"
    if op in {"is_true", "is_false"}:
        return "boolean"
    if op == "within_km":
        return "location"
    if op in TAGS:
        return "multi_enum"
    if op in EITHER:
        return "multi_enum" if isinstance(held, list) or isinstance(operand, dict) else "text"
    if op in WORDS:
        return "text"
    if op in EQUAL:
        return "text" if isinstance(first, str | dict) else "number"
    if op in ORDERED:
        return "datetime" if isinstance(first, str) else "number"
    return "datetime"


def readable(kind: str, raw: Any, zone: str) -> Any:
    """The value as its type, None where it is unknown or cannot be read as that type."""
    if raw is None or raw == "" or raw == []:
        return None
    match kind:
        case "anything":
            return raw
        case "location":
            return raw if isinstance(raw, dict) else None
        case "text" | "enum" | "ordered_enum":
            return None if isinstance(raw, list | dict) else as_text(raw)
        case "number" | "money":
            return raw if isinstance(raw, int | Decimal) and not isinstance(raw, bool) else None
        case "boolean":
            return raw if isinstance(raw, bool) else None
        case "multi_enum":
            return ([as_text(one) for one in raw if one is not None] or None) if isinstance(raw, list) else None
        case "date":
            return raw if isinstance(raw, date) else day_in(raw)
        case "datetime":
            return raw if isinstance(raw, datetime) else instant_in(raw, zone)
    raise NotImplementedError(kind)


def as_text(raw: Any) -> str:
    match raw:
        case bool():
            return "true" if raw else "false"
        case Decimal():
            return format(raw, "f")
        case dict() | list():
            return json.dumps(raw, ensure_ascii=False)
        case _:
            return str(raw)
