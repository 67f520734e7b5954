"""Where a value lives, and how it is read as the type that it is asked as: NULL where it is unknown."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .question import Question, text
from .times import first_shown

TEXTS = ("text", "enum", "ordered_enum")
NUMBERS = ("number", "money")
BY_OPERATOR = {
    "boolean": {"is_true", "is_false"},
    "location": {"within_km"},
    "multi_enum": {"contains_any", "contains_all", "contains_none", "is_exactly", "size_is", "size_gte", "size_lte"},
    "number": {"gt", "gte", "lt", "lte"},
    "datetime": {
        "on", "not_on", "before", "after", "in_last", "not_in_last", "in_next", "more_than_ago", "between_ago",
        "in_this", "in_previous", "in_next_unit", "anniversary_today", "anniversary_in_next", "anniversary_in_last",
        "month_is", "weekday_is",
    },
}  # fmt: skip


def kind_of(node: Mapping[str, Any], key: str, ask: Question) -> str:
    """The type of the property; that of an event follows the operator and the value."""
    if ask.asked is None:
        return "number" if key == "age" else ask.types[key]
    for kind, operators in BY_OPERATOR.items():
        if node["op"] in operators:
            return kind
    value = node.get("value")
    first = value[0] if isinstance(value, list) else value
    if node["op"] in {"between", "not_between"}:
        return "datetime" if isinstance(first, str) else "number"
    if node["op"] in {"is", "is_not", "is_any_of", "is_none_of"} and isinstance(first, int | float) | hasattr(
        first, "as_tuple"
    ):
        return "number"
    return "text"


def value(key: str, kind: str, ask: Question, zone: str) -> str:
    if ask.asked is not None:
        return typed(ask.asked, key, kind, zone)
    table, name = ("co", key.removeprefix("company.")) if key.startswith("company.") else ("c", key)
    if key == "age":
        return age("c.birth_date", ask.today(text(ask.zone)))
    if key in ask.kept_as_json:
        return typed(f"{table}.attributes", name, kind, zone)
    match kind:
        case "text" | "enum" | "ordered_enum":
            return f"NULLIF({table}.{name}, '')"
        case "multi_enum":
            return f"NULLIF({table}.{name}, '{{}}')"
        case "location":
            return f"""CASE WHEN {table}.latitude IS NOT NULL AND {table}.longitude IS NOT NULL
                THEN jsonb_build_object('lat', {table}.latitude, 'lon', {table}.longitude) END"""
    return f"{table}.{name}"


def typed(place: str, key: str, kind: str, zone: str) -> str:
    """The value of the JSON object's key, as its type."""
    return typed_json(f"({place} -> {text(key)})", kind, zone)


def typed_json(json: str, kind: str, zone: str) -> str:
    plain, type_ = f"({json} #>> '{{}}')", f"jsonb_typeof({json})"
    match kind:
        case "text" | "enum" | "ordered_enum":
            return f"CASE WHEN {type_} IN ('string', 'number', 'boolean') THEN NULLIF({plain}, '') END"
        case "number" | "money":
            return f"CASE WHEN {type_} = 'number' THEN {plain}::numeric END"
        case "boolean":
            return f"CASE WHEN {type_} = 'boolean' THEN {plain} = 'true' END"
        case "multi_enum":
            each = f"ARRAY(SELECT one FROM jsonb_array_elements_text({json}) AS one WHERE one IS NOT NULL)"
            return f"CASE WHEN {type_} = 'array' AND cardinality({each}) > 0 THEN {each} END"
        case "date":
            return f"CASE WHEN {shown(plain, 'date')} THEN {plain}::date END"
        case "datetime":
            read = f"""CASE WHEN {plain} ~ '[T ].*(Z|[+-][0-9:]+)$' THEN {plain}::timestamptz
                ELSE {first_shown(f"{plain}::timestamp", zone)} END"""
            return f"CASE WHEN {shown(plain, 'timestamptz')} THEN {read} END"
        case "location":
            return f"CASE WHEN {type_} = 'object' THEN {json} END"
        case "anything":
            return f"""CASE WHEN {json} NOT IN ('null', '""', '[]') THEN {json} END"""
    raise NotImplementedError(kind)


def shown(plain: str, type_: str) -> str:
    """Whether it is written as ISO 8601, and is a day of the calendar."""
    return f"({plain} ~ '^[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}' AND pg_input_is_valid({plain}, '{type_}'))"


def age(birth: str, today: str) -> str:
    """How many birthdays there have been; 29 February's is the 28th in common years."""
    birthdays = f"""SELECT count(*) FROM generate_series(1, 200) AS years
        WHERE ({birth} + make_interval(years => years))::date <= {today}"""
    return f"CASE WHEN {birth} <= {today} THEN ({birthdays})::numeric END"
