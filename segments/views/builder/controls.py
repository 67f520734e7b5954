"""Which operators a row offers, and what each takes: all from the registry of the language."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from functools import cache

from contacts.fields import FieldType
from segments.definition import operators
from segments.definition.operands import references
from segments.definition.operators import Operator, Takes
from segments.definition.operators.history import is_recorded
from segments.definition.scalars import Refused
from segments.definition.schema import Property
from segments.definition.wherever import event_property

from .choices import DATE_UNITS, UNITS, WHERE_TYPES, Choice, Menu

_SIMPLE_FIRST = (
    Takes.ONE,
    Takes.TWO,
    Takes.SPAN,
    Takes.MANY,
    Takes.AGO,
    Takes.UNIT,
    Takes.MONTHS,
    Takes.WEEKDAYS,
    Takes.COUNT,
    Takes.PATTERN,
    Takes.PERCENTS,
    Takes.PLACE,
    Takes.NOTHING,
    Takes.PAST,
    Takes.CHANGE,
    Takes.WINDOW,
)
_SAMPLES: dict[FieldType, object] = {FieldType.NUMBER: 1}


def operator_named(key: str) -> Operator | None:
    return operators.OPERATORS.get(key)


def takes(op: str) -> Takes:
    operator = operator_named(op)
    return operator.takes if operator else Takes.ONE


def is_negative(op: str) -> bool:
    operator = operator_named(op)
    return operator is not None and operator.negative


def operators_for(asked: Property) -> Menu:
    """Those of the property; those that only compare it with another one come last."""
    return _operators_for(asked.type, is_recorded(asked), asked.reads_clock)


@cache
def _operators_for(type: FieldType, recorded: bool, reads_clock: bool) -> Menu:
    own = _in_order(operators.for_type(type))
    others = [one for one in operators.OPERATORS.values() if type in one.with_property and type not in one.types]
    found = [one for one in (*own, *others) if recorded or not one.past]
    if reads_clock:
        found = [one for one in found if one.takes is not Takes.PERCENTS]
    return _menu(found)


@cache
def operators_for_measure(*, texts: bool = False) -> Menu:
    """Those that compare; whether an event happened at all is a choice of its own."""
    found = [one for one in operators.for_measure() if one.takes is not Takes.NOTHING]
    if texts:
        found = [one for one in found if FieldType.TEXT in one.types]
    return _menu(_in_order(found))


@cache
def operators_for_where(type: FieldType) -> Menu:
    """Those that make the language read a property of an event as `type`."""
    return _menu(_in_order([one for one in operators.for_type(type) if _reads_as(one, type)]))


def _reads_as(one: Operator, type: FieldType) -> bool:
    if one.past or one.takes is Takes.PERCENTS:
        return False
    return event_property("", one, _SAMPLES.get(type, "")).type is type


@cache
def operators_for_lists() -> Menu:
    return _menu(operators.for_lists())


@cache
def operators_for_consents() -> Menu:
    return _menu(operators.for_consents())


def _menu(found: Iterable[Operator]) -> Menu:
    return Menu(Choice(one.key, one.label) for one in found)


def _in_order(found: Iterable[Operator]) -> list[Operator]:
    """The plain ones first: one value before several, what suits many types before what suits one; presence last."""

    def place(one: Operator) -> tuple[bool, bool, int, int]:
        everywhere = len(one.types) == len(FieldType)
        plain = -len(one.types) if one.takes is Takes.ONE else 0
        return one.past, everywhere, _SIMPLE_FIRST.index(one.takes), plain

    return sorted(found, key=place)


def is_comparable(operator: Operator | None, asked: Property) -> bool:
    """Whether the operator compares this property with another one of its kind."""
    if operator is None or asked.type not in operator.with_property:
        return False
    return asked.source != "event" or event_property("", operator, {"property": ""}).type is asked.type


def has_values(operator: Operator | None, asked: Property) -> bool:
    """Whether the operator compares this property with a value that people write."""
    return operator is not None and asked.type in operator.types


def are_alike(operator: Operator | None, asked: Property, other: Property) -> bool:
    """Whether the operator compares these two."""
    if operator is None or other.key == asked.key:
        return False
    with suppress(Refused):
        references.read(operator, asked, {"property": other.key}, lambda _name: other)
        return True
    return False


def where_type(given: str) -> FieldType:
    return FieldType(given) if given in WHERE_TYPES.values else FieldType.TEXT


def units_for(type: FieldType, op: str) -> Menu:
    return DATE_UNITS if type is FieldType.DATE or op.startswith("anniversary") else UNITS
