"""One, two or many values of a property's own type."""

from __future__ import annotations

from datetime import date

from django.utils.translation import gettext as _

from contacts.fields import FieldType

from ..operators.base import Scalar
from ..scalars import Refused, read_day_or_instant, read_number, read_text
from ..schema import Property
from ..windows import first_instant, last_instant

T = FieldType
MAX_VALUES = 100_000


def read_scalar(asked: Property, raw: object, at: str, zone: str) -> Scalar:
    match asked.type:
        case T.NUMBER | T.MONEY:
            return read_number(raw, at)
        case T.DATE | T.DATETIME:
            return read_day_or_instant(raw, at, zone, days_only=asked.type is T.DATE)
        case _:
            text = read_text(raw, at)
            if asked.options and text not in asked.options:
                raise Refused(at, _("Expected one of: %(options)s.") % {"options": ", ".join(asked.options)})
            return text


def read_many(asked: Property, raw: object, at: str, zone: str) -> tuple[Scalar, ...]:
    if not isinstance(raw, list) or not raw:
        raise Refused(at, _("Expected a list with at least one value."))
    if len(raw) > MAX_VALUES:
        raise Refused(at, _("Expected at most 100,000 values."))
    return tuple(dict.fromkeys([read_scalar(asked, one, f"{at}/{index}", zone) for index, one in enumerate(raw)]))


def read_two(asked: Property, raw: object, zone: str) -> tuple[Scalar, ...]:
    if not isinstance(raw, list) or len(raw) != 2:
        raise Refused("/value", _("Expected a list of two values: from and to."))
    low, high = read_scalar(asked, raw[0], "/value/0", zone), read_scalar(asked, raw[1], "/value/1", zone)
    if isinstance(low, date) and isinstance(high, date):
        empty = first_instant(low, zone) > last_instant(high, zone)
    else:
        empty = low > high  # type: ignore[operator]
    if empty:
        raise Refused("/value", _("The first value is larger than the second: nothing can lie between."))
    return low, high
