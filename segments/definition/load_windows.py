"""Read windows of time from JSON."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from .scalars import Refused, read_day_or_instant, read_span, token
from .windows import (
    CALENDAR_UNITS,
    UNITS,
    Ago,
    Between,
    CalendarUnit,
    Last,
    Previous,
    SinceFirst,
    This,
    Window,
    first_instant,
    last_instant,
)

_KINDS = ("last", "ago", "from", "to", "this", "previous", "since_first")


def read(raw: object, at: str, zone: str, *, since_first: bool = False) -> Window | None:
    """The window, or Refused with pointers under `at`; None is all time. Days and bare instants are meant in `zone`.

    `since_first` says whether there is an event that can be the first.
    """
    if raw is None:
        return None
    if not isinstance(raw, Mapping) or not any(kind in raw for kind in _KINDS):
        raise Refused(at, _("Expected a window such as {“last”: 30, “unit”: “day”}."))
    if "last" in raw:
        _only(raw, {"last", "unit"}, at)
        return Last(read_span(raw["last"], raw.get("unit"), UNITS, f"{at}/last", f"{at}/unit"))
    if "ago" in raw:
        return _ago(raw, at)
    if "this" in raw:
        _only(raw, {"this"}, at)
        return This(calendar_unit(raw["this"], f"{at}/this"))
    if "previous" in raw:
        _only(raw, {"previous"}, at)
        return Previous(calendar_unit(raw["previous"], f"{at}/previous"))
    if "since_first" in raw:
        if not since_first:
            raise Refused(f"{at}/since_first", _("Only conditions on events know a first event."))
        _only(raw, {"since_first", "unit"}, at)
        return SinceFirst(read_span(raw["since_first"], raw.get("unit"), UNITS, f"{at}/since_first", f"{at}/unit"))
    return _between(raw, at, zone)


def calendar_unit(raw: object, at: str) -> CalendarUnit:
    """A unit of the calendar: day, week, month, quarter or year."""
    for unit in CALENDAR_UNITS:
        if raw == unit:
            return unit
    raise Refused(at, _("Expected a unit of the calendar: %(units)s.") % {"units": ", ".join(CALENDAR_UNITS)})


def _ago(raw: Mapping[str, Any], at: str) -> Ago:
    _only(raw, {"ago", "unit"}, at)
    both = raw["ago"]
    if not isinstance(both, list) or len(both) != 2:
        raise Refused(f"{at}/ago", _("Expected two numbers: from how long ago until how long ago."))
    ends = []
    for place, one in enumerate(both):
        # Zero is now, which no span can say.
        nothing = one == 0 and not isinstance(one, bool)
        span = read_span(1 if nothing else one, raw.get("unit"), UNITS, f"{at}/ago/{place}", f"{at}/unit")
        ends.append(0 if nothing else span.n)
    if max(ends) == 0:
        raise Refused(f"{at}/ago", _("Both ends are now: let the window begin earlier."))
    return Ago(max(ends), min(ends), span.unit)


def _between(raw: Mapping[str, Any], at: str, zone: str) -> Between | None:
    _only(raw, {"from", "to"}, at)
    start = None if raw.get("from") is None else read_day_or_instant(raw["from"], f"{at}/from", zone)
    end = None if raw.get("to") is None else read_day_or_instant(raw["to"], f"{at}/to", zone)
    if start and end and first_instant(start, zone) > last_instant(end, zone):
        raise Refused(f"{at}/to", _("The window ends before it begins."))
    return Between(start, end) if start or end else None


def _only(raw: Mapping[str, Any], known: set[str], at: str) -> None:
    for key in raw:
        if key not in known:
            cut = str(key)[:100]
            raise Refused(f"{at}/{token(cut)}", _("A window has no key “%(key)s” here.") % {"key": cut})
