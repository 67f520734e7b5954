"""Greater and less: numbers, money, measures of events, and stages in their order. Decimals are exact."""

from __future__ import annotations

from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from contacts.fields import FieldType

from .base import Ask, Operand, Operator, Scalar, Takes, register

T = FieldType
NUMBERS = frozenset({T.NUMBER, T.MONEY})


class _Order(Operator):
    types = NUMBERS
    with_property = NUMBERS
    measures = True
    sign: str

    def sql(self, value: str, operand: Operand, ask: Ask) -> str:
        return f"{value} {self.sign} {ask.one(operand, 'numeric')}"


@register
class Gt(_Order):
    key, label, sign = "gt", _("is more than"), ">"

    def holds(self, value: Decimal, operand: Operand) -> bool:
        assert isinstance(operand, Decimal)
        return value > operand


@register
class Gte(_Order):
    key, label, sign = "gte", _("is at least"), ">="

    def holds(self, value: Decimal, operand: Operand) -> bool:
        assert isinstance(operand, Decimal)
        return value >= operand


@register
class Lt(_Order):
    key, label, sign = "lt", _("is less than"), "<"

    def holds(self, value: Decimal, operand: Operand) -> bool:
        assert isinstance(operand, Decimal)
        return value < operand


@register
class Lte(_Order):
    key, label, sign = "lte", _("is at most"), "<="

    def holds(self, value: Decimal, operand: Operand) -> bool:
        assert isinstance(operand, Decimal)
        return value <= operand


@register
class Between(Operator):
    """Both ends included. For dates see `times`, which shares the key."""

    key, label = "between", _("is between")
    types = NUMBERS | {T.DATE, T.DATETIME}
    takes = Takes.TWO
    measures = True

    def sql(self, value: str, operand: Operand, ask: Ask) -> str:
        from .times import within_days

        assert isinstance(operand, tuple)
        if ask.type not in NUMBERS:
            return within_days(value, operand[0], operand[1], ask)
        low, high = (ask.params.add(end, "numeric") for end in operand)
        return f"{value} BETWEEN {low} AND {high}"

    def holds(self, value: Decimal, operand: Operand) -> bool:
        assert isinstance(operand, tuple)
        low, high = operand
        assert isinstance(low, Decimal)
        assert isinstance(high, Decimal)
        return low <= value <= high


@register
class NotBetween(Between):
    key, label = "not_between", _("is not between")
    negative = True

    def sql(self, value: str, operand: Operand, ask: Ask) -> str:
        return f"NOT ({super().sql(value, operand, ask)})"

    def holds(self, value: Decimal, operand: Operand) -> bool:
        return not super().holds(value, operand)


@register
class PercentileBetween(Operator):
    """Between the stored values at two percentages of everybody's, both included; below 0 % and above 100 % is nobody.

    The values are recomputed every hour: see `segments.percentiles`.
    """

    key, label = "percentile_between", _("is, in percent of everybody, between")
    types = NUMBERS
    takes = Takes.PERCENTS

    def sql(self, value: str, operand: Operand, ask: Ask) -> str:
        assert isinstance(operand, tuple)
        low, high = operand
        bounds = [f"{value} IS NOT NULL"]
        if low != 0:
            bounds.append(f"{value} >= {_cut(low, ask)}")
        if high != 100:
            bounds.append(f"{value} <= {_cut(high, ask)}")
        return f"({' AND '.join(bounds)})"


def _cut(percent: Scalar, ask: Ask) -> str:
    key, at = ask.params.add(ask.property.key, "text"), ask.params.add(percent, "numeric")
    return f"(SELECT value FROM segments_percentile WHERE property = {key} AND percent = {at})"


class _Rank(Operator):
    types = frozenset({T.ORDERED_ENUM})
    with_property = types
    sign: str

    def sql(self, value: str, operand: Operand, ask: Ask) -> str:
        order = ask.params.add(list(ask.property.options), "text[]")
        place = f"array_position({order}, {ask.one(operand, 'text')})"
        return f"array_position({order}, {value}) {self.sign} {place}"


@register
class AtLeast(_Rank):
    key, label, sign = "at_least", _("is at least"), ">="


@register
class AtMost(_Rank):
    key, label, sign = "at_most", _("is at most"), "<="
