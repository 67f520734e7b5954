"""Reading values, type by type."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Context, Decimal
from typing import Any, assert_never

from django.utils.translation import gettext as _

from crmseg.common.json import is_storable

from ..fields import Field, FieldType
from . import normal

LONGEST_TEXT = 10_000
MOST_ITEMS = 1_000
MOST_DIGITS_BEFORE, MOST_DIGITS_AFTER = 30, 15
LARGEST_MONEY = Decimal(10) ** 15

TRUE = frozenset({"true", "yes", "y", "t", "1", "on", "vero", "sì", "si", "vrai", "oui", "verdadero", "sí"})
FALSE = frozenset({"false", "no", "n", "f", "0", "off", "falso", "faux", "non"})

_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,3})?")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


# More digits than any number has that is let in: normalizing never rounds.
_EXACT = Context(prec=1_000)


def read(field: Field, raw: Any, *, region: str | None = None) -> Any:
    """`raw` as a value of `field`. `region` is the contact's country, for phone numbers written without one."""
    if raw is None or raw == "" or raw == []:
        return None
    match field.type:
        case FieldType.TEXT:
            words = text(raw, field.longest)
            return words if words is None or not field.normal else _normal(field, words, region)
        case FieldType.NUMBER:
            return whole_number(raw) if field.normal == "count" else number(raw)
        case FieldType.MONEY:
            return money(raw)
        case FieldType.BOOLEAN:
            return boolean(raw)
        case FieldType.DATE:
            value = day(raw)
            return normal.birth_date(value) if field.normal == "birth_date" else value
        case FieldType.DATETIME:
            return instant(raw)
        case FieldType.ENUM | FieldType.ORDERED_ENUM:
            word = text(raw)
            return None if word is None else option(field, word)
        case FieldType.MULTI_ENUM:
            return options(field, raw)
        case FieldType.LOCATION:
            return location(raw)
    assert_never(field.type)


def _normal(field: Field, value: str, region: str | None) -> str:
    if field.normal == "phone":
        return normal.phone(value, region)
    return normal.READERS[field.normal](value)


def text(raw: Any, longest: int = LONGEST_TEXT) -> str | None:
    if not isinstance(raw, str):
        raise ValueError(_("Expected a text."))
    value = raw.strip()
    if not (value.isascii() and "\x00" not in value) and not is_storable(value):
        raise ValueError(_("Text must not hold NUL characters or unpaired surrogates."))
    if len(value) > longest:
        raise ValueError(_("This text is too long: at most %(most)s characters are kept.") % {"most": longest})
    return value or None


def read_text(raw: Any) -> str | None:
    """Text outside any field: None and blank are unknown."""
    return None if raw is None else text(raw)


def number(raw: Any) -> Decimal | None:
    """Exact, of a size that every part of the product can hold."""
    match raw:
        case bool():
            raise ValueError(_("Expected a number."))
        case int() | Decimal():
            value = Decimal(raw)
        case float():
            value = Decimal(repr(raw))
        case str() if not raw.strip():
            return None
        case str() if len(raw) <= 100 and _NUMBER.fullmatch(raw.strip()):
            value = Decimal(raw.strip())
        case _:
            raise ValueError(_("Expected a number, such as 1234.5."))
    if not value.is_finite():
        raise ValueError(_("Expected a number; NaN and Infinity are not numbers that can be compared."))
    if not value:
        return Decimal(0)
    if value.adjusted() >= MOST_DIGITS_BEFORE:
        raise ValueError(_("This number is too large."))
    places = -_exponent(value)
    if places > MOST_DIGITS_AFTER and -_exponent(_EXACT.normalize(value)) > MOST_DIGITS_AFTER:
        raise ValueError(_("This number has too many decimals: at most %(most)s.") % {"most": MOST_DIGITS_AFTER})
    return tidy(value)


def whole_number(raw: Any) -> int | None:
    value = number(raw)
    if value is None:
        return None
    if value != value.to_integral_value() or not 0 <= value < 2**31:
        raise ValueError(_("Expected a whole number, 0 or more."))
    return int(value)


def money(raw: Any) -> Decimal | None:
    value = number(raw)
    if value is None:
        return None
    if abs(value) >= LARGEST_MONEY:
        raise ValueError(_("This amount is too large."))
    if -_exponent(value) > 4:
        raise ValueError(_("Expected an amount with at most 4 decimals."))
    return value


def tidy(value: Decimal) -> Decimal:
    """The same number without zeros after the last decimal, and without an exponent."""
    value = _EXACT.normalize(value)
    return Decimal(int(value)) if _exponent(value) > 0 else value


def _exponent(value: Decimal) -> int:
    return int(value.as_tuple().exponent)


def boolean(raw: Any) -> bool | None:
    if isinstance(raw, bool):
        return raw
    if isinstance(raw, (int, Decimal)) and raw in (0, 1):
        return bool(raw)
    if isinstance(raw, str):
        word = raw.strip().lower()
        if not word:
            return None
        if word in TRUE or word in FALSE:
            return word in TRUE
    raise ValueError(_("Expected true or false."))


def day(raw: Any) -> date | None:
    match raw:
        case datetime():
            pass
        case date():
            return raw
        case str() if not raw.strip():
            return None
        case str() if _DATE.fullmatch(raw.strip()):
            try:
                return date.fromisoformat(raw.strip())
            except ValueError:
                raise ValueError(_("There is no such day in the calendar.")) from None
    raise ValueError(_("Expected a date such as 2026-01-31."))


def instant(raw: Any) -> datetime | None:
    value = raw
    if isinstance(raw, str):
        if not raw.strip():
            return None
        try:
            value = datetime.fromisoformat(raw.strip())
        except ValueError:
            value = None
    if not isinstance(value, datetime):
        raise ValueError(_("Expected a date and time such as 2026-01-31T09:30:00Z."))
    if value.tzinfo is None:
        raise ValueError(_("Add the time zone, such as Z or +01:00, to the date and time."))
    try:
        return value.astimezone(UTC)
    except OverflowError:
        raise ValueError(_("There is no such day in the calendar.")) from None


def option(field: Field, value: str) -> str:
    """One of the options, as they spell it; any text where there are none."""
    if not field.options or value in field.options:
        return value
    folded = {known.casefold(): known for known in field.options}
    if value.casefold() in folded:
        return folded[value.casefold()]
    shown = ", ".join(field.options[:10]) + ("…" if len(field.options) > 10 else "")
    raise ValueError(_("Expected one of: %(options)s.") % {"options": shown})


def options(field: Field, raw: Any) -> list[str] | None:
    if not isinstance(raw, (list, tuple)):
        raise ValueError(_("Expected a list of texts."))
    if len(raw) > MOST_ITEMS:
        raise ValueError(_("This list is too long: at most %(most)s items are kept.") % {"most": MOST_ITEMS})
    try:
        items = [text(item) for item in raw]
    except ValueError:
        raise ValueError(_("Expected a list of texts.")) from None
    return list(dict.fromkeys(option(field, item) for item in items if item is not None)) or None


def location(raw: Any) -> dict[str, float] | None:
    if not (isinstance(raw, Mapping) and raw.keys() == {"lat", "lon"}):
        raise ValueError(_('Expected coordinates such as {"lat": 42.36, "lon": -71.06}.'))
    lat, lon = number(raw["lat"]), number(raw["lon"])
    if lat is None or lon is None or abs(lat) > 90 or abs(lon) > 180:
        raise ValueError(_("Expected a latitude from -90 to 90 and a longitude from -180 to 180."))
    return {"lat": float(lat), "lon": float(lon)}
