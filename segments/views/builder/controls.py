"""Which choices a row offers. Operators come from the registry of the language; nothing here knows one by name."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from contacts.fields import FieldType
from segments.definition import operators
from segments.definition.operators import Operator, Takes
from segments.definition.wherever import event_property

Label = str | Promise


@dataclass(frozen=True)
class Choice:
    value: str
    label: Label


UNITS = (
    Choice("minute", _("minutes")),
    Choice("hour", _("hours")),
    Choice("day", _("days")),
    Choice("week", _("weeks")),
    Choice("month", _("months")),
    Choice("year", _("years")),
)
DATE_UNITS = UNITS[2:]

MODES = (
    Choice("all", _("All of")),
    Choice("any", _("Any of")),
    Choice("none", _("None of")),
)
NOT_ALL = Choice("not_all", _("Not all of"))

DID = (Choice("did", _("happened")), Choice("did_not", _("did not happen")))
MEASURES = (
    Choice("count", _("number of times")),
    Choice("sum", _("sum of")),
    Choice("avg", _("average of")),
    Choice("min", _("smallest")),
    Choice("max", _("largest")),
)
WINDOWS = (
    Choice("", _("at any time")),
    Choice("last", _("in the last")),
    Choice("between", _("between")),
)
MEMBERSHIP = (Choice("in", _("is a member")), Choice("not_in", _("is not a member")))

_SIMPLE_FIRST = [Takes.ONE, Takes.TWO, Takes.SPAN, Takes.MANY, Takes.NOTHING]
WHERE_TYPES = (
    Choice("text", _("as text")),
    Choice("number", _("as a number")),
    Choice("boolean", _("as yes or no")),
    Choice("datetime", _("as a date")),
    Choice("multi_enum", _("as a list")),
)
"""The types that a property of an event may be read as; its operators and its value follow."""


def operator_named(key: str) -> Operator | None:
    return operators.OPERATORS.get(key)


def takes(op: str) -> Takes:
    operator = operator_named(op)
    return operator.takes if operator else Takes.ONE


def is_negative(op: str) -> bool:
    operator = operator_named(op)
    return operator is not None and operator.negative


def operators_for(type: FieldType) -> list[Choice]:
    return _in_order(operators.for_type(type))


def operators_for_measure() -> list[Choice]:
    """Those that compare; whether an event happened at all is a choice of its own."""
    return _in_order([one for one in operators.for_measure() if one.takes is not Takes.NOTHING])


def operators_for_where(type: FieldType) -> list[Choice]:
    """Those that make the language read a property of an event as `type`."""
    sample = 1 if type is FieldType.NUMBER else ""
    return _in_order([one for one in operators.for_type(type) if event_property("", one, sample).type is type])


def _in_order(found: list[Operator]) -> list[Choice]:
    """The plain ones first: one value before several, what suits many types before what suits one; presence last."""

    def place(one: Operator) -> tuple[bool, int, int]:
        everywhere = len(one.types) == len(FieldType)
        return everywhere, _SIMPLE_FIRST.index(one.takes), -len(one.types) if one.takes is Takes.ONE else 0

    return [Choice(one.key, one.label) for one in sorted(found, key=place)]


def where_type(given: str) -> FieldType:
    return FieldType(given) if given in {choice.value for choice in WHERE_TYPES} else FieldType.TEXT


def units_for(type: FieldType, op: str) -> tuple[Choice, ...]:
    return DATE_UNITS if type is FieldType.DATE or op.startswith("anniversary") else UNITS
