"""Many lists kept true by nothing but due instants, held to what the oracle says from nothing.

The clock stops at every due instant, one microsecond before it and one after.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from random import Random

from segments.engine.live import Followed
from segments.engine.plan import SOME, Plan

from . import oracle
from .agreement import Agreement, Disagreement, agreement
from .definition_worlds import TICK, ZONES


class Kept:
    """The stored answers about all lists: contacts are looked at when they are due, and at no other time."""

    def __init__(self, held: Agreement, lists: Sequence[Followed]):
        self.held, self.plan = held, Plan(tuple(lists), SOME)
        self.members: dict[int, set[int]] = {listed.id: set() for listed in lists}
        self.due: dict[int, datetime | None] = {}
        self.looks: dict[int, int] = {}
        self.look(set(held.world.contacts), held.now)

    def look(self, ids: set[int], now: datetime) -> None:
        truth = self.plan.evaluate(now, ids=sorted(ids))
        for pk, was in self.members.items():
            self.members[pk] = (was - ids) | set(truth.members_of(pk).tolist())
        for contact, due in zip(truth.ids.tolist(), truth.due, strict=True):
            if due is not None and due <= now:
                raise Disagreement(f"contact {contact} is due again at {due}, looked at {now}")
            self.due[contact], self.looks[contact] = due, self.looks.get(contact, 0) + 1

    def coming(self) -> datetime | None:
        return min((due for due in self.due.values() if due), default=None)

    def pop(self, now: datetime) -> None:
        ids = {contact for contact, due in self.due.items() if due and due <= now}
        if ids:
            self.look(ids, now)

    def agrees(self, now: datetime) -> None:
        for pk, found in self.members.items():
            raw = self.held.world.definitions[pk]
            right = oracle.matching(raw, self.held.world, now)
            if found != right:
                raise Disagreement(
                    f"due instants and the oracle differ; zone {self.held.zone}, now {now.isoformat()}\n"
                    f"definition: {raw}\n{sorted(found - right)} too many, {sorted(right - found)} missing;"
                    f" due {sorted(filter(None, self.due.values()))[:3]}"
                )

    def follow(self, steps: int) -> None:
        """From due instant to due instant."""
        now = self.held.now
        for _ in range(steps):
            coming = self.coming()
            if coming is None:
                return
            if coming - TICK > now:
                self.agrees(coming - TICK)
            for now in (coming, coming + TICK):
                self.pop(now)
                self.agrees(now)


def one_clock(random: Random, number: int, people: int = 10, lists: int = 24, steps: int = 16) -> None:
    """A world whose lists mostly read the clock, followed for some steps: a few alone, where no other's due instant
    can stand in for a missing one, and then all together."""
    with agreement(random, ZONES[number % len(ZONES)], people) as held:
        held.ask_all(held.asker.timely() for _ in range(lists * 3 // 4))
        for listed in held.followed[: lists // 2]:
            Kept(held, [listed]).follow(steps // 3)
        held.ask_all(held.asker.tree() for _ in range(lists // 4))
        Kept(held, held.followed).follow(steps)
