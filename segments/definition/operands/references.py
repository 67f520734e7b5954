"""Another property to the right of an operator."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.utils.translation import gettext as _

from contacts.fields import FieldType

from ..operators import Operator
from ..operators.base import PropertyRef
from ..scalars import Refused, token
from ..schema import Property

T = FieldType
_KINDS = (
    frozenset({T.NUMBER, T.MONEY}),
    frozenset({T.TEXT, T.ENUM, T.ORDERED_ENUM}),
    frozenset({T.DATE, T.DATETIME}),
    frozenset({T.BOOLEAN}),
    frozenset({T.MULTI_ENUM}),
)
"""Properties of one kind may be compared with one another."""
_RANKS = frozenset({T.ORDERED_ENUM})


def is_reference(value: object) -> bool:
    return isinstance(value, Mapping) and "property" in value


def read(operator: Operator, asked: Property, value: Mapping[str, Any], find: Callable[[str], Property]) -> PropertyRef:
    if asked.type not in operator.with_property:
        raise Refused("/value", _("“%(op)s” does not compare with another property.") % {"op": operator.key})
    for key in value:
        if key != "property":
            cut = str(key)[:100]
            raise Refused(f"/value/{token(cut)}", _("Only “property” stands here, not “%(key)s”.") % {"key": cut})
    name = value["property"]
    if not isinstance(name, str) or not name:
        raise Refused("/value/property", _("Expected the name of a property."))
    other = find(name)
    if not _comparable(operator, asked, other):
        said = _("“%(left)s” and “%(right)s” are not of one kind, so they cannot be compared like this.")
        raise Refused("/value/property", said % {"left": asked.key, "right": other.key})
    return PropertyRef(other)


def _comparable(operator: Operator, asked: Property, other: Property) -> bool:
    if operator.with_property == _RANKS and (asked.type is not other.type or asked.options != other.options):
        return False
    return any(asked.type in kind and other.type in kind for kind in _KINDS)
