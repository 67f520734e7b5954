"""Dates and instants. A `date` counts calendar days in the zone; a `datetime` counts elapsed time.

A day given for a `datetime` means that whole local day. Answers about dates flip at local midnight, answers about
instants just after the last instant of their window: the stored flip is always later than the `now` it came from.
"""

from __future__ import annotations

from datetime import date, datetime

from django.utils.translation import gettext_lazy as _

from contacts.fields import FieldType

from ..sql import midnight
from ..windows import Span
from .base import Ask, Operand, Operator, PropertyRef, Scalar, Takes, register

T = FieldType
TIMES = frozenset({T.DATE, T.DATETIME})
TICK = "interval '1 microsecond'"


Bound = Scalar | PropertyRef


def names_instant(bound: Bound) -> bool:
    return bound.property.type is T.DATETIME if isinstance(bound, PropertyRef) else isinstance(bound, datetime)


def start_of(bound: Bound, ask: Ask) -> str:
    """The first instant, or day, of what `bound` names."""
    named = ask.one(bound, "timestamptz" if names_instant(bound) else "date")
    if ask.type is T.DATE:
        return f"({named} AT TIME ZONE {ask.zone_sql})::date" if names_instant(bound) else named
    return named if names_instant(bound) else midnight(named, ask.zone_sql)


def after_end_of(bound: Bound, ask: Ask) -> tuple[str, str]:
    """How to ask that a value lies within `bound` or before: a comparison sign and its right side."""
    if ask.type is T.DATETIME and not names_instant(bound):
        return "<", midnight(f"{ask.one(bound, 'date')} + 1", ask.zone_sql)
    return "<=", start_of(bound, ask)


def within_days(value: str, low: Bound, high: Bound, ask: Ask) -> str:
    sign, end = after_end_of(high, ask)
    return f"({value} >= {start_of(low, ask)} AND {value} {sign} {end})"


@register
class On(Operator):
    key, label = "on", _("is on")
    types = TIMES
    with_property = TIMES

    def sql(self, value: str, operand: Operand, ask: Ask) -> str:
        assert isinstance(operand, date | PropertyRef)
        return within_days(value, operand, operand, ask)


@register
class NotOn(On):
    key, label = "not_on", _("is not on")
    negative = True

    def sql(self, value: str, operand: Operand, ask: Ask) -> str:
        return f"NOT {super().sql(value, operand, ask)}"


@register
class Before(Operator):
    key, label = "before", _("is before")
    types = TIMES
    with_property = TIMES

    def sql(self, value: str, operand: Operand, ask: Ask) -> str:
        assert isinstance(operand, date | PropertyRef)
        return f"{value} < {start_of(operand, ask)}"


@register
class After(Operator):
    key, label = "after", _("is after")
    types = TIMES
    with_property = TIMES

    def sql(self, value: str, operand: Operand, ask: Ask) -> str:
        assert isinstance(operand, date | PropertyRef)
        sign, end = after_end_of(operand, ask)
        return f"NOT ({value} {sign} {end})"


def days_ago(span: Span, ask: Ask) -> str:
    """The local day `span` before today."""
    today = ask.params.today(ask.zone)
    if span.elapsed is not None:
        return f"({today} - {span.elapsed.days})"
    return f"({today} - make_interval(months => {span.months}))::date"


def days_ahead(span: Span, ask: Ask) -> str:
    """The local day `span` after today."""
    today = ask.params.today(ask.zone)
    if span.elapsed is not None:
        return f"({today} + {span.elapsed.days})"
    return f"({today} + make_interval(months => {span.months}))::date"


def _start(span: Span, ask: Ask) -> str:
    """The first instant of the rolling window that ends now."""
    return ask.params.before(span, ask.zone)


def _leaves_at(value: str, span: Span, ask: Ask) -> str:
    """When a value now inside the last `span` falls out of it, or an instant before that."""
    now = ask.params.now()
    if ask.type is T.DATETIME:
        if span.elapsed is None:
            return f"crmseg_month_flip({value}, {span.months}, {ask.zone_sql}, {now})"
        return f"{value} + {ask.params.add(span.elapsed, 'interval')} + {TICK}"
    if span.elapsed is not None:
        return midnight(f"{value} + {span.elapsed.days + 1}", ask.zone_sql)
    # Near the end of a month the day that falls out is irregular: look again every local midnight from there on.
    near = midnight(f"({value} + make_interval(months => {span.months}))::date - 5", ask.zone_sql)
    tomorrow = midnight(f"{ask.params.today(ask.zone)} + 1", ask.zone_sql)
    return f"CASE WHEN {value} >= {days_ago(span, ask)} - 10 THEN greatest({near}, {tomorrow}) END"


def _comes_at(value: str, ask: Ask) -> str:
    """When a value in the future becomes the present."""
    return midnight(value, ask.zone_sql) if ask.type is T.DATE else value


def _is_future(value: str, ask: Ask) -> str:
    return f"{value} > {ask.params.today(ask.zone) if ask.type is T.DATE else ask.params.now()}"


@register
class InLast(Operator):
    key, label = "in_last", _("is in the last")
    types = TIMES
    takes = Takes.SPAN
    reads_clock = True

    def sql(self, value: str, operand: Operand, ask: Ask) -> str:
        assert isinstance(operand, Span)
        if ask.type is T.DATE:
            return f"{value} BETWEEN {days_ago(operand, ask)} AND {ask.params.today(ask.zone)}"
        return f"{value} BETWEEN {_start(operand, ask)} AND {ask.params.now()}"

    def flips(self, value: str, operand: Operand, ask: Ask) -> str:
        assert isinstance(operand, Span)
        leaves = _leaves_at(value, operand, ask)
        return f"CASE WHEN {_is_future(value, ask)} THEN {_comes_at(value, ask)} ELSE {leaves} END"


@register
class NotInLast(InLast):
    key, label = "not_in_last", _("is not in the last")
    negative = True

    def sql(self, value: str, operand: Operand, ask: Ask) -> str:
        return f"NOT ({super().sql(value, operand, ask)})"


@register
class MoreThanAgo(InLast):
    key, label = "more_than_ago", _("is more than … ago")

    def sql(self, value: str, operand: Operand, ask: Ask) -> str:
        assert isinstance(operand, Span)
        return f"{value} < {days_ago(operand, ask) if ask.type is T.DATE else _start(operand, ask)}"
