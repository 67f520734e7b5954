"""What an operator is, and the registry of them all."""

from __future__ import annotations

import builtins
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import ClassVar

from django.utils.functional import Promise

from contacts.fields import FieldType

from ..schema import Property
from ..sql import Params, fold, folded_elements
from ..windows import Span

Scalar = str | bool | Decimal | date | datetime
Operand = Scalar | tuple[Scalar, ...] | Span | None


class Takes(Enum):
    """What stands to the right of an operator."""

    NOTHING = "nothing"
    ONE = "one"
    MANY = "many"
    TWO = "two"
    SPAN = "span"
    WINDOW = "window"


@dataclass(frozen=True)
class Ask:
    """The circumstances of one comparison: whose property, in which zone (None is the account's), with case or not."""

    property: Property
    type: FieldType
    params: Params
    zone: str | None = None
    case: bool = False

    @builtins.property
    def zone_sql(self) -> str:
        return self.params.zone_sql(self.zone)

    def text(self, sql: str) -> str:
        return sql if self.case else fold(sql)

    def texts(self, sql: str) -> str:
        return sql if self.case else folded_elements(sql)

    def one_text(self, operand: Operand) -> str:
        return self.text(self.params.add(operand, "text"))

    def many_texts(self, operand: Operand) -> str:
        assert isinstance(operand, tuple)
        return self.texts(self.params.add(list(operand), "text[]"))


class Operator:
    """One comparison.

    `sql` is a condition on a known value; where it yields NULL the comparison is false. `flips` is the next instant,
    or an earlier one, at which time alone changes the answer (NULL: never), and only for operators that read the
    clock. `holds` is the same comparison for a measured number.
    """

    key: ClassVar[str]
    label: ClassVar[str | Promise]
    types: ClassVar[frozenset[FieldType]]
    takes: ClassVar[Takes] = Takes.ONE
    negative: ClassVar[bool] = False
    """True when unknown could reasonably match too: the builder offers "or unknown" beside it."""
    reads_clock: ClassVar[bool] = False
    measures: ClassVar[bool] = False
    """Also compares what is measured over events."""
    lists: ClassVar[bool] = False
    """Asks of a list, not of a property."""
    consents: ClassVar[bool] = False
    """Asks of a consent."""

    def sql(self, value: str, operand: Operand, ask: Ask) -> str:
        raise NotImplementedError(self.key)

    def flips(self, value: str, operand: Operand, ask: Ask) -> str:
        raise NotImplementedError(self.key)

    def holds(self, value: Decimal, operand: Operand) -> bool:
        raise NotImplementedError(self.key)


OPERATORS: dict[str, Operator] = {}


def register(operator: type[Operator]) -> type[Operator]:
    OPERATORS[operator.key] = operator()
    return operator


def for_type(type: FieldType) -> list[Operator]:
    return [operator for operator in OPERATORS.values() if type in operator.types]


def for_lists() -> list[Operator]:
    return [operator for operator in OPERATORS.values() if operator.lists]


def for_consents() -> list[Operator]:
    return [operator for operator in OPERATORS.values() if operator.consents]


def for_measure() -> list[Operator]:
    return [operator for operator in OPERATORS.values() if operator.measures]
