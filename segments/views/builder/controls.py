"""Which choices a row offers. Operators come from the registry of the language, with what each takes."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from contacts.fields import FieldType
from segments.definition import operators
from segments.definition.operands import references
from segments.definition.operators import Operator, Takes
from segments.definition.scalars import Refused
from segments.definition.schema import Property
from segments.definition.wherever import event_property

Label = str | Promise


@dataclass(frozen=True)
class Choice:
    value: str
    label: Label


@dataclass(frozen=True)
class Choices:
    """Choices under one heading."""

    label: Label
    choices: tuple[Choice, ...]


UNITS = (
    Choice("minute", _("minutes")),
    Choice("hour", _("hours")),
    Choice("day", _("days")),
    Choice("week", _("weeks")),
    Choice("month", _("months")),
    Choice("year", _("years")),
)
DATE_UNITS = UNITS[2:]
CALENDAR_UNITS = (
    Choice("day", _("day")),
    Choice("week", _("week")),
    Choice("month", _("month")),
    Choice("quarter", _("quarter")),
    Choice("year", _("year")),
)
MONTHS = tuple(
    Choice(str(number), name)
    for number, name in enumerate(
        (
            _("January"),
            _("February"),
            _("March"),
            _("April"),
            _("May"),
            _("June"),
            _("July"),
            _("August"),
            _("September"),
            _("October"),
            _("November"),
            _("December"),
        ),
        start=1,
    )
)
WEEKDAYS = tuple(
    Choice(str(number), name)
    for number, name in enumerate(
        (
            _("Monday"),
            _("Tuesday"),
            _("Wednesday"),
            _("Thursday"),
            _("Friday"),
            _("Saturday"),
            _("Sunday"),
        ),
        start=1,
    )
)

MODES = (
    Choice("all", _("All of")),
    Choice("any", _("Any of")),
    Choice("none", _("None of")),
    Choice("at_least", _("At least")),
)
NOT_ALL = Choice("not_all", _("Not all of"))
COLLEAGUES = (
    Choice("any", _("any colleague")),
    Choice("all", _("all colleagues")),
    Choice("none", _("no colleague")),
    Choice("at_least", _("at least so many colleagues:")),
)

DID = (Choice("did", _("happened")), Choice("did_not", _("did not happen")))
HOWS = (
    Choices(
        _("How often"),
        (Choice("count", _("number of times")), Choice("distinct_days", _("number of days with one"))),
    ),
    Choices(
        _("A property of it"),
        (
            Choice("sum", _("sum of")),
            Choice("avg", _("average of")),
            Choice("min", _("smallest")),
            Choice("max", _("largest")),
            Choice("distinct", _("number of different")),
            Choice("first", _("first value of")),
            Choice("last", _("last value of")),
        ),
    ),
    Choices(_("Against the time before"), (Choice("change_pct", _("change in percent")),)),
    Choices(
        _("When"),
        (
            Choice("occurred_first", _("the first one was")),
            Choice("occurred_last", _("the last one was")),
            Choice("occurred_nth", _("the one with this number was")),
        ),
    ),
)
MEASURES = frozenset(choice.value for group in HOWS[:3] for choice in group.choices)
OF_PROPERTY = frozenset({"sum", "avg", "min", "max", "distinct", "first", "last"})
"""The measures that need a property; `change_pct` may have one."""
VALUE_TYPES = (Choice("number", _("as a number")), Choice("text", _("as text")))

WINDOWS = (
    Choice("", _("at any time")),
    Choice("last", _("in the last")),
    Choice("ago", _("between … ago")),
    Choice("between", _("between")),
    Choice("this", _("in this")),
    Choice("previous", _("in the previous")),
    Choice("since_first", _("from the first one on, for")),
)
STEPS = (Choice("", _("happened")), Choice("1", _("did not happen")))
ENDS = (
    Choice("", _("anything")),
    Choice("unknown", _("unknown")),
    Choice("value", _("the value")),
)
CHANGES = (("from", _("from")), ("to", _("to")))
WHOLE_END = Choice("values", _("exactly"))
WITHIN = (Choice("", _("at any time after")), Choice("1", _("within")))
BUCKETS = (Choice("", _("a share of everybody")), Choice("slice", _("a slice, from … to")))
TRUTHS = (Choice("true", _("yes")), Choice("false", _("no")))
ZONES = (
    Choice("", _("in the account's time zone")),
    Choice("contact", _("in the contact's own time zone")),
    Choice("named", _("in the time zone")),
)

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
WHERE_TYPES = (
    Choice("text", _("as text")),
    Choice("number", _("as a number")),
    Choice("boolean", _("as yes or no")),
    Choice("datetime", _("as a date")),
    Choice("multi_enum", _("as a list")),
    Choice("location", _("as a place")),
)
"""The types that a property of an event may be read as; its operators and its value follow."""
_SAMPLES: dict[FieldType, object] = {FieldType.NUMBER: 1}


def operator_named(key: str) -> Operator | None:
    return operators.OPERATORS.get(key)


def takes(op: str) -> Takes:
    operator = operator_named(op)
    return operator.takes if operator else Takes.ONE


def is_negative(op: str) -> bool:
    operator = operator_named(op)
    return operator is not None and operator.negative


def operators_for(type: FieldType) -> list[Choice]:
    """Those of the type; those that only compare with another attribute come last."""
    own = operators.for_type(type)
    others = [one for one in operators.OPERATORS.values() if type in one.with_property and one not in own]
    return _in_order(own) + [Choice(one.key, one.label) for one in others if type not in one.types]


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


def operators_for_measure(*, texts: bool = False) -> list[Choice]:
    """Those that compare; whether an event happened at all is a choice of its own."""
    found = [one for one in operators.for_measure() if one.takes is not Takes.NOTHING]
    if texts:
        found = [one for one in found if FieldType.TEXT in one.types]
    return _in_order(found)


def operators_for_where(type: FieldType) -> list[Choice]:
    """Those that make the language read a property of an event as `type`."""
    return _in_order([one for one in operators.for_type(type) if _reads_as(one, type)])


def _reads_as(one: Operator, type: FieldType) -> bool:
    if one.past or one.takes is Takes.PERCENTS:
        return False
    return event_property("", one, _SAMPLES.get(type, "")).type is type


def operators_for_lists() -> list[Choice]:
    return [Choice(one.key, one.label) for one in operators.for_lists()]


def operators_for_consents() -> list[Choice]:
    return [Choice(one.key, one.label) for one in operators.for_consents()]


def _in_order(found: Iterable[Operator]) -> list[Choice]:
    """The plain ones first: one value before several, what suits many types before what suits one; presence last."""

    def place(one: Operator) -> tuple[bool, bool, int, int]:
        everywhere = len(one.types) == len(FieldType)
        plain = -len(one.types) if one.takes is Takes.ONE else 0
        return one.past, everywhere, _SIMPLE_FIRST.index(one.takes), plain

    return [Choice(one.key, one.label) for one in sorted(found, key=place)]


def where_type(given: str) -> FieldType:
    return FieldType(given) if given in {choice.value for choice in WHERE_TYPES} else FieldType.TEXT


def units_for(type: FieldType, op: str) -> tuple[Choice, ...]:
    return DATE_UNITS if type is FieldType.DATE or op.startswith("anniversary") else UNITS
