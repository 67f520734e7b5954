"""Reading one event as it is sent."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from babel.core import get_global
from django.utils.translation import gettext as _

from crmseg.common import json
from crmseg.common.problems import InvalidInput, Problem

from . import money, values
from .fields import Field, FieldType
from .identity import Reference, read_reference

KEYS = ("contact", "event", "occurred_at", "properties", "message_id", "source")
LONGEST_NAME, LONGEST_MESSAGE_ID = 200, 255
LARGEST_AMOUNT = 2**63 - 1
_INSTANT = Field("occurred_at", "", "", FieldType.DATETIME)
_NUMBER = Field("revenue", "", "", FieldType.NUMBER)
_CURRENCIES: frozenset[str] = frozenset(get_global("all_currencies"))
_NUL = re.compile(rb"\\u0000")


@dataclass(frozen=True)
class NewEvent:
    """Checked and ready to store; `properties` are JSON text with exact numbers."""

    contact: Reference
    name: str
    occurred_at: datetime
    properties: str
    amount: int | None
    currency: str | None
    message_id: str | None
    source: str | None


def read_event(raw: object, *, now: datetime, currency: str, source: str | None = None) -> NewEvent:
    """`currency` is the one of amounts that name none. Raises InvalidInput with every problem."""
    if not isinstance(raw, Mapping):
        raise InvalidInput(_("Expected an object."))
    problems = [
        Problem(
            f"/{json.escape(str(key))}",
            _("There is no field “%(key)s”.") % {"key": key} + values.suggest(str(key), KEYS),
        )
        for key in raw
        if key not in KEYS
    ]
    given: dict[str, Any] = {}
    readers: dict[str, Callable[[], Any]] = {
        "contact": lambda: read_reference(raw.get("contact")),
        "event": lambda: _short(raw.get("event"), LONGEST_NAME) or _missing_name(),
        "occurred_at": lambda: values.read(_INSTANT, raw.get("occurred_at")) or now,
        "properties": lambda: _properties(raw.get("properties")),
        "message_id": lambda: _short(raw.get("message_id"), LONGEST_MESSAGE_ID),
        "source": lambda: _short(raw.get("source"), LONGEST_NAME) or source,
    }
    for key, read in readers.items():
        try:
            given[key] = read()
        except ValueError as error:
            problems.append(Problem(f"/{key}", str(error)))
    amount, money_currency = None, None
    if isinstance(raw.get("properties"), Mapping):
        try:
            amount, money_currency = _amount(raw["properties"], currency)
        except InvalidInput as error:
            problems += error.problems
    if problems:
        raise InvalidInput(problems)
    return NewEvent(
        given["contact"],
        given["event"],
        given["occurred_at"],
        given["properties"],
        amount,
        money_currency,
        given["message_id"],
        given["source"],
    )


def _missing_name() -> str:
    raise ValueError(_("Give the event a name, such as Order Completed."))


def _short(raw: object, most: int) -> str | None:
    value = values.read_text(raw)
    if value and len(value) > most:
        raise ValueError(_("Expected at most %(most)s characters.") % {"most": most})
    return value


def _properties(raw: object) -> str:
    if raw is None:
        return "{}"
    if not isinstance(raw, Mapping):
        raise ValueError(_("Expected an object."))
    try:
        text = json.dumps(raw)
    except UnicodeEncodeError:
        text = b"\\u0000"
    if _NUL.search(text):
        raise ValueError(_("Text must not hold NUL characters or unpaired surrogates."))
    return text.decode()


def _amount(properties: Mapping[str, Any], account_currency: str) -> tuple[int | None, str | None]:
    """The property `revenue` in minor units of `currency`, or of the account's currency."""
    if properties.get("revenue") in (None, ""):
        return None, None
    try:
        revenue: Decimal | None = values.read(_NUMBER, properties["revenue"])
    except ValueError as error:
        raise InvalidInput([Problem("/properties/revenue", str(error))]) from None
    if revenue is None:
        return None, None
    given = properties.get("currency")
    currency = given.strip().upper() if isinstance(given, str) else account_currency if given is None else ""
    if (currency or account_currency) not in _CURRENCIES or not isinstance(given, (str, type(None))):
        raise InvalidInput([Problem("/properties/currency", _("Expected a currency code such as EUR."))])
    currency = currency or account_currency
    amount = money.to_minor(revenue, currency)
    if abs(amount) > LARGEST_AMOUNT:
        raise InvalidInput([Problem("/properties/revenue", _("This amount is too large."))])
    return amount, currency
