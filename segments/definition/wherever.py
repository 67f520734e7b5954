"""Properties of events, which need no declaration: their type follows the operator and the value."""

from __future__ import annotations

from collections.abc import Mapping

from contacts.fields import FieldType

from .operators import Operator
from .schema import Property

T = FieldType
_LISTS = frozenset({"contains_any", "contains_all", "contains_none", "is_exactly", "size_is", "size_gte", "size_lte"})
_EQUAL = frozenset({"is", "is_not", "is_any_of", "is_none_of"})


def event_property(key: str, operator: Operator, value: object) -> Property:
    return Property(key, _type(operator, value), "event", label=key)


def _type(operator: Operator, value: object) -> FieldType:
    first = value[0] if isinstance(value, list) and value else value
    if operator.key in _EQUAL:
        # Another property is compared as text, which numbers and booleans have too.
        return T.TEXT if isinstance(first, str | Mapping) else T.NUMBER
    if operator.key in {"between", "not_between"}:
        return T.DATETIME if isinstance(first, str) else T.NUMBER
    if operator.key in _LISTS:
        return T.MULTI_ENUM
    if operator.types == frozenset(T):
        return T.TEXT
    for type in (T.TEXT, T.DATETIME, T.BOOLEAN, T.LOCATION):
        if type in operator.types:
            return type
    return T.NUMBER
