"""From the cells of a row to the contact they speak of. Spreadsheets write numbers, dates and lists in many ways; here
they become the one way that `contacts.values` reads. What could be read in two ways is left for it to refuse."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from zoneinfo import ZoneInfo

from ..fields import Field, FieldType
from ..models.consent import ConsentStatus
from ..values.read import FALSE, TRUE
from . import targets

Order = Literal["", "dmy", "mdy"]
_SLASHED = re.compile(r"([0-9]{1,2})([/.-])([0-9]{1,2})\2([0-9]{4})(?:[ T](.*))?")
_YEAR_FIRST = re.compile(r"([0-9]{4})[/.]([0-9]{1,2})[/.]([0-9]{1,2})(?:[ T](.*))?")
_DECORATION = re.compile(r"[\s\u00a0\u202f'’]|[$€£¥]|\b[A-Z]{3}\b")


@dataclass(frozen=True)
class Columns:
    """Which column goes where, and how this file writes what can be written in two ways."""

    names: Sequence[str]
    keys: Sequence[str]
    catalog: Mapping[str, Field]
    date_orders: Mapping[int, Order]
    decimal_comma: bool
    zone: ZoneInfo

    def contact(self, cells: Sequence[str]) -> dict[str, Any]:
        """What the row says. An empty cell says nothing."""
        said: dict[str, Any] = {}
        custom: dict[str, Any] = {}
        for index, key in enumerate(self.keys):
            text = cells[index].strip() if key and index < len(cells) else ""
            if text[:1] == "'" and text[1:2] in ("=", "+", "-", "@"):
                text = text[1:]  # put there against formulas
            if not text:
                continue
            field = self.catalog.get(key)
            if field is None:
                _special(said, key, text)
            else:
                (custom if field.custom else said)[key] = self._value(field, text, index)
        if "latitude" in said or "longitude" in said:
            said["location"] = {"lat": said.pop("latitude", None), "lon": said.pop("longitude", None)}
        if custom:
            said["attributes"] = custom
        return said

    def column_of(self, pointer: str) -> int | None:
        """Which column a problem at `pointer` into the contact is about."""
        first, _slash, rest = pointer.removeprefix("/").partition("/")
        wanted = {
            "attributes": [rest],
            "consent": [f"consent.{rest.partition('/')[0]}"],
            "company": [targets.COMPANY_DOMAIN, targets.COMPANY_NAME],
            "location": ["location", targets.LATITUDE],
            "first_name": ["first_name", targets.FULL_NAME],
            "last_name": ["last_name", targets.FULL_NAME],
        }.get(first, [first])
        return next((self.keys.index(key) for key in wanted if key in self.keys), None)

    def _value(self, field: Field, text: str, index: int) -> Any:
        match field.type:
            case FieldType.NUMBER | FieldType.MONEY:
                return plain_number(text, self.decimal_comma)
            case FieldType.DATE:
                return iso_date(text, self.date_orders.get(index, ""))
            case FieldType.DATETIME:
                return iso_instant(text, self.date_orders.get(index, ""), self.zone)
            case FieldType.MULTI_ENUM:
                return [part for part in re.split(r"[;|]" if re.search(r"[;|]", text) else ",", text) if part.strip()]
            case FieldType.LOCATION:
                parts = [part for part in re.split(r"[,;\s]+", text) if part]
                return {"lat": parts[0], "lon": parts[1]} if len(parts) == 2 else text
            case _:
                return text


def _special(said: dict[str, Any], key: str, text: str) -> None:
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
