"""Read a definition from JSON into a typed tree, or say everything that is wrong with it at once."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crmseg.common.problems import InvalidInput, Problem

from . import operands
from .nodes import All, AnyOf, Compare, InSegment, Marked, Node, Not, Performed, active
from .operators import OPERATORS, Operator, for_measure, for_type
from .schema import Catalogue, Property
from .wherever import event_property

MAX_DEPTH = 200
MAX_NODES = 10_000
MAX_NAME = 200
# Near misses are looked for among all names: enough for people, and no work for ten thousand mistakes.
_MOST_HINTS = 25
_MOST_STRANGE_KEYS = 25
MEASURES = ("count", "sum", "avg", "min", "max")
_ANYWHERE = frozenset({"label", "off"})
_COMPARE = frozenset({"property", "op", "value", "unit", "unknown", "case", "zone"})
_PERFORMED = frozenset({"event", "op", "value", "measure", "of", "currency", "window", "where"})
_SEGMENT = frozenset({"segment", "op"})
_KINDS: dict[str, frozenset[str]] = {
    "all": frozenset({"all"}),
    "any": frozenset({"any"}),
    "not": frozenset({"not"}),
    "property": _COMPARE,
    "event": _PERFORMED,
    "segment": _SEGMENT,
}
_NOT_A_CONDITION = gettext_lazy(
    "This is not a condition. Expected an object with one of: all, any, not, property, event, segment."
)


_NOT_A_NAME = gettext_lazy("Expected a name of at most 200 characters, without NUL and half surrogate pairs.")


def load(raw: object, catalogue: Catalogue, *, reader_of: int | None = None) -> Node:
    """Return the tree, or raise InvalidInput with every problem found.

    `reader_of` is the list that will follow this definition: it may not reach itself through others.
    """
    reader = _Reader(catalogue, reader_of)
    if _too_large(raw):
        raise InvalidInput([Problem("", _("This definition is nested deeper than 200 levels, or has too many nodes."))])
    tree = reader.node(raw, "")
    if tree is None or reader.problems:
        raise InvalidInput(reader.problems)
    if active(tree) is None:
        raise InvalidInput([Problem("", _("Everything in this definition is switched off: leave one condition on."))])
    return tree


class _Reader:
    """Walks the JSON. A part it cannot read becomes a Problem and None."""

    def __init__(self, catalogue: Catalogue, reader_of: int | None):
        self.catalogue = catalogue
        self.reader_of = reader_of
        self.problems: list[Problem] = []
        self.hints = 0
        self.within_event = False

    def node(self, raw: object, at: str) -> Node | None:
        if not isinstance(raw, Mapping):
            return self.refuse(at, str(_NOT_A_CONDITION))
        kinds = [kind for kind in _KINDS if kind in raw]
        if len(kinds) != 1:
            return self.refuse(at, self.one_kind(kinds, raw))
        (kind,) = kinds
        known = self.only_known_keys(raw, _KINDS[kind] | _ANYWHERE, at)
        child = self.child(kind, raw, at)
        label, off = self.label(raw, at), self.flag(raw, "off", at)
        if child is None or not known:
            return None
        return Marked(child, label, off) if label is not None or off else child

    def child(self, kind: str, raw: Mapping[str, Any], at: str) -> Node | None:
        match kind:
            case "all":
                children = self.group(raw["all"], f"{at}/all")
                return All(children) if children else None
            case "any":
                children = self.group(raw["any"], f"{at}/any")
                return AnyOf(children) if children else None
            case "not":
                child = self.node(raw["not"], f"{at}/not")
                return Not(child) if child else None
            case "property":
                return self.compare(raw, at)
            case "event":
                return self.performed(raw, at)
            case _:
                return self.in_segment(raw, at)

    def group(self, raw: object, at: str) -> tuple[Node, ...] | None:
        if not isinstance(raw, list):
            return self.refuse(at, _("Expected a list of conditions."))
        if not raw:
            return self.refuse(at, _("This group is empty: add a condition, or remove the group."))
        children = []
        for index, item in enumerate(raw):
            children.append(self.node(item, f"{at}/{index}"))
        good = tuple(child for child in children if child is not None)
        return good if len(good) == len(children) else None

    def compare(self, raw: Mapping[str, Any], at: str) -> Compare | None:
        operator = self.operator(raw, at)
        asked = self.property(raw, operator, at)
        unknown, case = self.flag(raw, "unknown", at), self.flag(raw, "case", at)
        zone = self.zone(raw, at)
        if operator is None or asked is None:
            return None
        if asked.type not in operator.types:
            fitting = ", ".join(one.key for one in for_type(asked.type))
            return self.refuse(
                f"{at}/op",
                _("“%(op)s” does not apply to %(property)s. Use one of: %(fitting)s.")
                % {"op": operator.key, "property": asked.key, "fitting": fitting},
            )
        operand = self.operand(lambda: operands.read(operator, asked, raw, zone or self.catalogue.zone), at)
        if operand is _FAILED:
            return None
        return Compare(asked, operator, operand, unknown, case, zone)

    def property(self, raw: Mapping[str, Any], operator: Operator | None, at: str) -> Property | None:
        key = raw["property"]
        if not isinstance(key, str) or not key:
            return self.refuse(f"{at}/property", _("Expected the name of a property."))
        if self.within_event and not _is_name(key):
            return self.refuse(f"{at}/property", str(_NOT_A_NAME))
        if self.within_event:
            return event_property(key, operator, raw.get("value")) if operator else None
        if key in self.catalogue.properties:
            return self.catalogue.properties[key]
        unknown = _("There is no property “%(key)s”.") % {"key": key[:100]}
        return self.refuse(f"{at}/property", unknown + self.did_you_mean(key, self.catalogue.properties))

    def performed(self, raw: Mapping[str, Any], at: str) -> Performed | None:
        before = len(self.problems)
        event = raw["event"]
        if self.within_event:
            return self.refuse(at, _("A condition on an event can only ask for that event's own properties."))
        if not isinstance(event, str) or not event.strip():
            return self.refuse(f"{at}/event", _("Expected the name of an event."))
        event = event.strip()
        if not _is_name(event):
            return self.refuse(f"{at}/event", str(_NOT_A_NAME))
        measure = raw.get("measure", "count")
        if measure not in MEASURES:
            self.refuse(f"{at}/measure", _("Expected one of: %(names)s.") % {"names": ", ".join(MEASURES)})
        of = raw.get("of")
        if measure != "count" and (not isinstance(of, str) or not of):
            self.refuse(f"{at}/of", _("Name the property of the event to measure, such as “revenue”."))
        elif measure != "count" and isinstance(of, str) and not _is_name(of):
            self.refuse(f"{at}/of", str(_NOT_A_NAME))
        if measure == "count" and "of" in raw:
            self.refuse(f"{at}/of", _("Counting events needs no property: leave “of” out."))
        operator = self.operator(raw, at)
        operand = None
        if operator is not None:
            fitting = [one.key for one in for_measure() if measure == "count" or one.takes.value != "nothing"]
            if operator.key not in fitting:
                self.refuse(f"{at}/op", _("Use one of: %(names)s.") % {"names": ", ".join(fitting)})
            else:
                operand = self.operand(lambda: operands.read_measure(operator, measure, raw), at)
        currency = self.currency(raw, at)
        window = self.operand(lambda: operands.read_window(raw.get("window"), self.catalogue.zone), at)
        where = self.where(raw, at)
        if len(self.problems) > before or operator is None:
            return None
        return Performed(event, operator, operand, measure, of, currency, window, where)

    def where(self, raw: Mapping[str, Any], at: str) -> Node | None:
        if "where" not in raw:
            return None
        self.within_event = True
        children = self.group(raw["where"], f"{at}/where")
        self.within_event = False
        if children is None:
            return None
        return children[0] if len(children) == 1 else All(children)

    def in_segment(self, raw: Mapping[str, Any], at: str) -> InSegment | None:
        if self.within_event:
            return self.refuse(at, _("A condition on an event can only ask for that event's own properties."))
        op, segment_id = raw.get("op", "in"), raw["segment"]
        if op not in ("in", "not_in"):
            return self.refuse(f"{at}/op", _("Use one of: %(names)s.") % {"names": "in, not_in"})
        if not isinstance(segment_id, int) or isinstance(segment_id, bool):
            return self.refuse(f"{at}/segment", _("Expected the number of a list."))
        if segment_id not in self.catalogue.segments:
            shown = segment_id if abs(segment_id) < 10**18 else _("of that number")
            return self.refuse(f"{at}/segment", _("There is no list %(id)s.") % {"id": shown})
        path = self.path_back(segment_id)
        if path:
            return self.refuse(
                f"{at}/segment",
                _("A list cannot depend on itself: %(path)s.") % {"path": " → ".join(path)},
            )
        return InSegment(segment_id, op == "not_in")

    def path_back(self, start: int) -> list[str]:
        """The names on the way from the edited list through `start` back to it; empty when there is no way."""
        if self.reader_of is None:
            return []
        names = {listed.id: listed.name for listed in self.catalogue.segments.values()}
        came_from: dict[int, int | None] = {start: None}
        waiting = [start]
        while waiting:
            here = waiting.pop()
            if here == self.reader_of:
                path, step = [names[here]], came_from[here]
                while step is not None:
                    path.append(names[step])
                    step = came_from[step]
                return [names[self.reader_of], *reversed(path)]
            for following in self.catalogue.segments[here].reads if here in self.catalogue.segments else ():
                if following not in came_from:
                    came_from[following] = here
                    waiting.append(following)
        return []

    def operator(self, raw: Mapping[str, Any], at: str) -> Operator | None:
        op = raw.get("op")
        if not isinstance(op, str):
            return self.refuse(f"{at}/op" if "op" in raw else at, _("Expected an operator in “op”."))
        if op not in OPERATORS:
            unknown = _("There is no operator “%(op)s”.") % {"op": op[:100]}
            return self.refuse(f"{at}/op", unknown + self.did_you_mean(op, OPERATORS))
        return OPERATORS[op]

    def operand(self, read: Any, at: str) -> Any:
        try:
            return read()
        except operands.Refused as refused:
            self.refuse(at + refused.pointer, refused.message)
            return _FAILED

    def label(self, raw: Mapping[str, Any], at: str) -> str | None:
        label = raw.get("label")
        if label is None or (isinstance(label, str) and len(label) <= 1000 and operands.storable(label)):
            return label
        return self.refuse(f"{at}/label", _("Expected a text of at most 1,000 characters."))

    def flag(self, raw: Mapping[str, Any], key: str, at: str) -> bool:
        flag = raw.get(key, False)
        if isinstance(flag, bool):
            return flag
        self.refuse(f"{at}/{key}", _("Expected true or false."))
        return False

    def zone(self, raw: Mapping[str, Any], at: str) -> str | None:
        zone = raw.get("zone")
        if zone is None or zone == "account":
            return None
        if isinstance(zone, str) and operands.is_zone(zone):
            return zone
        return self.refuse(f"{at}/zone", _("Expected “account” or a time zone such as “Europe/Rome”."))

    def currency(self, raw: Mapping[str, Any], at: str) -> str | None:
        currency = raw.get("currency")
        if currency is None or (isinstance(currency, str) and re.fullmatch("[A-Za-z]{3}", currency)):
            return currency.upper() if currency else None
        return self.refuse(f"{at}/currency", _("Expected a currency code such as “EUR”."))

    def only_known_keys(self, raw: Mapping[str, Any], known: frozenset[str], at: str) -> bool:
        strange = [key for key in raw if key not in known]
        for key in strange[:_MOST_STRANGE_KEYS]:
            shown = str(key)[:MAX_NAME]
            said = _("This condition has no key “%(key)s”.") % {"key": shown}
            self.refuse(f"{at}/{operands.token(shown)}", said + self.did_you_mean(shown, known))
        return not strange

    def one_kind(self, kinds: Sequence[str], raw: Mapping[str, Any]) -> str:
        if kinds:
            return _("A condition is one thing at a time, but this one has: %(names)s.") % {"names": ", ".join(kinds)}
        near = [
            self.did_you_mean(str(key), _KINDS) for key, _place in zip(raw, range(_MOST_STRANGE_KEYS), strict=False)
        ]
        return str(_NOT_A_CONDITION) + next(filter(None, near), "")

    def did_you_mean(self, word: str, known: Mapping[str, Any] | frozenset[str]) -> str:
        self.hints += 1
        if self.hints > _MOST_HINTS:
            return ""
        near = get_close_matches(word[:100], list(known), n=1, cutoff=0.7)
        return " " + _("Did you mean “%(word)s”?") % {"word": near[0]} if near else ""

    def refuse(self, pointer: str, message: str) -> None:
        # What is wrong may be that it cannot be stored or sent, so it is not repeated as it stands.
        self.problems.append(Problem(operands.shown(pointer), operands.shown(message)))


class _Failed:
    """Stands for an operand that was refused, because None is an operand too."""


_FAILED = _Failed()


def _is_name(text: str) -> bool:
    return len(text) <= MAX_NAME and operands.storable(text)


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
        for key in ("all", "any", "where"):
            children = item.get(key)
            if isinstance(children, list):
                if seen + len(waiting) + len(children) > MAX_NODES:
                    return True
                waiting.extend((child, depth + 1) for child in children)
        if "not" in item:
            waiting.append((item["not"], depth + 1))
    return False
