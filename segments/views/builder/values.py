"""Plain values between JSON and the controls of a form: numbers, texts, days and instants, without loss either way."""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from contacts.fields import FieldType
from crmseg.common import json
from crmseg.common.problems import InvalidInput

_NUMBER = re.compile(r"-?\d{1,300}(\.\d{1,300})?")
_INSTANT_LENGTH = len("2026-01-31T")
NUMBERS = frozenset({FieldType.NUMBER, FieldType.MONEY})
TIMES = frozenset({FieldType.DATE, FieldType.DATETIME})


class NotShown(Exception):
    """A part of a definition that rows have no control for."""


class Unfinished(Exception):
    """A row that does not say yet what it asks."""


class Blank(Unfinished):
    """A row that nobody touched: as if it were not there."""


def text(raw: object) -> str:
    """A scalar of JSON as a control is filled with it."""
    match raw:
        case str():
            return raw
        case Decimal():
            return format(raw, "f")
        case bool() | None | dict() | list():
            raise NotShown
        case int() | float():
            return format(Decimal(str(raw)), "f")
    raise NotShown


def written(raw: object, type: FieldType, zone: str) -> str:
    """A value of this type as its control is filled with it."""
    match raw:
        case bool() if type is FieldType.BOOLEAN:
            return "true" if raw else "false"
        case str() if type in NUMBERS:
            raise NotShown
        case int() | float() | Decimal() if type not in NUMBERS:
            raise NotShown
    return local(text(raw), zone) if type is FieldType.DATETIME else text(raw)


def read(said: str, type: FieldType, zone: str) -> object:
    """`said` as JSON writes a value of this type; what is no such value stays text, for the reader to refuse."""
    match type:
        case FieldType.NUMBER | FieldType.MONEY:
            return number(said)
        case FieldType.DATETIME:
            return instant(said, zone)
        case FieldType.BOOLEAN:
            return {"true": True, "false": False}.get(said, said)
        case _:
            return said


def local(said: str, zone: str) -> str:
    """An instant as the browser's control for it is filled: in the account's zone, without it.

    One that such a control cannot hold (a part of a second, the repeated hour of autumn) keeps its offset.
    """
    with suppress(ValueError, OverflowError):
        moment = datetime.fromisoformat(said)
        if moment.tzinfo is None:
            return said
        there = moment.astimezone(ZoneInfo(zone)).replace(tzinfo=None, fold=0)
        back = there.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
        if not moment.microsecond and back == moment and there.year >= 1000:
            return there.isoformat(timespec="seconds" if there.second else "minutes")
    return said


def instant(said: str, zone: str) -> str:
    """A moment as the browser's control writes it is in the account's zone; a date alone stays a date."""
    with suppress(ValueError, OverflowError):
        moment = datetime.fromisoformat(said)
        if moment.tzinfo is None and len(said) >= _INSTANT_LENGTH:
            whole = moment.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
            return whole.isoformat().replace("+00:00", "Z")
    return said


def number(said: str) -> int | Decimal | str:
    """An exact number, or the text as it is."""
    said = said.strip()
    if not _NUMBER.fullmatch(said):
        return said
    return Decimal(said) if "." in said else int(said)


def integer(said: str) -> int | str:
    return int(said) if re.fullmatch(r"-?\d{1,18}", said.strip()) else said


def needed(*said: str) -> tuple[str, ...]:
    """The texts, none of them empty."""
    if not said or not all(one.strip() for one in said):
        raise Unfinished
    return said


def is_plain(said: str) -> bool:
    """Whether a line of text shows this text as it is."""
    return bool(said.strip()) and said == said.strip() and not said.startswith('"') and said.isprintable()


def quoted(said: str) -> str:
    """A text as one line: as it is, or as a JSON string where a line could not hold it."""
    return said if is_plain(said) else json.dumps(said).decode()


def unquoted(said: str) -> str:
    if said.startswith('"') and said.endswith('"'):
        with suppress(InvalidInput):
            found = json.loads(said.encode("utf-8", "surrogatepass"))
            if isinstance(found, str):
                return found
    return said


def same(one: Any, other: Any) -> bool:
    """Whether two pieces of JSON are equal; numbers by their value, whatever holds them."""
    match one, other:
        case dict(), dict():
            return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
        case list(), list():
            return len(one) == len(other) and all(map(same, one, other))
        case (bool(), _) | (_, bool()):
            return one is other
        case (int() | float() | Decimal(), int() | float() | Decimal()):
            return Decimal(str(one)) == Decimal(str(other))
    return bool(one == other)
