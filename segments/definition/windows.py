"""Windows of time: how they are read from JSON, and which instants they hold.

Rolling windows count elapsed time and include both ends. Months and years follow the calendar of the account's zone;
a day that the shorter month lacks becomes its last day.
"""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

Unit = Literal["minute", "hour", "day", "week", "month", "year"]
UNITS: tuple[Unit, ...] = ("minute", "hour", "day", "week", "month", "year")
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
class Between:
    """From one day or instant to another, both ends included; None is open."""

    start: date | None
    end: date | None


Window = Last | Between


def bounds(window: Window | None, now: datetime, zone: str) -> tuple[datetime | None, datetime]:
    """The first and last instant that count at `now`. What lies after `now` never counts yet."""
    match window:
        case Last(span):
            return span.before(now, zone), now
        case Between(start, end):
            last = now if end is None else min(last_instant(end, zone), now)
            return None if start is None else first_instant(start, zone), last
        case None:
            return None, now


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
