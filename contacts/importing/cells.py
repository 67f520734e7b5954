"""From the cells of a row to the contact they speak of. Spreadsheets write numbers, dates and lists in many ways; here
they become the one way that `contacts.values` reads. What could be read in two ways is left for it to refuse."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Literal
from zoneinfo import ZoneInfo

from ..fields import Field, FieldType
from ..models.consent import ConsentStatus
from ..values.read import FALSE, TRUE
from . import targets

Order = Literal["", "dmy", "mdy"]
Reader = Callable[[str], Any]
_SLASHED = re.compile(r"([0-9]{1,2})([/.-])([0-9]{1,2})\2([0-9]{4})(?:[ T](.*))?")
_YEAR_FIRST = re.compile(r"([0-9]{4})[/.]([0-9]{1,2})[/.]([0-9]{1,2})(?:[ T](.*))?")
_DECORATION = re.compile(r"[\s\u00a0\u202f'’]|[$€£¥]|\b[A-Z]{3}\b")


class Columns:
    """Which column goes where, and how this file writes what can be written in two ways."""

    def __init__(
        self,
        names: Sequence[str],
        keys: Sequence[str],
        catalog: Mapping[str, Field],
        date_orders: Mapping[int, Order],
        decimal_comma: bool,
        zone: ZoneInfo,
    ):
        self.names, self.keys, self.catalog = names, keys, catalog
        self._plain: list[tuple[int, str]] = []
        self._special: list[tuple[int, str]] = []
        self._custom: list[tuple[int, str, Reader]] = []
        self._read: list[tuple[int, str, Reader]] = []
        for index, key in enumerate(keys):
            field = catalog.get(key)
            if field is None:
                if key:
                    self._special.append((index, key))
                continue
            reader = _reader(field, date_orders.get(index, ""), decimal_comma, zone)
            if field.custom:
                self._custom.append((index, key, reader or str))
            elif reader is None:
                self._plain.append((index, key))
            else:
                self._read.append((index, key, reader))

    def contact(self, cells: Sequence[str]) -> dict[str, Any]:
        """What the row says. An empty cell says nothing."""
        cells = [*map(_tidy, cells), *[""] * (len(self.keys) - len(cells))]
        said: dict[str, Any] = {key: cells[index] for index, key in self._plain if cells[index]}
        for index, key, reader in self._read:
            if cells[index]:
                said[key] = reader(cells[index])
        for index, key in self._special:
            if cells[index]:
                _say(said, key, cells[index])
        if "latitude" in said or "longitude" in said:
            said["location"] = {"lat": said.pop("latitude", None), "lon": said.pop("longitude", None)}
        custom = {key: reader(cells[index]) for index, key, reader in self._custom if cells[index]}
        if custom:
            said["attributes"] = custom
        return said

    def column_of(self, pointer: str) -> int | None:
        """Which column a problem at `pointer` into the contact is about."""
        first, _slash, rest = pointer.removeprefix("/").partition("/")
        if not first:
            return None
        wanted = {
            "attributes": [rest],
            "consent": [f"consent.{rest.partition('/')[0]}"],
            "company": [targets.COMPANY_DOMAIN, targets.COMPANY_NAME],
            "location": ["location", targets.LATITUDE],
            "first_name": ["first_name", targets.FULL_NAME],
            "last_name": ["last_name", targets.FULL_NAME],
        }.get(first, [first])
        return next((self.keys.index(key) for key in wanted if key in self.keys), None)


def _tidy(cell: str) -> str:
    """Without the blanks around it, nor the apostrophe put there against formulas."""
    text = cell.strip()
    return text[1:] if text[:1] == "'" and text[1:2] in ("=", "+", "-", "@") else text


def _reader(field: Field, order: Order, decimal_comma: bool, zone: ZoneInfo) -> Reader | None:
    """From a cell to what `contacts.values` reads; None where that is the cell itself."""
    match field.type:
        case FieldType.NUMBER | FieldType.MONEY:
            return lambda text: plain_number(text, decimal_comma)
        case FieldType.DATE:
            return lambda text: iso_date(text, order)
        case FieldType.DATETIME:
            return lambda text: iso_instant(text, order, zone)
        case FieldType.MULTI_ENUM:
            return several
        case FieldType.LOCATION:
            return coordinates
        case _:
            return None


def several(text: str) -> list[str]:
    parts = re.split(r"[;|]" if ";" in text or "|" in text else ",", text)
    return [part.strip() for part in parts if part.strip()]


def coordinates(text: str) -> Any:
    parts = [part for part in re.split(r"[,;\s]+", text) if part]
    return {"lat": parts[0], "lon": parts[1]} if len(parts) == 2 else text


def _say(said: dict[str, Any], key: str, text: str) -> None:
    match key:
        case targets.FULL_NAME:
            first, _space, last = text.partition(" ")
            said.setdefault("first_name", first)
            if last.strip():
                said.setdefault("last_name", last.strip())
        case targets.COMPANY_NAME | targets.COMPANY_DOMAIN:
            said.setdefault("company", {})[key.partition(".")[2]] = text
        case _ if key.startswith("consent."):
            said.setdefault("consent", {})[key.partition(".")[2]] = consent(text)
        case _:
            said[key] = text


def consent(text: str) -> str:
    word = text.casefold()
    if word in TRUE:
        return ConsentStatus.SUBSCRIBED.value
    return ConsentStatus.UNSUBSCRIBED.value if word in FALSE else word


def plain_number(text: str, decimal_comma: bool) -> str:
    """1.234,56 and 1,234.56 € alike become 1234.56."""
    number = _DECORATION.sub("", text)
    comma, point = number.rfind(","), number.rfind(".")
    if comma >= 0 and point >= 0:
        thousands, decimal = (".", ",") if comma > point else (",", ".")
    elif comma >= 0:
        is_thousands = number.count(",") > 1 or (not decimal_comma and re.fullmatch(r"[+-]?\d{1,3},\d{3}", number))
        thousands, decimal = (",", "") if is_thousands else ("", ",")
    else:
        is_thousands = number.count(".") > 1 or (decimal_comma and re.fullmatch(r"[+-]?\d{1,3}\.\d{3}", number))
        thousands, decimal = (".", "") if is_thousands else ("", ".")
    if thousands:
        number = number.replace(thousands, "")
    return number.replace(decimal, ".") if decimal == "," else number


def iso_date(text: str, order: Order) -> str:
    day, rest = _split_date(text, order)
    return day if day and (not rest or re.fullmatch(r"0?0[:0.]*Z?", rest)) else text


def iso_instant(text: str, order: Order, zone: ZoneInfo) -> str:
    """A date and time without a zone is meant in the account's."""
    day, rest = _split_date(text, order)
    written = f"{day}T{rest or '00:00'}" if day else text
    try:
        moment = datetime.fromisoformat(written)
    except ValueError:
        return text
    return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).isoformat()


def _split_date(text: str, order: Order) -> tuple[str, str]:
    """The day as ISO writes it and what follows; ("", "") where the day could be another one."""
    if match := re.fullmatch(r"([0-9]{4}-[0-9]{2}-[0-9]{2})(?:[ T](.*))?", text):
        return match[1], match[2] or ""
    if match := _YEAR_FIRST.fullmatch(text):
        return f"{match[1]}-{int(match[2]):02}-{int(match[3]):02}", match[4] or ""
    match = _SLASHED.fullmatch(text)
    if match is None:
        return "", ""
    first, mark, second, year, rest = int(match[1]), match[2], int(match[3]), match[4], match[5] or ""
    if first == second or mark == "." or order == "dmy":
        return f"{year}-{second:02}-{first:02}", rest
    return (f"{year}-{first:02}-{second:02}", rest) if order == "mdy" else ("", "")


def date_order(text: str) -> Order:
    """Day or month first, if this date gives it away."""
    match = _SLASHED.fullmatch(text.strip())
    if match and int(match[1]) > 12:
        return "dmy"
    return "mdy" if match and int(match[3]) > 12 else ""
