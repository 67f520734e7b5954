"""Rolling windows that look ahead, or that end before now. Dates count calendar days, instants elapsed time."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from contacts.fields import FieldType

from ..sql import midnight
from ..windows import Ago, Span
from .base import Ask, Operand, Operator, Takes, register
from .times import TICK, TIMES, days_ago, days_ahead

T = FieldType


@register
class InNext(Operator):
    """From today, or now, until the span has passed, both ends included."""

    key, label = "in_next", _("is in the next")
    types = TIMES
    takes = Takes.SPAN
    reads_clock = True

    def sql(self, value: str, operand: Operand, ask: Ask) -> str:
        from ..compile.windows import later

        assert isinstance(operand, Span)
        if ask.type is T.DATE:
            return f"{value} BETWEEN {ask.params.today(ask.zone)} AND {days_ahead(operand, ask)}"
        now = ask.params.now()
        return f"{value} BETWEEN {now} AND {later(now, operand, ask.params, ask.zone)}"

    def flips(self, value: str, operand: Operand, ask: Ask) -> str:
        assert isinstance(operand, Span)
        now, today = ask.params.now(), ask.params.today(ask.zone)
        if ask.type is T.DATE:
            if operand.elapsed is not None:
                comes = f"{value} - {operand.elapsed.days}"
            else:
                # Near the end of a month the day on which it comes is irregular: look every midnight from there on.
                comes = f"greatest(({value} - make_interval(months => {operand.months}))::date - 5, {today} + 1)"
            day = f"CASE WHEN {value} > {days_ahead(operand, ask)} THEN {comes} ELSE {value} + 1 END"
            return f"CASE WHEN {value} >= {today} THEN {midnight(day, ask.zone_sql)} END"
        if operand.elapsed is not None:
            comes = f"{value} - {ask.params.add(operand.elapsed, 'interval')}"
        else:
            comes = f"crmseg_month_flip({value} - {TICK}, {-operand.months}, {ask.zone_sql}, {now})"
        leaves = f"{value} + {TICK}"
        return f"CASE WHEN {value} >= {now} THEN LEAST(CASE WHEN {comes} > {now} THEN {comes} END, {leaves}) END"


@register
class BetweenAgo(Operator):
    """From so long ago until so long ago, both ends included."""

    key, label = "between_ago", _("was between … ago")
    types = TIMES
    takes = Takes.AGO
    reads_clock = True

    def sql(self, value: str, operand: Operand, ask: Ask) -> str:
        from ..compile.windows import inside

        assert isinstance(operand, Ago)
        if ask.type is T.DATETIME:
            return inside(value, operand, ask.params, ask.zone)
        return f"{value} BETWEEN {days_ago(operand.begins, ask)} AND {days_ago(operand.ends, ask)}"

    def flips(self, value: str, operand: Operand, ask: Ask) -> str:
        from ..compile.windows import flip

        assert isinstance(operand, Ago)
        if ask.type is T.DATETIME:
            return flip(value, operand, ask.params, ask.zone)
        begins, ends, tomorrow = operand.begins, operand.ends, f"{ask.params.today(ask.zone)} + 1"
        if begins.elapsed is not None and ends.elapsed is not None:
            comes, leaves = f"{value} + {ends.elapsed.days}", f"{value} + {begins.elapsed.days + 1}"
        else:
            comes = f"greatest(({value} + make_interval(months => {ends.months}))::date - 5, {tomorrow})"
            leaves = f"greatest(({value} + make_interval(months => {begins.months}))::date - 5, {tomorrow})"
        day = f"""CASE WHEN {value} > {days_ago(ends, ask)} THEN {comes}
                       WHEN {value} >= {days_ago(begins, ask)} THEN {leaves} END"""
        return midnight(day, ask.zone_sql)
