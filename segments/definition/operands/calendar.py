"""Units, months and days of the calendar, and two lengths of time ago."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from ..load_windows import calendar_unit
from ..operators.base import Period
from ..scalars import Refused, read_span
from ..windows import Ago, Unit

_MONTHS = (
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
)
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def read_ago(value: object, unit: object, units: tuple[Unit, ...]) -> Ago:
    if not isinstance(value, list) or len(value) != 2:
        raise Refused("/value", _("Expected two numbers: from how long ago until how long ago."))
    ends = []
    for place, one in enumerate(value):
        # Zero is now, which no span can say.
        nothing = one == 0 and not isinstance(one, bool)
        span = read_span(1 if nothing else one, unit, units, f"/value/{place}", "/unit")
        ends.append(0 if nothing else span.n)
    if max(ends) == 0:
        raise Refused("/value", _("Both ends are now: begin earlier."))
    return Ago(max(ends), min(ends), span.unit)


def read_unit(raw: Mapping[str, Any]) -> Period:
    """The unit stands in “unit”, or in “value”."""
    if raw.get("unit") is not None and raw.get("value") is not None:
        raise Refused("/value", _("This operator takes no “%(key)s”.") % {"key": "value"})
    key = "value" if raw.get("value") is not None else "unit"
    return Period(calendar_unit(raw.get(key), f"/{key}"))


def read_months(value: object) -> tuple[Decimal, ...]:
    return _numbered(value, _MONTHS, _("Expected months from 1 to 12, or their English names."))


def read_weekdays(value: object) -> tuple[Decimal, ...]:
    return _numbered(value, _WEEKDAYS, _("Expected days from 1 for Monday to 7 for Sunday, or their English names."))


def _numbered(value: object, names: tuple[str, ...], said: str) -> tuple[Decimal, ...]:
    several = value if isinstance(value, list) else [value]
    if not several:
        raise Refused("/value", said)
    found = []
    for index, one in enumerate(several):
        number = names.index(one.lower()) + 1 if isinstance(one, str) and one.lower() in names else one
        if isinstance(number, bool) or not isinstance(number, int) or not 1 <= number <= len(names):
            raise Refused(f"/value/{index}" if isinstance(value, list) else "/value", said)
        found.append(Decimal(number))
    return tuple(dict.fromkeys(found))
