"""Times as phrases that stand after “happened” and “is”: in the last 30 days, yesterday, since 3 March.

Each unit has its own phrase with its own plural forms, because languages say “in the last” differently for one and
for several, for hours and for weeks.
"""

from __future__ import annotations

from typing import assert_never

from babel.dates import get_day_names, get_month_names
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ..schema import Catalogue
from ..windows import Ago, Between, CalendarUnit, Last, Previous, SinceFirst, Span, This, Window
from .values import instant, locale, number, own_zone


def when(window: Window, catalogue: Catalogue, zone: str | None) -> str:
    """The window as a phrase."""
    match window:
        case Last(span):
            return in_last(span)
        case Ago(longest, shortest, unit):
            return ago(longest, shortest, unit)
        case Between(start, end):
            return between(start, end, own_zone(zone, catalogue.zone))
        case This(unit):
            return in_this(unit, catalogue.fiscal_start)
        case Previous(unit):
            return in_previous(unit, catalogue.fiscal_start)
        case SinceFirst(span):
            return _("within %(span)s of the first one") % {"span": length(span)}
    assert_never(window)


def length(span: Span) -> str:
    """`3 days`"""
    words = {
        "minute": ngettext("%(n)s minute", "%(n)s minutes", span.n),
        "hour": ngettext("%(n)s hour", "%(n)s hours", span.n),
        "day": ngettext("%(n)s day", "%(n)s days", span.n),
        "week": ngettext("%(n)s week", "%(n)s weeks", span.n),
        "month": ngettext("%(n)s month", "%(n)s months", span.n),
        "year": ngettext("%(n)s year", "%(n)s years", span.n),
    }
    return words[span.unit] % {"n": number(span.n)}


def in_last(span: Span) -> str:
    words = {
        "minute": ngettext("in the last minute", "in the last %(n)s minutes", span.n),
        "hour": ngettext("in the last hour", "in the last %(n)s hours", span.n),
        "day": ngettext("in the last day", "in the last %(n)s days", span.n),
        "week": ngettext("in the last week", "in the last %(n)s weeks", span.n),
        "month": ngettext("in the last month", "in the last %(n)s months", span.n),
        "year": ngettext("in the last year", "in the last %(n)s years", span.n),
    }
    return words[span.unit] % {"n": number(span.n)}


def in_next(span: Span) -> str:
    words = {
        "minute": ngettext("in the next minute", "in the next %(n)s minutes", span.n),
        "hour": ngettext("in the next hour", "in the next %(n)s hours", span.n),
        "day": ngettext("in the next day", "in the next %(n)s days", span.n),
        "week": ngettext("in the next week", "in the next %(n)s weeks", span.n),
        "month": ngettext("in the next month", "in the next %(n)s months", span.n),
        "year": ngettext("in the next year", "in the next %(n)s years", span.n),
    }
    return words[span.unit] % {"n": number(span.n)}


def ago(longest: int, shortest: int, unit: str) -> str:
    """From so long ago until so long ago; until now is simply the last so many."""
    span = Span(longest, unit)  # type: ignore[arg-type]
    if shortest == 0:
        return in_last(span)
    if shortest == longest:
        return _("exactly %(span)s ago") % {"span": length(span)}
    return _("from %(longest)s to %(shortest)s ago") % {
        "longest": length(span),
        "shortest": length(Span(shortest, unit)),  # type: ignore[arg-type]
    }


def between(start: object, end: object, zone: str) -> str:
    """Both ends included; None is open."""
    match start, end:
        case None, None:
            return _("at any time")
        case None, _end:
            return _("until %(end)s") % {"end": _at(end, zone)}
        case _start, None:
            return _("since %(start)s") % {"start": _at(start, zone)}
        case _start, _end if start == end:
            return _("on %(day)s") % {"day": _at(start, zone)}
        case _:
            return _("between %(start)s and %(end)s") % {"start": _at(start, zone), "end": _at(end, zone)}


def in_this(unit: CalendarUnit, fiscal_start: int) -> str:
    fiscal = fiscal_start != 1
    match unit:
        case "day":
            return _("today")
        case "week":
            return _("this week")
        case "month":
            return _("this month")
        case "quarter":
            return _("this fiscal quarter") if fiscal else _("this quarter")
        case "year":
            return _("this fiscal year") if fiscal else _("this year")
    assert_never(unit)


def in_previous(unit: CalendarUnit, fiscal_start: int) -> str:
    fiscal = fiscal_start != 1
    match unit:
        case "day":
            return _("yesterday")
        case "week":
            return _("in the previous week")
        case "month":
            return _("in the previous month")
        case "quarter":
            return _("in the previous fiscal quarter") if fiscal else _("in the previous quarter")
        case "year":
            return _("in the previous fiscal year") if fiscal else _("in the previous year")
    assert_never(unit)


def in_next_unit(unit: CalendarUnit, fiscal_start: int) -> str:
    fiscal = fiscal_start != 1
    match unit:
        case "day":
            return _("tomorrow")
        case "week":
            return _("in the coming week")
        case "month":
            return _("in the coming month")
        case "quarter":
            return _("in the coming fiscal quarter") if fiscal else _("in the coming quarter")
        case "year":
            return _("in the coming fiscal year") if fiscal else _("in the coming year")
    assert_never(unit)


def month(n: int) -> str:
    return str(get_month_names("wide", "stand-alone", locale=locale())[n])


def weekday(n: int) -> str:
    """1 is Monday."""
    return str(get_day_names("wide", "stand-alone", locale=locale())[n - 1])


def _at(bound: object, zone: str) -> str:
    return instant(bound, zone)  # type: ignore[arg-type]
