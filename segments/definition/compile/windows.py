"""Windows over any instant in SQL: whether it lies inside at `now`, and when time alone will change that."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import assert_never

from ..sql import CONTACT_ZONE, Params, midnight
from ..windows import (
    TICK,
    Ago,
    Between,
    Last,
    Previous,
    SinceFirst,
    Span,
    This,
    Window,
    bounds,
    first_instant,
    last_instant,
)

_TICK = "interval '1 microsecond'"
Range = tuple[str | None, str]
"""The first instant, where there is one, and the last."""


def inside(instant: str, window: Window | None, params: Params, zone: str | None = None) -> str:
    """Whether `instant` lies in the window. What comes after now is in none; NULL is NULL.

    A window that hangs on the first event is bounded by now alone: see `events`.
    """
    first, last = limits(window, params, zone)
    return f"{instant} <= {last}" if first is None else f"{instant} BETWEEN {first} AND {last}"


def limits(window: Window | None, params: Params, zone: str | None = None) -> Range:
    """The bounds of the window as SQL, both included."""
    if zone == CONTACT_ZONE:
        return _limits_of_contact(window, params)
    named, fiscal = zone or params.zone, params.fiscal
    last = params.clock(("last", window, named), lambda now: bounds(window, now, named, fiscal)[1], "timestamptz")
    if not starts(window):
        return None, last
    first = params.clock(("first", window, named), lambda now: bounds(window, now, named, fiscal)[0], "timestamptz")
    return first, last


def _limits_of_contact(window: Window | None, params: Params) -> Range:
    """The bounds where the contact's own clock counts."""
    now, zone = params.now(), CONTACT_ZONE
    match window:
        case Last(span):
            return params.before(span, zone), now
        case Ago():
            return params.before(window.begins, zone), params.before(window.ends, zone)
        case Between(start, end):
            last = now if end is None else f"LEAST({now}, {_last_of(end, params)})"
            return None if start is None else _first_of(start, params), last
        case This(unit):
            return params.period(unit, 0, zone), now
        case Previous(unit):
            return params.period(unit, -1, zone), f"{params.period(unit, 0, zone)} - {_TICK}"
        case SinceFirst() | None:
            return None, now
    assert_never(window)


def starts(window: Window | None) -> bool:
    """Whether the window has a beginning that can be told without looking at events."""
    match window:
        case Last() | Ago() | This() | Previous():
            return True
        case Between(start, _):
            return start is not None
        case SinceFirst() | None:
            return False
    assert_never(window)


def moves(window: Window | None) -> bool:
    """Whether time moves the window itself. Otherwise only what lies in the future comes into it."""
    return isinstance(window, Last | Ago | This | Previous)


def flip(instant: str, window: Window | None, params: Params, zone: str | None = None) -> str:
    """The next instant after now at which `inside` may change, or an earlier one after now; NULL for never."""
    now = params.now()
    match window:
        case Last(span):
            return _case(instant, now, _after(instant, span, params, zone, included=True))
        case Ago():
            leaves = _after(instant, window.begins, params, zone, included=True)
            if not window.shortest:
                return _case(instant, now, leaves)
            enters = _after(instant, window.ends, params, zone, included=False)
            return f"LEAST({_future(enters, now)}, {_future(leaves, now)}, {_future(instant, now)})"
        case This(unit):
            return _at_next_unit(instant, params.period(unit, 0, zone), params.period(unit, 1, zone), now)
        case Previous(unit):
            return _at_next_unit(instant, params.period(unit, -1, zone), params.period(unit, 1, zone), now)
        case Between() | SinceFirst() | None:
            return _future(instant, now)
    assert_never(window)


def before(window: Window, params: Params, zone: str | None) -> Range:
    """The window of equal length that ends where this one begins: its first instant, and the first one after it."""
    match window:
        case Last(span):
            return params.before(Span(2 * span.n, span.unit), zone), params.before(span, zone)
        case Ago(longest, shortest, unit):
            return params.before(Span(2 * longest - shortest, unit), zone), params.before(window.begins, zone)
        case This(unit):
            return params.period(unit, -1, zone), params.period(unit, 0, zone)
        case Previous(unit):
            return params.period(unit, -2, zone), params.period(unit, -1, zone)
        case Between(start, end) if start is not None and end is not None:
            if zone == CONTACT_ZONE:
                first, after = _first_of(start, params), f"({_last_of(end, params)} + {_TICK})"
                return f"({first} - ({after} - {first}))", first
            named = zone or params.zone
            begins = first_instant(start, named)
            length = last_instant(end, named) + TICK - begins
            return params.add(_earlier(begins, length), "timestamptz"), params.add(begins, "timestamptz")
        case _:
            raise TypeError("The loader lets only windows with both ends be compared with the time before.")


def flip_before(instant: str, window: Window, params: Params, zone: str | None) -> str:
    """The next instant at which time alone may move something in or out of the window before this one."""
    now = params.now()
    match window:
        case Last(span):
            return flip(instant, Last(Span(2 * span.n, span.unit)), params, zone)
        case Ago(longest, shortest, unit):
            return flip(instant, Ago(2 * longest - shortest, longest, unit), params, zone)
        case This(unit):
            return flip(instant, Previous(unit), params, zone)
        case Previous(unit):
            return _at_next_unit(instant, params.period(unit, -2, zone), params.period(unit, 1, zone), now)
        case _:
            return _future(instant, now)


def later(instant: str, span: Span, params: Params, zone: str | None) -> str:
    """The instant `span` later, by the calendar of `zone` for months and years."""
    if span.elapsed is not None:
        return f"({instant} + {params.add(span.elapsed, 'interval')})"
    return f"crmseg_months({instant}, {span.months}, {params.zone_sql(zone)})"


def _after(instant: str, span: Span, params: Params, zone: str | None, *, included: bool) -> str:
    """When `instant` is longer ago than `span`; not `included`: exactly so long ago."""
    if span.elapsed is None:
        moment = instant if included else f"{instant} - {_TICK}"
        return f"crmseg_month_flip({moment}, {span.months}, {params.zone_sql(zone)}, {params.now()})"
    return f"{instant} + {params.add(span.elapsed, 'interval')}" + (f" + {_TICK}" if included else "")


def _case(instant: str, now: str, leaves: str) -> str:
    return f"CASE WHEN {instant} > {now} THEN {instant} ELSE {_future(leaves, now)} END"


def _future(instant: str, now: str) -> str:
    return f"CASE WHEN {instant} > {now} THEN {instant} END"


def _at_next_unit(instant: str, since: str, at: str, now: str) -> str:
    return f"CASE WHEN {instant} > {now} THEN {instant} WHEN {instant} >= {since} THEN {at} END"


def _first_of(bound: object, params: Params) -> str:
    if isinstance(bound, datetime):
        return params.add(bound, "timestamptz")
    return midnight(params.add(bound, "date"), params.zone_sql(CONTACT_ZONE))


def _last_of(bound: object, params: Params) -> str:
    if isinstance(bound, datetime):
        return params.add(bound, "timestamptz")
    return f"({midnight(params.add(bound, 'date') + ' + 1', params.zone_sql(CONTACT_ZONE))} - {_TICK})"


def _earlier(instant: datetime, length: timedelta) -> datetime:
    try:
        return instant - length
    except OverflowError:
        return datetime.min.replace(tzinfo=instant.tzinfo)
