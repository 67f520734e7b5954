"""Single values as people write them in the language now active: quotes, numbers, money, days, enumerations."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Literal
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_datetime
from babel.lists import format_list
from babel.numbers import format_currency, format_decimal, format_percent
from django.utils.functional import Promise
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from ..sql import CONTACT_ZONE

SHOWN_AT_MOST = 6
# Before these sounds Spanish says “e” for “y” and “u” for “o”.
_LIKE_Y, _LIKE_O = re.compile(r"\W*h?[ií](?![aeoáéó])", re.IGNORECASE), re.compile(r"\W*h?[oó]", re.IGNORECASE)


def locale() -> Locale:
    """The locale of the language now active."""
    return _locale(get_language() or "en")


@lru_cache(maxsize=32)
def _locale(language: str) -> Locale:
    try:
        return Locale.parse(language, sep="-")
    except (UnknownLocaleError, ValueError):
        return Locale("en")


def quoted(text: str | Promise) -> str:
    return _("“%(text)s”") % {"text": text}


def number(value: Decimal | int) -> str:
    return format_decimal(value, locale=locale(), decimal_quantization=False)


def money(value: Decimal, currency: str) -> str:
    return format_currency(value, currency, locale=locale(), decimal_quantization=False)


def percent(value: Decimal) -> str:
    """`value` in hundredths: 20 is 20 %."""
    return format_percent(value / 100, locale=locale(), decimal_quantization=False)


def instant(value: date, zone: str) -> str:
    """A day, or an instant by the clocks of `zone`."""
    if isinstance(value, datetime):
        said = format_datetime(value, "medium", tzinfo=ZoneInfo(zone), locale=locale())
    else:
        said = format_date(value, "long", locale=locale())
    # The first of a month is an ordinal in French, and nowhere in its date formats.
    return f"1er{said[1:]}" if locale().language == "fr" and said.startswith("1 ") else said


def scalar(value: object, zone: str, currency: str | None = None) -> str:
    match value:
        case bool():
            return quoted(_("yes") if value else _("no"))
        case Decimal():
            return number(value) if currency is None else money(value, currency)
        case date():
            return instant(value, zone)
        case _:
            return quoted(str(value))


def several(values: Iterable[str], style: Literal["standard", "or"] | None = None) -> str:
    """The first few, with how many more there are: joined by “and” or “or”, or by commas alone."""
    given = list(values)
    shown = given[:SHOWN_AT_MOST]
    if more := len(given) - len(shown):
        shown.append(ngettext("%(n)s more", "%(n)s more", more) % {"n": number(more)})
    if style is None or len(shown) == 1:
        return ", ".join(shown)
    said = format_list(shown, style=style, locale=locale())
    return _euphonic(said, shown[-1])


def joined(parts: list[str], word: str) -> str:
    """Whole clauses with `word` between them."""
    said = word.join(parts)
    if locale().language != "es":
        return said
    said = parts[0]
    for part in parts[1:]:
        said = _euphonic(f"{said}{word}{part}", part)
    return said


def own_zone(zone: str | None, account: str) -> str:
    """Where an instant is shown: in the zone of the condition, when it has one of its own."""
    return account if zone is None or zone == CONTACT_ZONE else zone


def clocks(said: str, zone: str | None) -> str:
    """Add whose clocks count, when it is not the account's."""
    if zone is None:
        return said
    if zone == CONTACT_ZONE:
        return _("%(said)s (by the contact's own clock)") % {"said": said}
    return _("%(said)s (by the clock of %(zone)s)") % {"said": said, "zone": zone}


def _euphonic(said: str, last: str) -> str:
    if locale().language == "es":
        for plain, sounding, pattern in ((" y ", " e ", _LIKE_Y), (" o ", " u ", _LIKE_O)):
            if pattern.match(last) and said.endswith(plain + last):
                return said.removesuffix(plain + last) + sounding + last
    return said
