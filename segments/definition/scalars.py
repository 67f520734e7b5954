"""The plain values of definitions, each read from JSON and checked: numbers, texts, days, instants, spans of time."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from django.utils.translation import gettext as _

from .windows import Span, Unit

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


def read_number(raw: object, at: str) -> Decimal:
    if isinstance(raw, bool) or not isinstance(raw, int | float | Decimal):
        raise Refused(at, _("Expected a number."))
    number = Decimal(str(raw)) if isinstance(raw, float) else Decimal(raw)
    if not number.is_finite() or abs(number.adjusted()) > 100:
        raise Refused(at, _("Expected a number of reasonable size."))
    return number


def read_text(raw: object, at: str) -> str:
    if not isinstance(raw, str):
        raise Refused(at, _("Expected a text."))
    if len(raw) > MAX_TEXT:
        raise Refused(at, _("Expected a text of at most 10,000 characters."))
    if not storable(raw):
        raise Refused(at, _("This text holds a character that cannot be stored (NUL or half a surrogate pair)."))
    return raw


def read_day_or_instant(raw: object, at: str, zone: str, *, days_only: bool = False) -> date:
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


def read_span(raw: object, unit: object, units: tuple[Unit, ...], at: str, unit_at: str) -> Span:
    if unit not in units:
        raise Refused(
            unit_at if unit is not None else "", _("Expected a unit: %(units)s.") % {"units": ", ".join(units)}
        )
    if isinstance(raw, bool) or not isinstance(raw, int) or raw < 1:
        raise Refused(at, _("Expected a whole number, 1 or more."))
    if raw > _LONGEST[unit]:
        raise Refused(at, _("Expected at most a thousand years."))
    return Span(raw, unit)


def refuse_extra(raw: Mapping[str, Any], key: str) -> None:
    if raw.get(key) is not None:
        raise Refused(f"/{key}", _("This operator takes no “%(key)s”.") % {"key": key})
