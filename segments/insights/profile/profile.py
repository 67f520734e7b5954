"""The profile of a list: what sets its people apart from everyone, or from those of another list."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from ... import catalogue
from ...models import Segment
from ..in_turn import asked_in_turn, with_what_follows
from . import needs, products, rows, sides
from .gather import gather
from .needs import Needs
from .rows import Row
from .sides import Sides

LEAST_PEOPLE = 20
"""Fewer on a side are people, not a list with a profile."""


@dataclass(frozen=True)
class Profile:
    """`rows` are sorted by what matters. Empty where a side has fewer than LEAST_PEOPLE."""

    sides: Sides
    rows: list[Row]
    needs: Needs | None

    @property
    def enough(self) -> bool:
        return min(len(self.sides.one), len(self.sides.two)) >= LEAST_PEOPLE

    @property
    def apart(self) -> list[Row]:
        """What differs beyond chance."""
        return [row for row in self.rows if row.differs]


def profile(segment: Segment, against: Segment | None, now: datetime) -> Profile:
    """Against everyone, or against another list."""
    looked = sides.of_two(segment, against) if against else sides.of_everyone(segment)
    if min(len(looked.one), len(looked.two)) < LEAST_PEOPLE:
        return Profile(looked, [], None)
    known, what = catalogue.current(), products.what_is_bought()
    found = gather(looked, known, now, what)
    reads = frozenset(segment.keys) | (frozenset(against.keys) if against else frozenset())
    every = rows.rows(found, looked, known, what, asked_in_turn(reads), with_what_follows(reads))
    return Profile(looked, every, needs.crossing(looked.one, what, now))
