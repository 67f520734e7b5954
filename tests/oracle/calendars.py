"""Days, months, quarters and the clocks on the walls of a zone."""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

TICK = timedelta(microseconds=1)


class Zone(str):
    """The zone whose clock counts; `written` is the one in which a definition's instants without an offset are
    meant."""

    written: str

    def __new__(cls, name: str, written: str) -> Zone:
        zone = super().__new__(cls, name)
        zone.written = written
        return zone


def written(bound: str, zone: str) -> datetime:
    """The instant that a definition names."""
    found = instant_in(bound, zone.written if isinstance(zone, Zone) else zone)
    assert found is not None
    return found


def local_day(instant: datetime, zone: str) -> date:
    return instant.astimezone(ZoneInfo(zone)).date()


def midnight(day: date, zone: str) -> datetime:
    """The first instant of the local day, also where clocks skip midnight or show it twice."""
    return datetime.combine(day, time(), ZoneInfo(zone)).astimezone(UTC)


def day_in(raw: Any) -> date | None:
    try:
        return date.fromisoformat(raw) if isinstance(raw, str) else None
    except ValueError:
        return None


def instant_in(raw: Any, zone: str) -> datetime | None:
    """An ISO 8601 instant or day; one without an offset is meant in the zone."""
    if not isinstance(raw, str) or not re.match(r"\d{4}-\d\d-\d\d", raw):
        return None
    try:
        found = datetime.fromisoformat(raw)
    except ValueError:
        return None
    return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


def is_day(bound: str) -> bool:
    return len(bound) == len("2026-01-31")


def starts_after(bound: str, value: datetime, zone: str) -> bool:
    """Whether the day or instant `bound` begins later than `value`."""
    if is_day(bound):
        return local_day(value, zone) < date.fromisoformat(bound)
    return value < written(bound, zone)


def ends_before(bound: str, value: datetime, zone: str) -> bool:
    """Whether the day or instant `bound` is over at `value`."""
    if is_day(bound):
        return local_day(value, zone) > date.fromisoformat(bound)
    return value > written(bound, zone)


def ago(n: int, unit: str, now: datetime, zone: str) -> datetime:
    return later(now, -n, unit, zone)


def later(instant: datetime, n: int, unit: str, zone: str) -> datetime:
    """Elapsed time, except that months and years follow the calendar and the clock on the wall of the zone.

    A time of day that the clock skips is as long after the gap's beginning; one that it shows twice is the first.
    """
    if unit not in {"month", "year"}:
        return instant + n * timedelta(**{f"{unit}s": 1})
    local = instant.astimezone(ZoneInfo(zone))
    wall = datetime.combine(shifted(local.date(), n, unit), time(*local.timetuple()[3:6], local.microsecond))
    return wall.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


MONTHS = {"month": 1, "quarter": 3, "year": 12}


def shifted(day: date, n: int, unit: str) -> date:
    """`n` units later; a day that the month lacks becomes its last."""
    if unit in {"day", "week"}:
        return day + timedelta(days=n * (7 if unit == "week" else 1))
    month = day.year * 12 + day.month - 1 + n * MONTHS[unit]
    year, month = month // 12, month % 12 + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))


def start_of_unit(day: date, unit: str, fiscal_start: int) -> date:
    """The first day of the day, week, month, quarter or year that holds `day`. Weeks begin on Monday, years and
    quarters with the fiscal year."""
    if unit == "day":
        return day
    if unit == "week":
        return day - timedelta(days=day.weekday())
    first = day.replace(day=1)
    while unit != "month" and (first.month - fiscal_start) % MONTHS[unit]:
        first = shifted(first, -1, "month")
    return first


def anniversary(day: date, year: int) -> date:
    """29 February falls on the 28th in common years."""
    try:
        return day.replace(year=year)
    except ValueError:
        return date(year, 2, 28)


def years_old(birth: date | None, today: date) -> int | None:
    """Completed years; nobody has an age before birth."""
    if birth is None or birth > today:
        return None
    return today.year - birth.year - (today < anniversary(birth, today.year))
