"""Numbers, money and moments, written for people in their own language and in the account's time zone."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from functools import lru_cache

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_datetime, format_timedelta
from babel.numbers import format_currency, format_decimal, format_percent
from django.utils import timezone
from django.utils.translation import get_language


@lru_cache(maxsize=32)
def _locale(language: str) -> Locale:
    try:
        return Locale.parse(language, sep="-")
    except (UnknownLocaleError, ValueError):
        return Locale("en")


def locale() -> Locale:
    """The locale of the language now active."""
    return _locale(get_language() or "en")


def number(value: object) -> str:
    """1284 → `1,284`; what is no number is written as it is."""
    return _number(str(value), get_language() or "en")


@lru_cache(maxsize=4096)
def _number(value: str, language: str) -> str:
    """Kept: a table writes hundreds of numbers, and mostly the same small ones."""
    try:
        return format_decimal(Decimal(value), locale=_locale(language), decimal_quantization=False)
    except (InvalidOperation, ValueError):
        return value


def percent(part: float, whole: float) -> str:
    """The share of `part` in `whole`, with one digit where it is small."""
    if not whole:
        return "–"
    share = part / whole
    if 0 < share < 0.0005:
        return "< " + format_percent(0.001, format="#,##0.0 %", locale=locale())
    return format_percent(share, format="#,##0.0 %" if 0 < share < 0.1 else "#,##0 %", locale=locale())


def money(value: object, currency: str) -> str:
    try:
        return format_currency(Decimal(str(value)), currency or "USD", locale=locale())
    except (InvalidOperation, ValueError):
        return str(value)


def exact(value: datetime | date) -> str:
    """The whole instant, as shown on hover and read out: `21 Nov 2026, 14:02:07 UTC`."""
    if not isinstance(value, datetime):
        return format_date(value, format="medium", locale=locale())
    aware = value if value.tzinfo else value.replace(tzinfo=UTC)
    local = timezone.localtime(aware)
    written = format_datetime(local, format="medium", tzinfo=timezone.get_current_timezone(), locale=locale())
    return f"{written} {local.tzname()}"


def relative(value: datetime, now: datetime) -> str:
    """`3 minutes ago`, `in 2 days`."""
    delta: timedelta = value - now
    return format_timedelta(delta, add_direction=True, threshold=1.2, locale=locale())
