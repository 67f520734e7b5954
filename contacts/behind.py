"""The contacts behind a number, as a definition that the contacts table can be asked with."""

from __future__ import annotations

from typing import Any

from .fields import Field, FieldType

LONGEST = 10_000


def having(field: Field, entity: str, value: str, known: str = "") -> dict[str, Any]:
    """Those with `value`; without one, those of whom the attribute is known, or with `known="no"` is not."""
    asked = {"property": f"company.{field.key}" if entity == "company" else field.key}
    text = value.replace("\x00", "")[:LONGEST]
    if not text:
        return asked | {"op": "is_unknown" if known == "no" else "is_known"}
    match field.type:
        case FieldType.MULTI_ENUM:
            return asked | {"op": "contains_any", "value": [text]}
        case FieldType.BOOLEAN:
            return asked | {"op": "is_true" if text == "True" else "is_false"}
        case FieldType.TEXT | FieldType.ENUM | FieldType.ORDERED_ENUM:
            return asked | {"op": "is", "value": text}
        case _:
            return asked | {"op": "is_known"}
