"""Known or not, true or false."""

from __future__ import annotations

from decimal import Decimal
from typing import ClassVar

from django.utils.translation import gettext_lazy as _

from contacts.fields import FieldType

from .base import Ask, Operand, Operator, Takes, register


@register
class IsKnown(Operator):
    key, label = "is_known", _("is known")
    types = frozenset(FieldType)
    takes = Takes.NOTHING

    def sql(self, value: str, operand: Operand, ask: Ask) -> str:
        return f"{value} IS NOT NULL"


@register
class IsUnknown(Operator):
    key, label = "is_unknown", _("is unknown")
    types = frozenset(FieldType)
    takes = Takes.NOTHING

    def sql(self, value: str, operand: Operand, ask: Ask) -> str:
        return f"{value} IS NULL"


@register
class Did(Operator):
    """The event happened at least once."""

    key, label = "did", _("happened")
    types: ClassVar[frozenset[FieldType]] = frozenset()
    takes = Takes.NOTHING
    measures = True

    def sql(self, value: str, operand: Operand, ask: Ask) -> str:
        return f"{value} >= 1"

    def holds(self, value: Decimal, operand: Operand) -> bool:
        return value >= 1


@register
class DidNot(Did):
    """The event never happened."""

    key, label = "did_not", _("did not happen")

    def sql(self, value: str, operand: Operand, ask: Ask) -> str:
        return f"{value} = 0"

    def holds(self, value: Decimal, operand: Operand) -> bool:
        return value == 0


@register
class IsTrue(Operator):
    key, label = "is_true", _("is true")
    types = frozenset({FieldType.BOOLEAN})
    takes = Takes.NOTHING

    def sql(self, value: str, operand: Operand, ask: Ask) -> str:
        return value


@register
class IsFalse(Operator):
    key, label = "is_false", _("is false")
    types = frozenset({FieldType.BOOLEAN})
    takes = Takes.NOTHING
    negative = True

    def sql(self, value: str, operand: Operand, ask: Ask) -> str:
        return f"NOT {value}"
