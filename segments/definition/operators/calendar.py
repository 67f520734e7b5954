"""The calendar: this month and the next, anniversaries, months and days of the week.

What is asked is the local day, of instants too. Answers change at local midnights.
"""

from __future__ import annotations

from typing import ClassVar

from django.utils.translation import gettext_lazy as _

from ..sql import midnight, quoted
from ..windows import Span
from .base import Ask, Operand, Operator, Period, Takes, register
from .times import TIMES, days_ago, days_ahead


class _Calendar(Operator):
    """The day lies in a whole unit of the calendar, days to come included."""

    types = TIMES
    takes = Takes.UNIT
    reads_clock = True
    shift: ClassVar[int]

    def sql(self, value: str, operand: Operand, ask: Ask) -> str:
        first, after = (_period(operand, self.shift + more, ask) for more in (0, 1))
        return f"{ask.day(value)} <@ daterange({first}, {after})"

    def flips(self, value: str, operand: Operand, ask: Ask) -> str:
        assert isinstance(operand, Period)
        unit, today = quoted(operand.unit), ask.params.today(ask.zone)
        coming = f"crmseg_unit_flip({ask.day(value)}, {unit}, {self.shift}, {ask.params.fiscal}, {today})"
        return midnight(coming, ask.zone_sql)


def _period(operand: Operand, shift: int, ask: Ask) -> str:
    assert isinstance(operand, Period)
    return f"crmseg_period({ask.params.today(ask.zone)}, {quoted(operand.unit)}, {shift}, {ask.params.fiscal})"


@register
class InThis(_Calendar):
    key, label, shift = "in_this", _("is in this"), 0


@register
class InPrevious(_Calendar):
    key, label, shift = "in_previous", _("is in the previous"), -1


@register
class InNextUnit(_Calendar):
    key, label, shift = "in_next_unit", _("is in the coming"), 1


class _Anniversary(Operator):
    """29 February falls on the 28th in common years."""

    types = TIMES
    takes = Takes.SPAN
    reads_clock = True

    def next(self, value: str, ask: Ask, *, after_today: bool = False) -> str:
        today = ask.params.today(ask.zone)
        return f"crmseg_next_anniversary({ask.day(value)}, {today}{' + 1' if after_today else ''})"


@register
class AnniversaryToday(_Anniversary):
    key, label = "anniversary_today", _("has its anniversary today")
    takes = Takes.NOTHING

    def sql(self, value: str, operand: Operand, ask: Ask) -> str:
        return f"{self.next(value, ask)} = {ask.params.today(ask.zone)}"

    def flips(self, value: str, operand: Operand, ask: Ask) -> str:
        coming, today = self.next(value, ask), ask.params.today(ask.zone)
        return midnight(f"CASE WHEN {coming} = {today} THEN {today} + 1 ELSE {coming} END", ask.zone_sql)


@register
class AnniversaryInNext(_Anniversary):
    """The day and month come round within the span, today included."""

    key, label = "anniversary_in_next", _("has its anniversary in the next")

    def sql(self, value: str, operand: Operand, ask: Ask) -> str:
        assert isinstance(operand, Span)
        return f"{self.next(value, ask)} <= {days_ahead(operand, ask)}"

    def flips(self, value: str, operand: Operand, ask: Ask) -> str:
        assert isinstance(operand, Span)
        coming = self.next(value, ask)
        if operand.elapsed is not None:
            into = f"{coming} - {operand.elapsed.days}"
        else:
            into = f"({coming} - make_interval(months => {operand.months}))::date - 5"
        tomorrow = f"{ask.params.today(ask.zone)} + 1"
        leaves = f"CASE WHEN {coming} <= {days_ahead(operand, ask)} THEN {coming} + 1 ELSE {into} END"
        return midnight(f"greatest({leaves}, {tomorrow})", ask.zone_sql)


@register
class AnniversaryInLast(_Anniversary):
    """The last anniversary, or the day itself where it has come, was within the span, today included."""

    key, label = "anniversary_in_last", _("had its anniversary in the last")

    def sql(self, value: str, operand: Operand, ask: Ask) -> str:
        assert isinstance(operand, Span)
        return f"{self._last(value, ask)} >= {days_ago(operand, ask)}"

    def flips(self, value: str, operand: Operand, ask: Ask) -> str:
        assert isinstance(operand, Span)
        today = ask.params.today(ask.zone)
        if operand.elapsed is not None:
            length = f"interval '{operand.elapsed.days} days'"
        else:
            length = f"interval '{operand.months} months'"
        return midnight(f"crmseg_last_anniversary_flip({ask.day(value)}, {length}, {today})", ask.zone_sql)

    def _last(self, value: str, ask: Ask) -> str:
        return f"crmseg_last_anniversary({ask.day(value)}, {ask.params.today(ask.zone)})"


class _Part(Operator):
    types = TIMES
    part: ClassVar[str]

    def sql(self, value: str, operand: Operand, ask: Ask) -> str:
        assert isinstance(operand, tuple)
        return f"extract({self.part} FROM {ask.day(value)}) = ANY({ask.params.add(list(operand), 'numeric[]')})"


@register
class MonthIs(_Part):
    key, label, part = "month_is", _("is in the month"), "month"
    takes = Takes.MONTHS


@register
class WeekdayIs(_Part):
    """1 is Monday, 7 is Sunday."""

    key, label, part = "weekday_is", _("is on the weekday"), "isodow"
    takes = Takes.WEEKDAYS
