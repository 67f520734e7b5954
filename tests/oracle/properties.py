"""Comparisons of one property, with a value or with another property. What is unknown compares false."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from math import asin, cos, radians, sin, sqrt
from typing import Any

from . import patterns
from .calendars import local_day
from .dates import of_day, of_instant
from .folding import fold
from .values import value_of
from .world import Definition, Moment

NEGATIONS = {
    "is_not": "is",
    "is_none_of": "is_any_of",
    "not_contains": "contains",
    "contains_none": "contains_any",
    "not_starts_with": "starts_with",
    "not_ends_with": "ends_with",
    "not_matches": "matches",
    "not_between": "between",
    "not_on": "on",
    "not_in_last": "in_last",
}
EARTH_RADIUS = 6371.0088


def compares(node: Definition, moment: Moment) -> bool:
    op, operand = node["op"], node.get("value")
    kind, value = value_of(node, moment, node["property"])
    if op == "is_known":
        return value is not None or bool(node.get("unknown"))
    if op == "is_unknown":
        return value is None
    if isinstance(operand, dict) and "property" in operand:
        operand = other(node, moment, kind, operand["property"])
        if operand is None:
            return bool(node.get("unknown"))
    if value is None:
        return bool(node.get("unknown"))
    if op in NEGATIONS:
        return not known_compares(node, moment, NEGATIONS[op], kind, value, operand)
    return known_compares(node, moment, op, kind, value, operand)


def other(node: Definition, moment: Moment, kind: str, key: str) -> Any:
    """The value of the property that stands to the right, written as a definition would write it."""
    _, value = value_of(node, moment, key)
    zone = moment.zone(node)
    match value:
        case datetime() if kind == "date":
            return local_day(value, zone).isoformat()
        case datetime() | date():
            return value.isoformat()
    return value


def known_compares(node: Definition, moment: Moment, op: str, kind: str, value: Any, operand: Any) -> bool:
    zone, case = moment.zone(node), bool(node.get("case"))
    match kind:
        case "text" | "enum" | "ordered_enum" if op in {"at_least", "at_most"}:
            return in_order(op, value, operand, moment.world.options[node["property"]])
        case "text" | "enum" | "ordered_enum":
            return of_text(op, value, operand, case)
        case "number" | "money" if op == "percentile_between":
            return between_cutoffs(moment, node["property"], Fraction(value), operand)
        case "number" | "money":
            return of_number(op, Fraction(value), operand)
        case "boolean":
            return bool(value == operand) if op == "is" else value is (op == "is_true")
        case "multi_enum":
            return of_tags(op, value, operand, case)
        case "date":
            return of_day(op, value, node | {"value": operand}, local_day(moment.now, zone), moment.world.fiscal_start)
        case "datetime":
            return of_instant(op, value, node | {"value": operand}, moment.now, zone, moment.world.fiscal_start)
        case "location":
            return is_near(value, operand or node)
    raise NotImplementedError(kind)


def in_order(op: str, value: str, operand: str, options: list[str]) -> bool:
    if value not in options or operand not in options:
        return False
    have, want = options.index(value), options.index(operand)
    return have >= want if op == "at_least" else have <= want


def of_text(op: str, value: str, operand: Any, case: bool) -> bool:
    if op.startswith("length_"):
        return of_number(op.removeprefix("length_"), Fraction(len(value)), operand)
    if op == "matches":
        return patterns.found(operand, value, case)
    alike: Callable[[str], str] = (lambda text: text) if case else fold
    value, several = alike(value), isinstance(operand, list)
    wanted = [alike(one) for one in operand] if several else [alike(operand)]
    match op:
        case "is" | "is_any_of":
            return value in wanted
        case "contains" | "contains_any":
            return any(one in value for one in wanted)
        case "starts_with":
            return value.startswith(wanted[0])
        case "ends_with":
            return value.endswith(wanted[0])
    raise NotImplementedError(op)


def of_number(op: str, value: Fraction, operand: Any) -> bool:
    if op in NEGATIONS:
        return not of_number(NEGATIONS[op], value, operand)
    match op:
        case "is":
            return value == exact(operand)
        case "is_any_of":
            return any(value == exact(one) for one in operand)
        case "gt":
            return value > exact(operand)
        case "gte":
            return value >= exact(operand)
        case "lt":
            return value < exact(operand)
        case "lte":
            return value <= exact(operand)
        case "between":
            return exact(operand[0]) <= value <= exact(operand[1])
    raise NotImplementedError(op)


def exact(number: Any) -> Fraction:
    """Exactly the number that the definition says: 19.99 is 1999/100."""
    return Fraction(str(number)) if isinstance(number, float) else Fraction(number)


def between_cutoffs(moment: Moment, key: str, value: Fraction, operand: list[Any]) -> bool:
    """Between the stored values at two percentages; below 0 % and above 100 % there is nobody."""
    for percentage, is_low in ((operand[0], True), (operand[1], False)):
        share = Decimal(str(percentage))
        if share == (0 if is_low else 100):
            continue
        cut = moment.world.cutoffs.get((key, share.normalize()))
        if cut is None or (value < cut if is_low else value > cut):
            return False
    return True


def of_tags(op: str, value: list[str], operand: Any, case: bool) -> bool:
    if op.startswith("size_"):
        return of_number(op.removeprefix("size_"), Fraction(len(value)), operand)
    have = {one if case else fold(one) for one in value}
    want = {one if case else fold(one) for one in operand}
    match op:
        case "contains_any":
            return bool(have & want)
        case "contains_all":
            return want <= have
        case "is_exactly":
            return want == have
    raise NotImplementedError(op)


def is_near(place: dict[str, Any], around: dict[str, Any]) -> bool:
    """At most so many kilometres away, along a great circle of a round earth."""
    if not all(isinstance(place.get(key), int | float | Decimal) for key in ("lat", "lon")):
        return False
    south, west, north, east = (
        radians(float(one)) for one in (place["lat"], place["lon"], around["lat"], around["lon"])
    )
    half = sin((north - south) / 2) ** 2 + cos(south) * cos(north) * sin((east - west) / 2) ** 2
    return 2 * EARTH_RADIUS * asin(min(1.0, sqrt(half))) <= float(around["km"])
