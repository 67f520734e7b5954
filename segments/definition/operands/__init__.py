"""Read what stands to the right of an operator, checked against the type of the property."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.utils.translation import gettext as _

from contacts.fields import FieldType

from ..operators import Operand, Operator, Takes
from ..scalars import Refused, read_span, refuse_extra
from ..schema import Property
from ..windows import DATE_UNITS, UNITS
from . import calendar, past, references, special
from .values import read_many, read_scalar, read_two

__all__ = ["fits", "read", "read_scalar", "read_two"]

T = FieldType
_TWO_KEYS = {Takes.SPAN, Takes.AGO, Takes.UNIT, Takes.WINDOW}
_NONE_NEEDED = {Takes.NOTHING, Takes.WINDOW, Takes.CHANGE, Takes.UNIT, Takes.PLACE}


def fits(operator: Operator, asked: Property, raw: Mapping[str, Any]) -> bool:
    """Whether the operator applies to the property: some do only against another property."""
    if references.is_reference(raw.get("value")) and asked.type in operator.with_property:
        return True
    return asked.type in operator.types


def read(
    operator: Operator, asked: Property, raw: Mapping[str, Any], zone: str, find: Callable[[str], Property]
) -> Operand:
    """The operand of a condition on a property. Instants without an offset are meant in `zone`.

    `find` is the property of a name, of the same contact or event, or raises Refused.
    """
    if operator.past:
        past.refuse_unrecorded(operator, asked, raw)
    if "value" not in raw and operator.takes not in _NONE_NEEDED:
        raise Refused("", _("“%(op)s” needs a “value”.") % {"op": operator.key})
    if operator.takes not in _TWO_KEYS:
        refuse_extra(raw, "unit")
    value = raw.get("value")
    if isinstance(value, Mapping) and references.is_reference(value):
        return references.read(operator, asked, value, find)
    match operator.takes:
        case Takes.NOTHING:
            refuse_extra(raw, "value")
            return None
        case Takes.ONE:
            return read_scalar(asked, value, "/value", zone)
        case Takes.MANY:
            return read_many(asked, value, "/value", zone)
        case Takes.TWO:
            return read_two(asked, value, zone)
        case Takes.SPAN:
            by_day = asked.type is T.DATE or operator.key.startswith("anniversary")
            return read_span(value, raw.get("unit"), DATE_UNITS if by_day else UNITS, "/value", "/unit")
        case Takes.AGO:
            return calendar.read_ago(value, raw.get("unit"), DATE_UNITS if asked.type is T.DATE else UNITS)
        case Takes.UNIT:
            return calendar.read_unit(raw)
        case Takes.MONTHS:
            return calendar.read_months(value)
        case Takes.WEEKDAYS:
            return calendar.read_weekdays(value)
        case Takes.COUNT:
            return special.read_count(value)
        case Takes.PATTERN:
            return special.read_pattern(value)
        case Takes.PLACE:
            return special.read_place(raw)
        case Takes.PERCENTS:
            return special.read_percents(asked, value)
        case Takes.WINDOW:
            return past.read_window(raw, zone)
        case Takes.PAST:
            return past.read_value(asked, value, "/value", zone)
        case Takes.CHANGE:
            return past.read_change(asked, raw, zone)
