"""Values on their way out: to columns, to JSON in the database, to the wire."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from ..fields import Field, FieldType
from .read import tidy


def columns_of(field: Field, value: Any) -> dict[str, Any]:
    """What a standard field keeps in which column."""
    if field.type is FieldType.LOCATION:
        return {"latitude": value and value["lat"], "longitude": value and value["lon"]}
    return {field.columns[0]: value}


def to_json(value: Any) -> Any:
    """How a custom attribute is kept in the `attributes` column."""
    match value:
        case datetime():
            return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
        case date():
            return value.isoformat()
        case Decimal():
            return int(value) if value == value.to_integral_value() else value
        case float():
            return Decimal(repr(value))
        case dict():
            return {key: to_json(part) for key, part in value.items()}
        case _:
            return value


def dump(value: Any) -> Any:
    """A stored value as the API shows it: exact numbers in major units, instants in UTC, None when unknown."""
    match value:
        case Decimal():
            return to_json(tidy(value))
        case _:
            return to_json(value)
