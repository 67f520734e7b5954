"""Read what stands to the right of an operator: values, spans and windows, each checked against its type."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from django.utils.translation import gettext as _

from contacts.fields import FieldType

from .operators import Operand, Operator, Takes
from .operators.base import Scalar
from .schema import Property
from .windows import DATE_UNITS, UNITS, Between, Last, Span, Unit, Window, first_instant, last_instant

T = FieldType
MAX_VALUES = 100_000
MAX_TEXT = 10_000
MAX_INSTANT = 40
# A thousand years of each unit: beyond it the calendar itself ends.
_LONGEST = {
    "minute": 525_960_000,
    "hour": 8_766_000,
    "day": 365_250,
    "week": 52_178,
    "month": 12_000,
    "year": 1_000,
}


class Refused(Exception):
    """A value that cannot be used; `pointer` is relative to the condition."""

    def __init__(self, pointer: str, message: str):
        super().__init__(message)
        self.pointer, self.message = pointer, message


def token(key: str) -> str:
    """`key` as one step of a JSON Pointer."""
    return key.replace("~", "~0").replace("/", "~1")


_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def storable(text: str) -> bool:
    """Whether the database can hold this text: no NUL and no half of a surrogate pair."""
    return not _UNSTORABLE.search(text)


def shown(text: str) -> str:
    """`text` with a sign in place of what cannot be stored or sent."""
    return _UNSTORABLE.sub("\ufffd", text)


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


def is_zone(name: str) -> bool:
    return name in _zones()


def read(operator: Operator, asked: Property, raw: Mapping[str, Any], zone: str) -> Operand:
    """The operand of a condition on a property. Instants without an offset are meant in `zone`."""
    if operator.takes is Takes.NOTHING:
        _refuse_extra(raw, "value")
        _refuse_extra(raw, "unit")
        return None
    if "value" not in raw:
        raise Refused("", _("“%(op)s” needs a “value”.") % {"op": operator.key})
    value = raw["value"]
    if operator.takes is Takes.SPAN:
        units = DATE_UNITS if asked.type is T.DATE or operator.key.startswith("anniversary") else UNITS
        return _span(value, raw.get("unit"), units, "/value", "/unit")
    _refuse_extra(raw, "unit")
    match operator.takes:
        case Takes.ONE:
            return _scalar(asked, value, "/value", zone)
        case Takes.MANY:
            return _many(asked, value, zone)
        case _:
            return _two(asked, value, zone)


def read_measure(operator: Operator, measure: str, raw: Mapping[str, Any]) -> Operand:
    """The number, or two, that a measure of events is compared with."""
    if operator.takes is Takes.NOTHING:
        _refuse_extra(raw, "value")
        return None
    if "value" not in raw:
        raise Refused("", _("“%(op)s” needs a “value”.") % {"op": operator.key})
    number = Property("value", T.NUMBER)
    value = raw["value"]
    operand = _scalar(number, value, "/value", "UTC") if operator.takes is Takes.ONE else _two(number, value, "UTC")
    for one in operand if isinstance(operand, tuple) else (operand,):
        if measure == "count" and (not isinstance(one, Decimal) or one < 0 or one != one.to_integral_value()):
            raise Refused("/value", _("A count is a whole number, 0 or more."))
    return operand


def read_window(raw: object, zone: str) -> Window | None:
    """The window of an event condition; None is all time."""
    if raw is None:
        return None
    if not isinstance(raw, Mapping):
        raise Refused("/window", _("Expected a window such as {“last”: 30, “unit”: “day”}."))
    if "last" in raw:
        _only(raw, {"last", "unit"}, "/window")
        return Last(_span(raw["last"], raw.get("unit"), UNITS, "/window/last", "/window/unit"))
    if "from" in raw or "to" in raw:
        _only(raw, {"from", "to"}, "/window")
        start = None if raw.get("from") is None else _day_or_instant(raw["from"], "/window/from", zone)
        end = None if raw.get("to") is None else _day_or_instant(raw["to"], "/window/to", zone)
        if start and end and first_instant(start, zone) > last_instant(end, zone):
            raise Refused("/window/to", _("The window ends before it begins."))
        return Between(start, end) if start or end else None
    raise Refused("/window", _("Expected “last” with “unit”, or “from” and “to”."))


def _scalar(asked: Property, raw: object, at: str, zone: str) -> Scalar:
    match asked.type:
        case T.NUMBER | T.MONEY:
            return _number(raw, at)
        case T.DATE | T.DATETIME:
            return _day_or_instant(raw, at, zone, days_only=asked.type is T.DATE)
        case _:
            text = _text(raw, at)
            if asked.options and text not in asked.options:
                raise Refused(at, _("Expected one of: %(options)s.") % {"options": ", ".join(asked.options)})
            return text


def _many(asked: Property, raw: object, zone: str) -> tuple[Scalar, ...]:
    if not isinstance(raw, list) or not raw:
        raise Refused("/value", _("Expected a list with at least one value."))
    if len(raw) > MAX_VALUES:
        raise Refused("/value", _("Expected at most 100,000 values."))
    return tuple(dict.fromkeys([_scalar(asked, one, f"/value/{index}", zone) for index, one in enumerate(raw)]))


def _two(asked: Property, raw: object, zone: str) -> tuple[Scalar, ...]:
    if not isinstance(raw, list) or len(raw) != 2:
        raise Refused("/value", _("Expected a list of two values: from and to."))
    low, high = _scalar(asked, raw[0], "/value/0", zone), _scalar(asked, raw[1], "/value/1", zone)
    if isinstance(low, date) and isinstance(high, date):
        empty = first_instant(low, zone) > last_instant(high, zone)
    else:
        empty = low > high  # type: ignore[operator]
    if empty:
        raise Refused("/value", _("The first value is larger than the second: nothing can lie between."))
    return low, high


def _number(raw: object, at: str) -> Decimal:
    if isinstance(raw, bool) or not isinstance(raw, int | float | Decimal):
        raise Refused(at, _("Expected a number."))
    number = Decimal(str(raw)) if isinstance(raw, float) else Decimal(raw)
    if not number.is_finite() or abs(number.adjusted()) > 100:
        raise Refused(at, _("Expected a number of reasonable size."))
    return number


def _text(raw: object, at: str) -> str:
    if not isinstance(raw, str):
        raise Refused(at, _("Expected a text."))
    if len(raw) > MAX_TEXT:
        raise Refused(at, _("Expected a text of at most 10,000 characters."))
    if not storable(raw):
        raise Refused(at, _("This text holds a character that cannot be stored (NUL or half a surrogate pair)."))
    return raw


def _day_or_instant(raw: object, at: str, zone: str, *, days_only: bool = False) -> date:
    """A day, or an instant in UTC; an instant without an offset is meant in `zone`."""
    said = _("Expected a date such as 2026-01-31.") if days_only else _("Expected a date or an ISO 8601 instant.")
    if not isinstance(raw, str) or len(raw) > MAX_INSTANT:
        raise Refused(at, said)
    try:
        if re.fullmatch(r"\d{4}-\d{2}-\d{2}", raw):
            found: date = date.fromisoformat(raw)
        elif days_only:
            raise Refused(at, said)
        else:
            instant = datetime.fromisoformat(raw)
            found = (instant if instant.tzinfo else instant.replace(tzinfo=ZoneInfo(zone))).astimezone(UTC)
    except (ValueError, OverflowError):
        raise Refused(at, said) from None
    if not 100 <= found.year <= 9900:
        raise Refused(at, _("Expected a year between 100 and 9900."))
    return found


def _span(raw: object, unit: object, units: tuple[Unit, ...], at: str, unit_at: str) -> Span:
    if unit not in units:
        raise Refused(
            unit_at if unit is not None else "", _("Expected a unit: %(units)s.") % {"units": ", ".join(units)}
        )
    if isinstance(raw, bool) or not isinstance(raw, int) or raw < 1:
        raise Refused(at, _("Expected a whole number, 1 or more."))
    if raw > _LONGEST[unit]:
        raise Refused(at, _("Expected at most a thousand years."))
    return Span(raw, unit)


def _only(raw: Mapping[str, Any], known: set[str], at: str) -> None:
    for key in raw:
        if key not in known:
            cut = str(key)[:100]
            raise Refused(f"{at}/{token(cut)}", _("A window has no key “%(key)s” here.") % {"key": cut})


def _refuse_extra(raw: Mapping[str, Any], key: str) -> None:
    if raw.get(key) is not None:
        raise Refused(f"/{key}", _("This operator takes no “%(key)s”.") % {"key": key})
