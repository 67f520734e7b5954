"""Time alone moves people through many lists at once, each at the very instant, and no due instant comes for ever.

One plan follows many random definitions of the whole language. The clock stops at every due instant, one microsecond
before it and one after: those who are due are looked at, and then everybody's answer about every list must be what the
oracle says from nothing.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from segments.engine.plan import SOME, Plan

from . import oracle
from .agreement import Agreement, agreement
from .definition_worlds import TICK, ZONES, attributes

pytestmark = pytest.mark.django_db
SEED = int(os.environ.get("CRMSEG_TEST_SEED", "20261122"))
TIMES = int(os.environ.get("CRMSEG_TEST_TIMES", "1"))
PEOPLE, LISTS, STEPS = 10, 24, 20
MOST_LOOKS = 400
"""How often one contact may be looked at in forty days, over all of the lists."""


class Followed:
    """The stored answers about all lists, kept true by nothing but due instants."""

    def __init__(self, held: Agreement):
        self.held, self.plan = held, Plan(tuple(held.followed), SOME)
        self.members: dict[int, set[int]] = {listed.id: set() for listed in held.followed}
        self.due: dict[int, datetime | None] = {}
        self.looks: dict[int, int] = {}

    def look(self, ids: set[int], now: datetime) -> None:
        truth = self.plan.evaluate(now, ids=sorted(ids))
        for pk, was in self.members.items():
            self.members[pk] = (was - ids) | set(truth.members_of(pk).tolist())
        for contact, due in zip(truth.ids.tolist(), truth.due, strict=True):
            assert due is None or due > now, f"contact {contact} is due again at {due}, looked at {now}"
            self.due[contact], self.looks[contact] = due, self.looks.get(contact, 0) + 1

    def coming(self) -> datetime | None:
        return min((due for due in self.due.values() if due), default=None)

    def pop(self, now: datetime) -> None:
        self.look({contact for contact, due in self.due.items() if due and due <= now}, now)

    def agrees(self, now: datetime) -> None:
        for pk, found in self.members.items():
            raw = self.held.world.definitions[pk]
            right = oracle.matching(raw, self.held.world, now)
            assert found == right, (
                f"{raw}\nat {now.isoformat()} in {self.held.zone}, due {sorted(filter(None, self.due.values()))[:3]}:"
                f" {sorted(found - right)} too many, {sorted(right - found)} missing"
            )


@pytest.mark.parametrize("number", range(3 * TIMES))
def test_many_lists_stay_true_from_due_instant_to_due_instant(number):
    attributes()
    with agreement(Random(f"many {SEED}/{number}"), ZONES[number % len(ZONES)], PEOPLE) as held:
        held.ask_all(held.asker.timely() for _ in range(LISTS - 8))
        held.ask_all(held.asker.tree() for _ in range(8))
        now, followed = held.now, Followed(held)
        followed.look(set(held.world.contacts), now)
        for _ in range(STEPS):
            coming = followed.coming()
            if coming is None:
                break
            if coming - TICK > now:
                followed.agrees(coming - TICK)
            followed.pop(coming)
            followed.agrees(coming)
            now = coming + TICK
            followed.pop(now)
            followed.agrees(now)


@pytest.mark.parametrize("number", range(TIMES))
def test_no_due_instant_comes_for_ever(number):
    attributes()
    with agreement(Random(f"ever {SEED}/{number}"), ZONES[(number + 1) % len(ZONES)], PEOPLE) as held:
        held.ask_all(held.asker.timely() for _ in range(LISTS // 2))
        followed, end = Followed(held), held.now + timedelta(days=40)
        followed.look(set(held.world.contacts), held.now)
        while (coming := followed.coming()) and coming <= end:
            followed.pop(coming)
            assert max(followed.looks.values()) <= MOST_LOOKS, sorted(followed.looks.values())
        followed.agrees(end.astimezone(UTC))
