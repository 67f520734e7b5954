"""A value of one type as one of another: exactly, or not at all with a sentence that says why."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, time
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from . import values
from .fields import Field, FieldType

BETWEEN = ";"
_INSTANT = Field("", "", "", FieldType.DATETIME)
_DAY = Field("", "", "", FieldType.DATE)


def convert(value: Any, field: Field, zone: str) -> Any:
    """As `field` would keep it, or ValueError. What it already could keep stays the same."""
    try:
        return values.to_json(values.read(field, value))
    except ValueError as error:
        turned = _TURN.get(field.type, _nothing)(value, zone)
        if turned is None or same(turned, value):
            raise error
        return values.to_json(values.read(field, turned))


def same(one: Any, other: Any) -> bool:
    """Python takes true for 1."""
    return bool(one == other) and isinstance(one, bool) == isinstance(other, bool)


def _nothing(value: Any, zone: str) -> Any:
    return None


def _to_text(value: Any, zone: str) -> Any:
    match value:
        case bool():
            return "true" if value else "false"
        case int() | Decimal():
            return str(value)
        case list():
            return f"{BETWEEN} ".join(map(str, value))
        case {"lat": lat, "lon": lon}:
            return f"{lat}, {lon}"
    return None


def _to_option(value: Any, zone: str) -> Any:
    if isinstance(value, list):
        if len(value) > 1:
            raise ValueError(_("Several options at once do not fit into one."))
        return value[0] if value else None
    return _to_text(value, zone)


def _to_options(value: Any, zone: str) -> Any:
    text = value if isinstance(value, str) else _to_text(value, zone)
    return None if text is None else [part.strip() for part in text.split(BETWEEN) if part.strip()]


def _to_number(value: Any, zone: str) -> Any:
    if isinstance(value, bool):
        return int(value)
    return _only(value) if isinstance(value, list) else None


def _to_day(value: Any, zone: str) -> Any:
    """The day on which the instant fell where the account is."""
    at = values.read(_INSTANT, _only(value))
    return at.astimezone(ZoneInfo(zone)).date() if at else None


def _to_instant(value: Any, zone: str) -> Any:
    """The midnight with which the day began where the account is."""
    day = values.read(_DAY, _only(value))
    return datetime.combine(day, time(), ZoneInfo(zone)).astimezone(UTC) if day else None


def _to_place(value: Any, zone: str) -> Any:
    parts = value.split(",") if isinstance(value, str) else []
    return {"lat": parts[0].strip(), "lon": parts[1].strip()} if len(parts) == 2 else None


def _to_truth(value: Any, zone: str) -> Any:
    return _only(value) if isinstance(value, list) else None


def _only(value: Any) -> Any:
    """The item of a list of one."""
    return value[0] if isinstance(value, list) and len(value) == 1 else value


_TURN: dict[FieldType, Callable[[Any, str], Any]] = {
    FieldType.TEXT: _to_text,
    FieldType.ENUM: _to_option,
    FieldType.ORDERED_ENUM: _to_option,
    FieldType.MULTI_ENUM: _to_options,
    FieldType.NUMBER: _to_number,
    FieldType.MONEY: _to_number,
    FieldType.BOOLEAN: _to_truth,
    FieldType.DATE: _to_day,
    FieldType.DATETIME: _to_instant,
    FieldType.LOCATION: _to_place,
}
