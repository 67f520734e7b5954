"""One property compared, as SQL."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from . import dates
from .patterns import in_postgres
from .question import Question, local_day, surely, text
from .values import NUMBERS, TEXTS, kind_of, value

NEGATIVE = {
    "is_not": "is", "is_none_of": "is_any_of", "not_contains": "contains", "contains_none": "contains_any",
    "not_starts_with": "starts_with", "not_ends_with": "ends_with", "not_matches": "matches",
    "not_between": "between", "not_on": "on", "not_in_last": "in_last",
}  # fmt: skip
SIGNS = {"is": "=", "gt": ">", "gte": ">=", "lt": "<", "lte": "<="}


def condition(node: Mapping[str, Any], ask: Question) -> str:
    key, op, zone = node["property"], node["op"], ask.zone_of(node)
    kind = "anything" if ask.asked and op in {"is_known", "is_unknown"} else kind_of(node, key, ask)
    held = value(key, kind, ask, zone)
    if op == "is_unknown":
        return f"(({held}) IS NULL)"
    if op == "is_known":
        return "true" if node.get("unknown") else f"(({held}) IS NOT NULL)"
    unknown, operand = f"({held}) IS NULL", node.get("value")
    if isinstance(operand, dict) and "property" in operand:
        right, other = operand["property"], kind_of(node, operand["property"], ask)
        said = value(right, other, ask, zone)
        unknown += f" OR ({said}) IS NULL"
        compared = against(op, held, kind, said, other, node, ask, zone)
    elif ask.asked and op in {"contains_any", "contains_none"}:
        written = value(key, "text", ask, zone)
        unknown = f"({held}) IS NULL AND ({written}) IS NULL"
        compared = f"""CASE WHEN jsonb_typeof({ask.asked} -> {text(key)}) = 'array'
            THEN {known(op, held, "multi_enum", operand, node, ask, zone)}
            ELSE {known(op, written, "text", operand, node, ask, zone)} END"""
    else:
        compared = known(op, held, kind, operand, node, ask, zone)
    return surely(f"CASE WHEN {unknown} THEN {text(bool(node.get('unknown')))} ELSE {compared} END")


def known(op: str, held: str, kind: str, operand: Any, node: Mapping[str, Any], ask: Question, zone: str) -> str:
    """The comparison of a known value with what the definition says."""
    if op in NEGATIVE:
        return f"NOT {surely(known(NEGATIVE[op], held, kind, operand, node, ask, zone))}"
    if kind in TEXTS:
        return of_text(op, held, operand, node, ask)
    if kind in NUMBERS:
        return of_number(op, held, operand, node, ask)
    match kind:
        case "boolean":
            return f"({held}) = {text(op == 'is_true')}"
        case "multi_enum":
            return of_tags(op, held, text(list(operand)) if isinstance(operand, list) else text(operand), node)
        case "date" | "datetime":
            return dates.condition(op, held, kind, node, ask, zone)
        case "location":
            return is_near(held, operand or node)
    raise NotImplementedError(kind)


def against(
    op: str, held: str, kind: str, said: str, other: str, node: Mapping[str, Any], ask: Question, zone: str
) -> str:
    """The comparison of a known value with another known one."""
    if op in NEGATIVE:
        return f"NOT {surely(against(NEGATIVE[op], held, kind, said, other, node, ask, zone))}"
    if op in {"at_least", "at_most"}:
        return in_order(op, held, said, ask.options[node["property"]])
    if kind in TEXTS:
        return one_text(op, folded(held, node), folded(said, node))
    if kind == "multi_enum":
        return of_tags(op, held, said, node)
    if kind in {"date", "datetime"}:
        if kind == "datetime" and other == "datetime":
            left, right = held, said
        else:
            left = local_day(held, zone) if kind == "datetime" else held
            right = local_day(said, zone) if other == "datetime" else said
        return f"({left}) {({'on': '=', 'before': '<', 'after': '>'})[op]} ({right})"
    return f"({held}) {SIGNS[op]} ({said})"


def folded(sql: str, node: Mapping[str, Any]) -> str:
    return sql if node.get("case") else f'casefold(({sql}) COLLATE "pg_c_utf8")'


def in_order(op: str, held: str, said: str, options: list[str]) -> str:
    order = text(options)
    return f"array_position({order}, {held}) {'>=' if op == 'at_least' else '<='} array_position({order}, {said})"


def of_text(op: str, held: str, operand: Any, node: Mapping[str, Any], ask: Question) -> str:
    if op in {"at_least", "at_most"}:
        return in_order(op, held, text(operand), ask.options[node["property"]])
    if op.startswith("length_"):
        return f"length({held}) {SIGNS[op.removeprefix('length_')]} {operand}"
    if op == "matches":
        case = bool(node.get("case"))
        return f"({folded(held, node)}) ~ {text(in_postgres(operand, case))}"
    left = folded(held, node)
    if isinstance(operand, list):
        single = {"is_any_of": "is", "contains_any": "contains"}[op]
        return "(" + " OR ".join(one_text(single, left, folded(text(one), node)) for one in operand) + ")"
    return one_text(op, left, folded(text(operand), node))


def one_text(op: str, left: str, right: str) -> str:
    match op:
        case "is":
            return f"({left}) = ({right})"
        case "contains":
            return f"position({right} IN {left}) > 0"
        case "starts_with":
            return f"substr({left}, 1, length({right})) = {right}"
        case "ends_with":
            return f"right({left}, length({right})) = {right}"
    raise NotImplementedError(op)


def of_number(op: str, held: str, operand: Any, node: Mapping[str, Any], ask: Question) -> str:
    match op:
        case "is_any_of":
            return "(" + " OR ".join(f"({held}) = {text(one)}" for one in operand) + ")"
        case "between":
            return f"(({held}) >= {text(operand[0])} AND ({held}) <= {text(operand[1])})"
        case "percentile_between":
            return f"({cut(held, '>=', operand[0], node, ask)} AND {cut(held, '<=', operand[1], node, ask)})"
    return f"({held}) {SIGNS[op]} {text(operand)}"


def cut(held: str, sign: str, percentage: Any, node: Mapping[str, Any], ask: Question) -> str:
    share = Decimal(str(percentage))
    if share == (0 if sign == ">=" else 100):
        return "true"
    stored = ask.cutoffs.get((node["property"], share.normalize()))
    return "false" if stored is None else f"({held}) {sign} {text(stored)}"


def of_tags(op: str, held: str, wanted: str, node: Mapping[str, Any]) -> str:
    if op.startswith("size_"):
        return f"cardinality({held}) {SIGNS[op.removeprefix('size_')]} {node['value']}"
    have, want = (f"ARRAY(SELECT {folded('one', node)} FROM unnest({tags}) AS one)" for tags in (held, wanted))
    sign = {"contains_any": "{0} && {1}", "contains_all": "{0} @> {1}", "is_exactly": "{0} @> {1} AND {1} @> {0}"}
    return "(" + sign[op].format(have, want) + ")"


def is_near(held: str, around: Mapping[str, Any]) -> str:
    """By the law of haversines."""
    north, east = f"radians(({held} ->> 'lat')::float8)", f"radians(({held} ->> 'lon')::float8)"
    lat, lon = f"radians({text(around['lat'])}::float8)", f"radians({text(around['lon'])}::float8)"
    half = f"(power(sin(({lat} - {north}) / 2), 2) + cos({north}) * cos({lat}) * power(sin(({lon} - {east}) / 2), 2))"
    given = f"jsonb_typeof({held} -> 'lat') = 'number' AND jsonb_typeof({held} -> 'lon') = 'number'"
    near = f"2 * 6371.0088 * asin(least(1, sqrt({half}))) <= {text(around['km'])}"
    return f"CASE WHEN {given} THEN {near} ELSE false END"


def said_day(operand: str) -> str:
    return text(date.fromisoformat(operand))
