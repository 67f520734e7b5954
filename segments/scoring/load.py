"""Read a score model from JSON: every problem at once, each with its JSON Pointer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, TypeVar

from django.utils.translation import gettext as _

from crmseg.common.problems import InvalidInput, Problem

from ..definition import scalars
from ..definition.load import load as load_definition
from ..definition.nodes import Node, Performed, Sequence
from ..definition.parts import Part, take_apart
from ..definition.schema import Catalogue
from ..definition.windows import UNITS
from .schema import EDGES, KINDS, Decay, Group, Kind, Rule, Scheme, plain

MOST_GROUPS, MOST_RULES, MOST_TIMES = 50, 200, 10
MOST_POINTS = Decimal(10_000)
PLACES = 6
"""Digits after the point, enough for the weights of a fitted model."""
T = TypeVar("T")


def load(raw: object, known: Catalogue) -> Scheme:
    """The model written in `raw`, or InvalidInput. It may have no rules yet: only a draft may stay so."""
    reader = _Reader(known)
    scheme = reader.scheme(raw)
    if scheme is None or reader.problems:
        raise InvalidInput(reader.problems)
    return scheme


class _Reader:
    """What cannot be read becomes a Problem and None."""

    def __init__(self, known: Catalogue):
        self.known = known
        self.problems: list[Problem] = []

    def scheme(self, raw: object) -> Scheme | None:
        given = self._object(raw, "", {"groups", "grades"})
        if given is None:
            return None
        groups = self._each(given.get("groups", []), "/groups", MOST_GROUPS, self._group)
        if sum(len(group.rules) for group in groups) > MOST_RULES:
            self._refuse("/groups", _("A score model has at most %(most)s rules.") % {"most": MOST_RULES})
        edges = self._object(given.get("grades", {}), "/grades", set(KINDS)) or {}
        fit, engagement = (self._edges(edges.get(kind), f"/grades/{kind}") for kind in KINDS)
        return Scheme(tuple(groups), fit, engagement)

    def _group(self, raw: object, at: str) -> Group | None:
        given = self._object(raw, at, {"name", "kind", "cap", "rules"})
        if given is None:
            return None
        kind = next((one for one in KINDS if one == given.get("kind")), None)
        if kind is None:
            self._refuse(f"{at}/kind", _("Expected “fit” or “engagement”."))
        cap = None if given.get("cap") is None else self._number(given["cap"], f"{at}/cap", Decimal(0), MOST_POINTS)
        name = self._text(given.get("name", ""), f"{at}/name")
        rules = self._each(given.get("rules", []), f"{at}/rules", MOST_RULES, self._rule)
        shown: Kind = kind or "fit"
        return Group(name, shown, tuple(rules), cap)

    def _rule(self, raw: object, at: str) -> Rule | None:
        given = self._object(raw, at, {"name", "definition", "points", "decay"})
        if given is None:
            return None
        name = self._text(given.get("name", ""), f"{at}/name")
        points = self._number(given.get("points"), f"{at}/points", -MOST_POINTS, MOST_POINTS)
        tree = self._tree(given.get("definition"), f"{at}/definition")
        decay = None if given.get("decay") is None else self._decay(given["decay"], f"{at}/decay")
        if tree is not None and decay is not None:
            self.problems += [problem.under(at) for problem in _ageless(tree)]
        return Rule(tree, points, name, decay) if tree is not None and points is not None else None

    def _tree(self, raw: object, at: str) -> Node | None:
        try:
            return load_definition(raw, self.known)
        except InvalidInput as invalid:
            self.problems += [problem.under(at) for problem in invalid.problems]
            return None

    def _decay(self, raw: object, at: str) -> Decay | None:
        given = self._object(raw, at, {"every", "unit", "keep", "times"})
        if given is None:
            return None
        keep = self._number(given.get("keep", 50), f"{at}/keep", Decimal(0), Decimal(100))
        times = given.get("times", 1)
        if isinstance(times, bool) or not isinstance(times, int) or not 0 <= times <= MOST_TIMES:
            said = _("Expected a whole number from %(least)s to %(most)s.") % {"least": 0, "most": MOST_TIMES}
            return self._refuse(f"{at}/times", said)
        every = given.get("every")
        try:
            span = scalars.read_span(every, given.get("unit"), UNITS, "/every", "/unit")
            # The oldest evidence that still counts must lie within the calendar, too.
            scalars.read_span(span.n * (times + 1), span.unit, UNITS, "/every", "/unit")
        except scalars.Refused as refused:
            return self._refuse(at + refused.pointer, refused.message)
        return Decay(span.n, span.unit, keep, times) if keep is not None else None

    def _edges(self, raw: object, at: str) -> tuple[Decimal, ...]:
        if raw is None:
            return EDGES
        said = _("Expected three percentages, from the best grade to the last.")
        if not isinstance(raw, list) or len(raw) != len(EDGES):
            self._refuse(at, said)
            return EDGES
        read = [self._number(one, f"{at}/{place}", Decimal(0), Decimal(100)) for place, one in enumerate(raw)]
        edges = tuple(one for one in read if one is not None)
        if len(edges) == len(EDGES) and list(edges) != sorted(edges, reverse=True):
            self._refuse(at, said)
        return edges

    # Kinds of value

    def _object(self, raw: object, at: str, known: set[str]) -> Mapping[str, Any] | None:
        if not isinstance(raw, Mapping):
            return self._refuse(at, _("Expected an object."))
        for key in raw:
            if key not in known:
                self._refuse(f"{at}/{scalars.token(str(key)[:100])}", _("This key is not known here."))
        return raw

    def _each(self, raw: object, at: str, most: int, read: Callable[[object, str], T | None]) -> list[T]:
        if not isinstance(raw, list):
            self._refuse(at, _("Expected a list."))
            return []
        if len(raw) > most:
            self._refuse(at, _("Expected at most %(most)s entries.") % {"most": most})
            return []
        found = [read(one, f"{at}/{place}") for place, one in enumerate(raw)]
        return [one for one in found if one is not None]

    def _text(self, raw: object, at: str) -> str:
        if isinstance(raw, str) and len(raw) <= 200 and scalars.storable(raw):
            return raw.strip()
        self._refuse(at, _("Expected a text of at most 200 characters."))
        return ""

    def _number(self, raw: object, at: str, least: Decimal, most: Decimal) -> Decimal | None:
        try:
            number = plain(scalars.read_number(raw, at))
        except scalars.Refused as refused:
            return self._refuse(refused.pointer, refused.message)
        if not least <= number <= most:
            said = _("Expected a number from %(least)s to %(most)s.") % {"least": f"{least:,}", "most": f"{most:,}"}
            return self._refuse(at, said)
        if number != round(number, PLACES):
            said = _("Expected at most %(places)s digits after the decimal point.") % {"places": PLACES}
            return self._refuse(at, said)
        return number

    def _refuse(self, at: str, message: str) -> None:
        self.problems.append(Problem(scalars.shown(at), scalars.shown(message)))


def _ageless(tree: Node) -> list[Problem]:
    """Why the evidence of the tree has no age that points could fade with; nothing where it has one."""
    aged = [part for part in take_apart(tree, "/definition").each() if _has_no_window(part)]
    if not aged:
        said = _("Points fade with the age of an event: the rule needs a condition on an event without a time window.")
        return [Problem("/decay", said)]
    said = _("What somebody did not do has no age: points for it cannot fade.")
    return [Problem(part.pointer, said) for part in aged if "/not" in part.pointer or _is_absence(part.node)]


def _has_no_window(part: Part) -> bool:
    return isinstance(part.node, Performed | Sequence) and part.node.window is None


def _is_absence(node: Node) -> bool:
    return isinstance(node, Performed) and node.holds_for_nothing
