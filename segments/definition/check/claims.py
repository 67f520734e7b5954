"""What a condition claims of the one thing it speaks about: a property, a count of events, a list, a consent.

A claim names its family (all that is said of one thing), a dimension of it (one way to look at the thing: its amount,
its spelling, how long ago it was) and for which values there it holds. What is not understood well enough to be
compared is a claim of its own dimension, true or false as it may be: so the check can miss something, and is never
wrong.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, assert_never

from contacts.fields import FieldType

from ..nodes import (
    AnyItem,
    Bucket,
    Colleagues,
    Compare,
    Consented,
    InSegment,
    Leaf,
    Occurred,
    PastSegment,
    Performed,
    Reachable,
    Sequence,
)
from ..operators import Takes
from ..operators.base import PropertyRef
from ..schema import Catalogue
from ..windows import Span
from . import spellings, tags, timelines
from .counting import Over
from .dimensions import FREE, KNOWN, Choice, Counts, Dimension, Key, Numbers, Spelling, Tags

T = FieldType
Predicate = Callable[[Any], bool]
NUMBERS = frozenset({T.NUMBER, T.MONEY})
WORDS = frozenset({T.TEXT, T.ENUM, T.ORDERED_ENUM})
TIMES = frozenset({T.DATE, T.DATETIME})


@dataclass(frozen=True)
class Claim:
    """`holds` tells for which values of the dimension the claim is true; `points` are the values where that can change,
    or the texts it names. `unknown` is its truth where the thing is unknown; None where it never is.
    """

    family: Key
    dimension: Dimension
    holds: Predicate
    points: tuple[Any, ...] = ()
    unknown: bool | None = None
    over: Over = None
    """For counts: in which window."""

    def negated(self) -> Claim:
        """False where the claim is true, of what is known."""
        inner = self.holds
        return replace(self, holds=lambda value: not inner(value))


def claim(leaf: Leaf, known: Catalogue) -> Claim:
    match leaf:
        case Compare():
            return _comparison(leaf, known)
        case Performed():
            return _performed(leaf, known)
        case Occurred(event, which, window, where, zone):
            family: Key = ("occurrence", event, which, where)
            place = timelines.place(window, zone, known)
            if place is None:
                return _free(family, (window, zone), unknown=False)
            return Claim(family, Numbers(place.scale, place.whole), place.inside, place.points, unknown=False)
        case InSegment(segment_id, negated):
            return Claim(("segment", segment_id), KNOWN, lambda _: not negated, unknown=negated)
        case PastSegment(segment_id, operator, Span() as span) if operator.key == "member_for":
            scale, n = timelines.scaled(span)
            family = ("segment", segment_id)
            return Claim(family, Numbers((scale, leaf.zone)), lambda value: value <= -n, (-n,), unknown=False)
        case PastSegment():
            return _free(("past", leaf), "held")
        case Consented(channel, operator, topic):
            wanted = operator.key
            return Claim(("consent", channel, topic), _answers(), lambda value: value[0] == wanted)
        case Reachable(channel):
            return Claim(("consent", channel, ""), _answers(), lambda value: bool(value[1]))
        case Colleagues(quantity, child):
            positive = _free(("colleagues", "any" if quantity in {"none", 1} else quantity, child), "held")
            return positive.negated() if quantity == "none" else positive
        case Bucket(low, high, of, salt):
            within = Numbers("bucket", whole=True, least=0, most=of - 1)
            return Claim(("bucket", of, salt), within, lambda value: low <= value <= high, (low, high))
        case Sequence() | AnyItem():
            return _free(leaf, "held")
    assert_never(leaf)


def _free(family: Key, name: Key, *, unknown: bool | None = None) -> Claim:
    """True or false as it may be."""
    return Claim(family, Choice(("free", name), FREE), bool, unknown=unknown)


def _answers() -> Choice:
    """What a consent says, and whether the contact can be reached: only who subscribed can."""
    said = ("subscribed", "unsubscribed", "never", "other")
    return Choice("answer", (*((one, False) for one in said), ("subscribed", True)))


def _comparison(leaf: Compare, known: Catalogue) -> Claim:
    asked, key = leaf.property, leaf.operator.key
    presence = key in {"is_known", "is_unknown"}
    # The same value of an event may be read as a number and as a text, and be known without being either.
    read_as = None if asked.source != "event" else "presence" if presence else asked.type
    family: Key = ("property", asked.source, asked.key, read_as)
    if presence:
        return Claim(family, KNOWN, lambda _: key == "is_known", unknown=leaf.unknown or key == "is_unknown")
    if leaf.operator.past:
        opposite = {"not_updated_in": "updated_in", "never_was": "ever_was"}.get(key)
        held = _free(("past", asked.key, opposite or key, leaf.operand, leaf.case, leaf.zone), "held")
        return held.negated() if opposite else held
    if isinstance(leaf.operand, PropertyRef):
        return _against(leaf, leaf.operand, family)
    found = _of_value(leaf, family, known)
    return replace(found, unknown=leaf.unknown)


def _of_value(leaf: Compare, family: Key, known: Catalogue) -> Claim:
    """A comparison with a constant; its `unknown` is filled in by the caller."""
    asked, key, operand = leaf.property, leaf.operator.key, leaf.operand
    if asked.type in NUMBERS and key != "percentile_between":
        points = operand if isinstance(operand, tuple) else (operand,)
        return Claim(family, Numbers("amount", whole=asked.reads_clock), _amounts(key, points), points)
    if asked.type is T.BOOLEAN:
        return Claim(family, Choice("boolean", FREE), lambda value: value == (key == "is_true"))
    if asked.type in WORDS:
        wanted = spellings.reading(key, operand, asked.options, case=leaf.case)
        if wanted is not None:
            return Claim(family, Spelling(asked.options), wanted.holds, wanted.texts)
    if asked.type is T.MULTI_ENUM and asked.source != "event" and not leaf.case:
        among = tags.reading(key, operand)
        if among is not None:
            return Claim(family, Tags(), among.holds, among.texts)
    if asked.type in TIMES:
        if key in {"month_is", "weekday_is"}:
            wanted_numbers = {int(str(one)) for one in (operand if isinstance(operand, tuple) else (operand,))}
            units = tuple(range(1, 13 if key == "month_is" else 8))
            return Claim(family, Choice((key, leaf.zone), units), lambda value: value in wanted_numbers)
        placed = timelines.comparison(leaf, known)
        if placed is not None:
            return Claim(family, Numbers(placed.scale, placed.whole), placed.inside, placed.points)
    positive = _POSITIVE.get(key, key)
    if asked.source == "event" and asked.type is T.MULTI_ENUM:
        family = (family, positive)
    held = _free(family, (positive, operand, leaf.case, leaf.zone))
    return held.negated() if positive != key else held


def _against(leaf: Compare, other: PropertyRef, family: Key) -> Claim:
    """One property against another: where both are known, one is less, more, or the same."""
    asked, key = leaf.property, leaf.operator.key
    family = (family, "against", other.property.key, leaf.zone)
    ordered = asked.type in NUMBERS or (asked.type in TIMES and other.property.type == asked.type)
    if ordered and key in _SIGNS:
        return Claim(family, Choice("sign", ("<", "=", ">")), lambda s: s in _SIGNS[key], unknown=leaf.unknown)
    positive = _POSITIVE.get(key, key)
    held = _free(family, (positive, leaf.case), unknown=leaf.unknown)
    return held.negated() if positive != key else held


def _performed(leaf: Performed, known: Catalogue) -> Claim:
    what = (leaf.event, leaf.where)
    points = leaf.operand if isinstance(leaf.operand, tuple) else (leaf.operand,)
    if leaf.operator.takes is Takes.NOTHING:
        points = (Decimal(1),)

    def holds(value: Any) -> bool:
        return leaf.operator.holds(Decimal(value), leaf.operand)

    if leaf.measure == "count":
        over: Over = timelines.place(leaf.window, leaf.zone, known)
        if over is None and leaf.window is not None:
            over = (leaf.window, leaf.zone)
        return Claim(("count", *what), Counts(), holds, points, over=over)
    family = (leaf.measure, *what, leaf.of, leaf.currency, leaf.window, leaf.zone)
    if leaf.measure in {"distinct", "distinct_days"}:
        return Claim(family, Numbers("amount", whole=True, least=0), holds, points)
    if any(isinstance(point, str) for point in points):
        positive = _POSITIVE.get(leaf.operator.key, leaf.operator.key)
        held = _free((*family, "text"), (positive, leaf.operand, leaf.case), unknown=False)
        return held.negated() if positive != leaf.operator.key else held
    return Claim(family, Numbers("amount"), holds, points, unknown=None if leaf.measure == "sum" else False)


def _amounts(key: str, points: tuple[Any, ...]) -> Predicate:
    first, last, wanted = points[0], points[-1], frozenset(points)
    tests: dict[str, Predicate] = {
        "is": lambda value: value == first,
        "is_not": lambda value: value != first,
        "gt": lambda value: value > first,
        "gte": lambda value: value >= first,
        "lt": lambda value: value < first,
        "lte": lambda value: value <= first,
        "between": lambda value: first <= value <= last,
        "not_between": lambda value: not first <= value <= last,
        "is_any_of": lambda value: value in wanted,
        "is_none_of": lambda value: value not in wanted,
    }
    return tests[key]


_SIGNS = {
    "is": "=",
    "is_not": "<>",
    "gt": ">",
    "gte": ">=",
    "lt": "<",
    "lte": "<=",
    "on": "=",
    "not_on": "<>",
    "before": "<",
    "after": ">",
}
_POSITIVE = {
    "is_not": "is",
    "is_none_of": "is_any_of",
    "not_contains": "contains",
    "contains_none": "contains_any",
    "not_starts_with": "starts_with",
    "not_ends_with": "ends_with",
    "not_matches": "matches",
    "not_between": "between",
    "not_on": "on",
    "not_in_last": "in_last",
}
