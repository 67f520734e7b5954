"""Read a definition from JSON into a typed tree, or say everything that is wrong with it at once."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.translation import gettext as _

from crmseg.common.problems import InvalidInput, Problem

from . import load_events, load_lists, load_people, operands, scalars
from .nodes import All, AnyOf, AtLeast, Compare, Node, Not, active
from .operators import Operator, for_type
from .reader import FAILED, MAX_NAME, NOT_A_NAME, Kind, Raw, Reader
from .schema import Catalogue, Property
from .wherever import event_property

MAX_DEPTH = 200
MAX_NODES = 10_000
_NESTING = ("all", "any", "where", "of", "sequence")


def load(raw: object, catalogue: Catalogue, *, reader_of: int | None = None) -> Node:
    """Return the tree, or raise InvalidInput with every problem found.

    `reader_of` is the list that will follow this definition: it may not reach itself through others.
    """
    reader = Reader(catalogue, reader_of, KINDS)
    if _too_large(raw):
        raise InvalidInput([Problem("", _("This definition is nested deeper than 200 levels, or has too many nodes."))])
    tree = reader.node(raw, "")
    if tree is None or reader.problems:
        raise InvalidInput(reader.problems)
    if active(tree) is None:
        raise InvalidInput([Problem("", _("Everything in this definition is switched off: leave one condition on."))])
    return tree


def _all(reader: Reader, raw: Raw, at: str) -> Node | None:
    children = reader.group(raw["all"], f"{at}/all")
    return All(children) if children else None


def _any(reader: Reader, raw: Raw, at: str) -> Node | None:
    children = reader.group(raw["any"], f"{at}/any")
    return AnyOf(children) if children else None


def _not(reader: Reader, raw: Raw, at: str) -> Node | None:
    child = reader.node(raw["not"], f"{at}/not")
    return Not(child) if child else None


def _at_least(reader: Reader, raw: Raw, at: str) -> Node | None:
    k = reader.whole(raw["at_least"], f"{at}/at_least", 0, MAX_NODES)
    if "of" not in raw:
        return reader.refuse(at, _("Say of which conditions: “of” is missing."))
    children = reader.group(raw["of"], f"{at}/of")
    return AtLeast(k, children) if k is not None and children else None


def _compare(reader: Reader, raw: Raw, at: str) -> Node | None:
    operator = reader.operator(raw, at)
    extra = _OWN_KEYS.get(operator.key, frozenset()) if operator else _EXTRA
    reader.only_known_keys({key: None for key in raw if key in _EXTRA - extra}, frozenset(), at)
    asked = _property(reader, raw, operator, at)
    unknown, case = reader.flag(raw, "unknown", at), reader.flag(raw, "case", at)
    zone = reader.zone(raw, at)
    if operator is None or asked is None:
        return None
    if not operands.fits(operator, asked, raw):
        fitting = ", ".join(one.key for one in for_type(asked.type))
        said = _("“%(op)s” does not apply to %(property)s. Use one of: %(fitting)s.")
        return reader.refuse(f"{at}/op", said % {"op": operator.key, "property": asked.key, "fitting": fitting})

    def find(name: str) -> Property:
        return _other(reader, name, operator, asked)

    operand = reader.value(lambda: operands.read(operator, asked, raw, reader.meant_in(raw), find), at)
    return None if operand is FAILED else Compare(asked, operator, operand, unknown, case, zone)


def _property(reader: Reader, raw: Raw, operator: Operator | None, at: str) -> Property | None:
    key = raw["property"]
    if reader.place == "event":
        named = reader.name(key, f"{at}/property", _("Expected the name of a property."))
        return event_property(key, operator, raw.get("value")) if named and operator else None
    if not isinstance(key, str) or not key:
        return reader.refuse(f"{at}/property", _("Expected the name of a property."))
    known = reader.catalogue.properties
    if key in known:
        return known[key]
    unknown = _("There is no property “%(key)s”.") % {"key": key[:100]}
    return reader.refuse(f"{at}/property", unknown + reader.did_you_mean(key, known))


def _other(reader: Reader, name: str, operator: Operator, asked: Property) -> Property:
    """The property that stands to the right: of the same event, or of the same contact and its company."""
    if reader.place == "event":
        if len(name) > MAX_NAME or not scalars.storable(name):
            raise scalars.Refused("/value/property", str(NOT_A_NAME))
        return Property(name, asked.type, "event", label=name)
    known = reader.catalogue.properties
    if name in known:
        return known[name]
    unknown = _("There is no property “%(key)s”.") % {"key": name[:100]}
    raise scalars.Refused("/value/property", unknown + reader.did_you_mean(name, known))


_COMPARE = frozenset({"op", "value", "unit", "unknown", "case", "zone"})
_OWN_KEYS = {
    "updated_in": frozenset({"window"}),
    "not_updated_in": frozenset({"window"}),
    "changed": frozenset({"window", "from", "to"}),
    "within_km": frozenset({"lat", "lon", "km"}),
}
"""What these operators read from the node itself when it does not stand in “value”."""
_EXTRA = frozenset().union(*_OWN_KEYS.values())
KINDS: dict[str, Kind] = {
    kind.key: kind
    for kind in (
        Kind("all", frozenset(), _all, in_where=True),
        Kind("any", frozenset(), _any, in_where=True),
        Kind("not", frozenset(), _not, in_where=True),
        Kind("at_least", frozenset({"of"}), _at_least, in_where=True),
        Kind("property", _COMPARE | _EXTRA, _compare, in_where=True),
        *load_events.KINDS,
        *load_lists.KINDS,
        *load_people.KINDS,
    )
}
"""Every kind of node, by the key that names it."""


def _too_large(raw: object) -> bool:
    """Whether nodes are nested deeper, or are more, than definitions may be. Does not recurse."""
    waiting: list[tuple[object, int]] = [(raw, 1)]
    seen = 0
    while waiting:
        item, depth = waiting.pop()
        if not isinstance(item, Mapping):
            continue
        seen += 1
        if depth > MAX_DEPTH or seen > MAX_NODES:
            return True
        for key in _NESTING:
            children = item.get(key)
            if isinstance(children, list):
                if seen + len(waiting) + len(children) > MAX_NODES:
                    return True
                waiting.extend((child, depth + 1) for child in children)
            elif isinstance(children, Mapping):
                waiting.append((children, depth + 1))
        if "not" in item:
            waiting.append((item["not"], depth + 1))
    return False
