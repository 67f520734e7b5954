"""Comparisons of days and of instants. A `date` counts whole days, a `datetime` elapsed time."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from .calendars import ago, anniversary, ends_before, later, local_day, shifted, start_of_unit, starts_after
from .world import Definition

CALENDAR = {"in_previous": -1, "in_this": 0, "in_next_unit": 1}
MONTH_NAMES = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
    "december",
)  # fmt: skip
DAY_NAMES = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def of_day(op: str, value: date, node: Definition, today: date, fiscal_start: int) -> bool:
    operand, unit = node["value"], str(node.get("unit", node["value"]))
    match op:
        case "on":
            return value == day_of(operand)
        case "before":
            return value < day_of(operand)
        case "after":
            return value > day_of(operand)
        case "between":
            return day_of(operand[0]) <= value <= day_of(operand[1])
        case "in_last":
            return shifted(today, -operand, unit) <= value <= today
        case "more_than_ago":
            return value < shifted(today, -operand, unit)
        case "in_next":
            return today <= value <= shifted(today, operand, unit)
        case "between_ago":
            return shifted(today, -max(operand), unit) <= value <= shifted(today, -min(operand), unit)
        case "in_this" | "in_previous" | "in_next_unit":
            first = shifted(start_of_unit(today, unit, fiscal_start), CALENDAR[op], unit)
            return first <= value < shifted(first, 1, unit)
        case "month_is":
            return value.month in numbered(operand, MONTH_NAMES)
        case "weekday_is":
            return value.isoweekday() in numbered(operand, DAY_NAMES)
        case _:
            return of_anniversary(op, value, operand, unit, today)


def of_anniversary(op: str, value: date, operand: Any, unit: str, today: date) -> bool:
    match op:
        case "anniversary_today":
            return anniversary(value, today.year) == today
        case "anniversary_in_next":
            last = shifted(today, operand, unit)
            return any(today <= anniversary(value, year) <= last for year in range(today.year, last.year + 1))
        case "anniversary_in_last":
            latest = max(day for year in (today.year - 1, today.year) if (day := anniversary(value, year)) <= today)
            return latest >= value and latest >= shifted(today, -operand, unit)
    raise NotImplementedError(op)


def day_of(operand: str) -> date:
    return date.fromisoformat(operand)


def numbered(operand: Any, names: tuple[str, ...]) -> list[int]:
    """Months and days of the week by number or by English name, one or several."""
    several = operand if isinstance(operand, list) else [operand]
    return [names.index(one.lower()) + 1 if isinstance(one, str) else one for one in several]


def of_instant(op: str, value: datetime, node: Definition, now: datetime, zone: str, fiscal_start: int) -> bool:
    """A day that an instant is compared with is that whole local day."""
    operand, unit = node["value"], str(node.get("unit"))
    match op:
        case "on":
            return not starts_after(operand, value, zone) and not ends_before(operand, value, zone)
        case "before":
            return starts_after(operand, value, zone)
        case "after":
            return ends_before(operand, value, zone)
        case "between":
            return not starts_after(operand[0], value, zone) and not ends_before(operand[1], value, zone)
        case "in_last":
            return ago(operand, unit, now, zone) <= value <= now
        case "more_than_ago":
            return value < ago(operand, unit, now, zone)
        case "in_next":
            return now <= value <= later(now, operand, unit, zone)
        case "between_ago":
            return ago(max(operand), unit, now, zone) <= value <= ago(min(operand), unit, now, zone)
        case _:
            return of_day(op, local_day(value, zone), node, local_day(now, zone), fiscal_start)
