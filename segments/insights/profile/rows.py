"""The rows of a profile: each a trait with what it is on both sides, its index, difference, interval and correction."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from math import isfinite

from django.utils.translation import gettext as _

from contacts import stages
from contacts.fields import FieldType

from ... import catalogue
from ...definition.schema import Catalogue, Property
from . import asked as questions
from . import statistics
from .asked import Bought, Json
from .gather import Did, Gathered, Numbers
from .sides import Sides
from .statistics import Difference

KNOWN_BETWEEN = (0.02, 0.98)
"""Whether something is known at all is a trait where it is known of some and not of others."""
SURE = 0.05
LEAST_DAYS = 0.5
"""Instants nearer to each other are the same day to everybody: those of one import, or of one look at everyone."""


@dataclass(frozen=True)
class Row:
    """One trait. `one` is the list, `base` what it is held against: everyone, or the other list.

    Shares are between 0 and 1. `difference` and its interval are of `one` against `base`; `index` is one ÷ base × 100.
    `q` is the corrected probability. `asked` says that the list's own definition asks for it, itself or by lists and
    scores that it reads; `follows`, that it is that, or worked out of it.
    """

    key: str
    group: str
    label: str
    value: str
    unit: str
    one: float
    base: float
    known_one: int
    known_base: int
    index: float | None
    difference: float
    low: float
    high: float
    effect: float
    sure: float
    p: float
    q: float = 1.0
    definition: Json | None = None
    asked: bool = False
    follows: bool = False

    @property
    def is_share(self) -> bool:
        return self.unit == "share"

    @property
    def differs(self) -> bool:
        return self.q <= SURE

    @property
    def matters(self) -> tuple[float, float]:
        """What rows are sorted by: the size that is certain, then the size."""
        return (abs(self.sure) if self.differs else 0.0, abs(self.effect))


def rows(
    found: Gathered,
    sides: Sides,
    known: Catalogue,
    what: Bought | None,
    reads: frozenset[str],
    follows: frozenset[str],
) -> list[Row]:
    """All traits, those that matter most first. `reads` and `follows` are dependency keys."""
    every = [*_rows(found, sides, known, what)]
    every = [one for one in every if isfinite(one.one) and isfinite(one.base)]
    corrected = statistics.corrected([row.p for row in every])
    told = [
        replace(row, q=q, asked=_asked(row.key, reads), follows=_asked(row.key, follows))
        for row, q in zip(every, corrected, strict=True)
    ]
    return sorted(told, key=lambda row: (-row.matters[0], -row.matters[1], row.label, row.value))


def _rows(found: Gathered, sides: Sides, known: Catalogue, what: Bought | None) -> Iterator[Row]:
    make = Maker(sides)
    for key, one in known.properties.items():
        if key in found.known:
            yield from _of_property(make, one, found, sides)
    if any(found.reached):
        label = _("Reachable by e-mail")
        row = make.share("reachable:email", _("Consent and reach"), label, "", found.reached, _all(sides))
        yield from make.with_definition(row, {"reachable": "email"})
    for name, (one_did, two_did) in found.events.items():
        yield from _of_event(make, name, one_did, two_did, sides)
    if what:
        for text, one_n, two_n in found.products:
            row = make.share(f"event:{what.event}", _("What they did"), what.event, text, (one_n, two_n), _all(sides))
            yield from make.with_definition(row, questions.bought(what, text))


def _of_property(make: Maker, one: Property, found: Gathered, sides: Sides) -> Iterator[Row]:
    key, group, label = one.key, questions.group_of(one), label_of(one)
    known = found.known[key]
    share = sum(known) / max(len(sides.one) + len(sides.two), 1)
    # What is worked out is known of all who did something; that they did it is asked by itself.
    if KNOWN_BETWEEN[0] <= share <= KNOWN_BETWEEN[1] and not one.sql:
        row = make.share(key, group, label, _("known"), known, _all(sides))
        yield from make.with_definition(row, {"property": key, "op": "is_known"})
    for text, one_n, two_n in found.values.get(key, ()):
        row = make.share(key, group, label, text, (one_n, two_n), known)
        yield from make.with_definition(row, questions.is_value(one, text))
    if key in found.numbers:
        first, second = found.numbers[key]
        row = make.mean(key, group, label, _unit(one), first, second)
        if row and (row.unit != "days" or abs(row.difference) >= LEAST_DAYS):
            yield row


def _of_event(make: Maker, name: str, one: Did, two: Did, sides: Sides) -> Iterator[Row]:
    key, group = f"event:{name}", _("What they did")
    for days, done in (
        (questions.DAYS, (one.year, two.year)),
        (questions.RECENT_DAYS, (one.month, two.month)),
    ):
        if any(done):
            row = make.share(key, group, name, _("in %(n)s days") % {"n": days}, done, _all(sides))
            yield from make.with_definition(row, questions.did(name, days))
    row = make.mean(
        key, group, _("“%(event)s” in 365 days, per person") % {"event": name}, "times", one.times, two.times
    )
    if row:
        yield row
    if one.revenue.mean or two.revenue.mean:
        label = _("Revenue of “%(event)s” in 365 days, per person") % {"event": name}
        row = make.mean(key, group, label, "money", one.revenue, two.revenue)
        if row:
            yield row


class Maker:
    """Against everyone, the difference to everybody else is scaled: everyone is the list and the others together."""

    def __init__(self, sides: Sides):
        self.sides = sides

    def share(
        self, key: str, group: str, label: str, value: str, done: tuple[int, int], among: tuple[int, int]
    ) -> Row | None:
        difference = statistics.of_shares(done[0], among[0], done[1], among[1])
        if difference is None:
            return None
        first, second = done[0] / among[0], done[1] / among[1]
        return self._row(key, group, label, value, "share", (first, second), among, difference)

    def mean(self, key: str, group: str, label: str, unit: str, one: Numbers, two: Numbers) -> Row | None:
        difference = statistics.of_means(one.mean, one.variance, one.known, two.mean, two.variance, two.known)
        if difference is None:
            return None
        return self._row(key, group, label, "", unit, (one.mean, two.mean), (one.known, two.known), difference)

    def with_definition(self, row: Row | None, definition: Json) -> Iterator[Row]:
        if row:
            yield replace(row, definition=definition)

    def _row(
        self,
        key: str,
        group: str,
        label: str,
        value: str,
        unit: str,
        found: tuple[float, float],
        among: tuple[int, int],
        difference: Difference,
    ) -> Row:
        first, second = found
        weight = self._weight(among)
        base, scale = weight * first + (1 - weight) * second, 1 - weight
        index = first / base * 100 if base > 0 and first >= 0 else None
        return Row(
            key,
            group,
            label,
            value,
            unit,
            first,
            base,
            among[0],
            among[1] if self.sides.against else sum(among),
            index,
            difference.value * scale,
            difference.low * scale,
            difference.high * scale,
            difference.effect,
            difference.sure,
            difference.p,
        )

    def _weight(self, among: tuple[int, int]) -> float:
        """The part that the list is of everyone of whom this is known."""
        if self.sides.against:
            return 0.0
        own = self.sides.one_size * among[0] / len(self.sides.one)
        return own / (own + self.sides.two_size * among[1] / len(self.sides.two))


def label_of(one: Property) -> str:
    label = str(one.label or one.key)
    return f"{_('Company')}: {label}" if one.source == "company" else label


def value_text(key: str, value: str) -> str:
    """Stages and some other options have names; a yes or no is said so."""
    if key == "lifecycle_stage":
        return stages.name_of(value)
    one = catalogue.current().properties.get(key)
    if one and (called := one.called(value)):
        return called
    return {"true": _("yes"), "false": _("no")}.get(value, value)


def _unit(one: Property) -> str:
    if one.type in questions.MOMENTS:
        return "days"
    return "money" if one.type is FieldType.MONEY else "number"


def _all(sides: Sides) -> tuple[int, int]:
    return len(sides.one), len(sides.two)


def _asked(key: str, reads: frozenset[str]) -> bool:
    """Whether the definition of the list reads what this trait is about."""
    if key.startswith("event:"):
        return key in reads
    if key.startswith("reachable:"):
        return f"consent:{key.partition(':')[2]}" in reads
    return f"attribute:{key}" in reads
