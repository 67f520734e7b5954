"""Windows and dates on a line, so that they can be compared: absolute ones on the calendar, rolling ones back from now.

Only what lies on one scale is compared: elapsed time with elapsed time, months with months, instants with instants.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from contacts.fields import FieldType

from ..nodes import Compare
from ..schema import Catalogue
from ..sql import CONTACT_ZONE
from ..windows import Ago, Between, Last, Span, Window, first_instant, last_instant

_ZERO = datetime(2000, 1, 1, tzinfo=UTC)
_TICK = timedelta(microseconds=1)


@dataclass(frozen=True)
class Place:
    """From `low` to `high`, both included; None is open. With `outside`, everything else."""

    scale: Hashable
    low: int | None
    high: int | None
    outside: bool = False

    @property
    def whole(self) -> bool:
        """Whether nothing lies between two neighbours: instants are microseconds; months have no fixed length."""
        return not (isinstance(self.scale, tuple) and self.scale[0] == "months")

    @property
    def points(self) -> tuple[int, ...]:
        return tuple(end for end in (self.low, self.high) if end is not None)

    @property
    def inside(self) -> Callable[[Any], bool]:
        low, high, outside = self.low, self.high, self.outside
        return lambda value: ((low is None or value >= low) and (high is None or value <= high)) != outside


def scaled(span: Span) -> tuple[str, int]:
    """On which scale the span lies, and how far."""
    if span.elapsed is not None:
        return "elapsed", span.elapsed // _TICK
    return "months", span.months


def place(window: Window | None, zone: str | None, known: Catalogue) -> Place | None:
    """Where the instants lie that are in the window; None where that cannot be told."""
    match window:
        case Last(span):
            scale, n = scaled(span)
            return Place((scale, scale == "months" and zone), -n, 0)
        case Ago():
            scale, longest = scaled(window.begins)
            return Place((scale, scale == "months" and zone), -longest, -scaled(window.ends)[1])
        case Between(start, end) if zone != CONTACT_ZONE:
            return _within(start, end, zone or known.zone)
        case _:
            return None


def comparison(leaf: Compare, known: Catalogue) -> Place | None:
    """Which dates the comparison takes; None where that cannot be told."""
    days, operand, zone = leaf.property.type is FieldType.DATE, leaf.operand, leaf.zone
    match operand:
        case Span():
            return _rolling(leaf.operator.key, _length(operand, days=days, zone=zone))
        case Ago():
            scale, longest = _length(operand.begins, days=days, zone=zone)
            return Place(scale, -longest, -_length(operand.ends, days=days, zone=zone)[1])
        case date():
            return _absolute(leaf.operator.key, operand, operand, zone or known.zone) if zone != CONTACT_ZONE else None
        case (date() as low, date() as high):
            return _absolute(leaf.operator.key, low, high, zone or known.zone) if zone != CONTACT_ZONE else None
        case _:
            return None


def _length(span: Span, *, days: bool, zone: str | None) -> tuple[Hashable, int]:
    """On which scale a date or an instant is so long ago, and how far."""
    if days and span.elapsed is not None:
        return ("days", zone), span.elapsed.days
    scale, n = scaled(span)
    return (scale, (scale == "months" and zone), days), n


def _rolling(key: str, length: tuple[Hashable, int]) -> Place | None:
    scale, n = length
    match key:
        case "in_last":
            return Place(scale, -n, 0)
        case "not_in_last":
            return Place(scale, -n, 0, outside=True)
        case "in_next":
            return Place(scale, 0, n)
        case "more_than_ago":
            return Place(scale, -n, None, outside=True)
        case _:
            return None


def _absolute(key: str, first: date, last: date, zone: str) -> Place | None:
    within = _within(first, last, zone)
    match key:
        case "on" | "between":
            return within
        case "not_on" | "not_between":
            return Place(within.scale, within.low, within.high, outside=True)
        case "before":
            return Place(within.scale, within.low, None, outside=True)
        case "after":
            return Place(within.scale, None, within.high, outside=True)
        case _:
            return None


def _within(start: date | None, end: date | None, zone: str) -> Place:
    """Days are their instants too: a date is compared as if it were the beginning of its day."""
    low = None if start is None else (first_instant(start, zone) - _ZERO) // _TICK
    return Place(("instants",), low, None if end is None else (last_instant(end, zone) - _ZERO) // _TICK)
