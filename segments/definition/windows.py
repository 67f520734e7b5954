"""Windows of time: how they are read from JSON, and which instants they hold.

Rolling windows count elapsed time and include both ends. Months and years follow the calendar of the account's zone;
a day that the shorter month lacks becomes its last day.
"""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal, assert_never
from zoneinfo import ZoneInfo

Unit = Literal["minute", "hour", "day", "week", "month", "year"]
UNITS: tuple[Unit, ...] = ("minute", "hour", "day", "week", "month", "year")
CalendarUnit = Literal["day", "week", "month", "quarter", "year"]
CALENDAR_UNITS: tuple[CalendarUnit, ...] = ("day", "week", "month", "quarter", "year")
DATE_UNITS: tuple[Unit, ...] = ("day", "week", "month", "year")
_ELAPSED = {
    "minute": timedelta(minutes=1),
    "hour": timedelta(hours=1),
    "day": timedelta(days=1),
    "week": timedelta(weeks=1),
}
TICK = timedelta(microseconds=1)
EARLIEST = datetime(1, 1, 2, tzinfo=UTC)


@dataclass(frozen=True)
class Span:
    """A length of time: `n` units."""

    n: int
    unit: Unit

    @property
    def elapsed(self) -> timedelta | None:
        """The fixed length, or None for months and years, whose length depends on when."""
        return self.n * _ELAPSED[self.unit] if self.unit in _ELAPSED else None

    @property
    def months(self) -> int:
        return self.n * (12 if self.unit == "year" else 1)

    def before(self, instant: datetime, zone: str) -> datetime:
        """The instant this long before; the beginning of time when that lies beyond the calendar."""
        try:
            if self.elapsed is not None:
                return instant - self.elapsed
            local = instant.astimezone(ZoneInfo(zone))
            moved = _plus_months(local.date(), -self.months)
            return local.replace(year=moved.year, month=moved.month, day=moved.day, fold=0).astimezone(UTC)
        except (OverflowError, ValueError):
            return EARLIEST


@dataclass(frozen=True)
class Last:
    """The time from `span` ago until now, both ends included."""

    span: Span


@dataclass(frozen=True)
class Ago:
    """The time from `longest` units ago until `shortest` units ago, both ends included."""

    longest: int
    shortest: int
    unit: Unit

    @property
    def begins(self) -> Span:
        return Span(self.longest, self.unit)

    @property
    def ends(self) -> Span:
        return Span(self.shortest, self.unit)


@dataclass(frozen=True)
class Between:
    """From one day or instant to another, both ends included; None is open."""

    start: date | None
    end: date | None


@dataclass(frozen=True)
class This:
    """The calendar unit that holds now, until now."""

    unit: CalendarUnit


@dataclass(frozen=True)
class Previous:
    """The whole calendar unit before the one that holds now."""

    unit: CalendarUnit


@dataclass(frozen=True)
class SinceFirst:
    """From the contact's first such event until `span` after it, both ends included."""

    span: Span


Window = Last | Ago | Between | This | Previous | SinceFirst


def bounds(window: Window | None, now: datetime, zone: str, fiscal_start: int = 1) -> tuple[datetime | None, datetime]:
    """The first and last instant that count at `now`. What lies after `now` never counts yet.

    A window that hangs on the contact's first event is bounded by now alone.
    """
    match window:
        case Last(span):
            return span.before(now, zone), now
        case Ago():
            return window.begins.before(now, zone), window.ends.before(now, zone)
        case Between(start, end):
            last = now if end is None else min(last_instant(end, zone), now)
            return None if start is None else first_instant(start, zone), last
        case This(unit):
            return period_start(now, unit, 0, zone, fiscal_start), now
        case Previous(unit):
            first = period_start(now, unit, -1, zone, fiscal_start)
            return first, period_start(now, unit, 0, zone, fiscal_start) - TICK
        case SinceFirst() | None:
            return None, now
    assert_never(window)


def period_start(now: datetime, unit: CalendarUnit, shift: int, zone: str, fiscal_start: int) -> datetime:
    """The first instant of the calendar unit that holds `now`, or of the one `shift` units later."""
    return first_instant(period(now.astimezone(ZoneInfo(zone)).date(), unit, shift, fiscal_start), zone)


def period(day: date, unit: CalendarUnit, shift: int, fiscal_start: int) -> date:
    """The first day of the calendar unit that holds `day`, or of the one `shift` units later.

    Weeks begin on Monday; quarters and years in the month `fiscal_start`.
    """
    match unit:
        case "day":
            return day + timedelta(days=shift)
        case "week":
            return day - timedelta(days=day.weekday()) + timedelta(weeks=shift)
        case "month":
            return _plus_months(day.replace(day=1), shift)
        case "quarter":
            return _plus_months(day.replace(day=1), 3 * shift - (day.month - fiscal_start) % 3)
        case "year":
            return _plus_months(day.replace(day=1), 12 * shift - (day.month - fiscal_start) % 12)
    assert_never(unit)


def first_instant(bound: date, zone: str) -> datetime:
    """The instant itself, or the beginning of the local day."""
    if isinstance(bound, datetime):
        return bound
    return datetime.combine(bound, time(), ZoneInfo(zone)).astimezone(UTC)


def last_instant(bound: date, zone: str) -> datetime:
    """The instant itself, or the last microsecond of the local day."""
    if isinstance(bound, datetime):
        return bound
    return first_instant(bound + timedelta(days=1), zone) - TICK


def _plus_months(day: date, months: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
