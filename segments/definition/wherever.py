"""Properties of events, which need no declaration: their type follows the operator and the value."""

from __future__ import annotations

from contacts.fields import FieldType

from .operators import Operator
from .schema import Property

T = FieldType
_TIMES = frozenset(
    {"on", "not_on", "before", "after", "in_last", "not_in_last", "more_than_ago", "anniversary_in_next"}
)
_WORDS = frozenset({"contains", "not_contains", "starts_with", "not_starts_with", "ends_with", "not_ends_with"})


def event_property(key: str, operator: Operator, value: object) -> Property:
    return Property(key, _type(operator, value), "event", label=key)


def _type(operator: Operator, value: object) -> FieldType:
    first = value[0] if isinstance(value, list) and value else value
    if operator.key in _TIMES:
        return T.DATETIME
    if operator.key in {"is_true", "is_false"}:
        return T.BOOLEAN
    if operator.key in {"contains_any", "contains_all", "contains_none"}:
        return T.MULTI_ENUM
    if operator.key in _WORDS:
        return T.TEXT
    if operator.key in {"is", "is_not", "is_any_of", "is_none_of"}:
        return T.TEXT if isinstance(first, str) else T.NUMBER
    if operator.key in {"between", "not_between"} and isinstance(first, str):
        return T.DATETIME
    if operator.key in {"is_known", "is_unknown"}:
        return T.TEXT
    return T.NUMBER
