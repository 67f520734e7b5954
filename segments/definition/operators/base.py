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
from ..sql import value as value_sql
from ..windows import CalendarUnit, Span, Window

Scalar = str | bool | Decimal | date | datetime


class Absent(Enum):
    """Stands for what a definition leaves open, where None means unknown."""

    ABSENT = "absent"


ABSENT = Absent.ABSENT


@dataclass(frozen=True)
class PropertyRef:
    """Another property to the right: of the same contact, of its company, of the same event."""

    property: Property


@dataclass(frozen=True)
class Period:
    """A unit of the calendar, as a property may lie in this one, the previous or the next."""

    unit: CalendarUnit


@dataclass(frozen=True)
class Place:
    """So many kilometres around a point."""

    lat: Decimal
    lon: Decimal
    km: Decimal


@dataclass(frozen=True)
class Change:
    """A recorded change from one value to another; either may be left open."""

    before: Scalar | tuple[Scalar, ...] | Absent | None
    after: Scalar | tuple[Scalar, ...] | Absent | None
    window: Window | None


Operand = Scalar | tuple[Scalar, ...] | Span | Window | PropertyRef | Period | Place | Change | None


class Takes(Enum):
    """What stands to the right of an operator."""

    NOTHING = "nothing"
    ONE = "one"
    MANY = "many"
    TWO = "two"
    SPAN = "span"
    WINDOW = "window"
    COUNT = "count"
    PATTERN = "pattern"
    AGO = "ago"
    UNIT = "unit"
    MONTHS = "months"
    WEEKDAYS = "weekdays"
    PLACE = "place"
    PERCENTS = "percents"
    PAST = "past"
    CHANGE = "change"


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

    def one(self, operand: Operand, cast: str) -> str:
        """The operand as SQL: a constant, or the value of another property, NULL where that is unknown."""
        if isinstance(operand, PropertyRef):
            return value_sql(operand.property, self.params, self.zone)
        return self.params.add(operand, cast)

    def one_text(self, operand: Operand) -> str:
        return self.text(self.one(operand, "text"))

    def many_texts(self, operand: Operand) -> str:
        if isinstance(operand, PropertyRef):
            others = self.one(operand, "text[]")
            return f"CASE WHEN {others} IS NOT NULL THEN {self.texts(others)} END"
        assert isinstance(operand, tuple)
        return self.texts(self.params.add(list(operand), "text[]"))

    def day(self, value: str) -> str:
        """The local day of a date or an instant."""
        return f"({value} AT TIME ZONE {self.zone_sql})::date" if self.type is FieldType.DATETIME else value


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
    with_property: ClassVar[frozenset[FieldType]] = frozenset()
    """The types that it also compares with another property of a kind."""
    past: ClassVar[bool] = False
    """Asks what the property was, by its recorded changes."""
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


class Sized(Operator):
    """How much of something there is, compared with a count. `size` is what is counted of a `value`, as SQL."""

    takes = Takes.COUNT
    size: ClassVar[str]
    sign: ClassVar[str]

    def sql(self, value: str, operand: Operand, ask: Ask) -> str:
        return f"{self.size.format(value=value)} {self.sign} {ask.params.add(operand, 'numeric')}"


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
