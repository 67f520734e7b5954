"""Pins and delays against a model of a few lines, at random: after each step, members are whom the model says.

Steps are changes of contacts, pins, delays, builds, and the clock, which goes to due instants and a microsecond around
them. Lists that ask the one with pins and delays, read its ledger, or ask about colleagues in it are held by the audit.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random

import pytest

from contacts.models import Contact
from crmseg.common import clock
from crmseg.common.actor import SYSTEM
from segments import services
from segments.engine import audit, build, drain
from segments.engine.clock import pop_due
from segments.models import ContactDue, Membership, PendingMove

from .factories import CompanyFactory, ContactFactory

pytestmark = pytest.mark.django_db
SEED = int(os.environ.get("CRMSEG_TEST_SEED", "20261122"))
TIMES = int(os.environ.get("CRMSEG_TEST_TIMES", "1"))
ROUNDS, STEPS, PEOPLE = 2, 60, 6
TICK = timedelta(microseconds=1)
DELAYS = (None, None, timedelta(minutes=1), timedelta(hours=1), timedelta(days=3))
ITALIANS = {"property": "country", "op": "is", "value": "IT"}


@dataclass
class One:
    """A contact as the model knows it."""

    italian: bool
    held: bool = False
    since: datetime | None = None
    pin: tuple[bool, datetime | None] | None = None

    def look(self, now: datetime, entry: timedelta | None, leave: timedelta | None) -> None:
        if self.pin and self.pin[1] and self.pin[1] <= now:
            self.pin = None
        delay = entry if self.italian else leave
        if self.italian == self.held:
            self.since = None
            return
        self.since = self.since or now
        if delay is None or self.since + delay <= now:
            self.held, self.since = self.italian, None

    @property
    def inside(self) -> bool:
        return self.pin[0] if self.pin else self.held


@dataclass
class Model:
    now: datetime
    entry: timedelta | None = None
    leave: timedelta | None = None
    people: dict[int, One] = field(default_factory=dict)

    def look(self) -> None:
        for one in self.people.values():
            one.look(self.now, self.entry, self.leave)

    def members(self) -> set[int]:
        return {pk for pk, one in self.people.items() if one.inside}

    def waiting(self) -> set[tuple[int, bool, datetime]]:
        return {(pk, one.italian, one.since) for pk, one in self.people.items() if one.since}


class Steps:
    def __init__(self, random: Random, model: Model, segment: int):
        self.random, self.model, self.segment = random, model, segment

    def one(self) -> str:
        kinds = (self.move, self.move, self.move, self.pin, self.unpin, self.clock, self.clock, self.clock)
        step = self.random.choice((*kinds, self.delays, self.refresh, self.delete))
        return step()

    def some(self) -> list[int]:
        return self.random.sample(sorted(self.model.people), min(2, len(self.model.people)))

    def move(self) -> str:
        for pk in self.some():
            italian = self.random.random() < 0.5
            Contact.objects.filter(pk=pk).update(country="IT" if italian else "FR")
            self.model.people[pk].italian = italian
        return "move"

    def pin(self) -> str:
        inside, chosen = self.random.random() < 0.5, self.some()
        expires = self.random.choice((None, self.model.now + self.random.choice((TICK, timedelta(minutes=30)))))
        direction = "in" if inside else "out"
        services.pin(self.segment, chosen, direction=direction, expires_at=expires, actor=SYSTEM)
        for pk in chosen:
            self.model.people[pk].pin = (inside, expires)
        return "pin"

    def unpin(self) -> str:
        chosen = self.some()
        services.unpin(self.segment, chosen, actor=SYSTEM)
        for pk in chosen:
            self.model.people[pk].pin = None
        return "unpin"

    def delays(self) -> str:
        model = self.model
        model.entry, model.leave = self.random.choice(DELAYS), self.random.choice(DELAYS)
        services.update_segment(self.segment, entry_delay=model.entry, exit_delay=model.leave, actor=SYSTEM)
        return "delays"

    def refresh(self) -> str:
        self.model.look()
        drain.drain()
        services.refresh_now(self.segment, actor=SYSTEM)
        while build.run_waiting():
            pass
        for one in self.model.people.values():
            one.held, one.since = one.italian, None
        return "refresh"

    def delete(self) -> str:
        pk = self.some()[0]
        Contact.objects.filter(pk=pk).delete()
        del self.model.people[pk]
        made = ContactFactory(country="FR")
        self.model.people[made.pk] = One(italian=False)
        return "delete"

    def clock(self) -> str:
        due = ContactDue.objects.order_by("due_at").values_list("due_at", flat=True).first()
        if due is None:
            self.model.now += timedelta(minutes=1)
        else:
            self.model.now = max(self.model.now, due + self.random.choice((-TICK, timedelta(0), TICK)))
        return "clock"


def test_members_are_whom_a_simple_model_says(monkeypatch):
    for number in range(ROUNDS * TIMES):
        random = Random(f"overrides {SEED} {number}")
        model = Model(clock.now())
        monkeypatch.setattr(clock, "now", lambda model=model: model.now)
        companies = [CompanyFactory(), CompanyFactory()]
        for _ in range(PEOPLE):
            made = ContactFactory(country="FR", company=random.choice(companies))
            model.people[made.pk] = One(italian=False)
        segment = made_list(f"Slow {number}", ITALIANS)
        made_list(f"Others {number}", {"not": {"segment": segment}})
        made_list(f"Newly {number}", {"segment": segment, "op": "joined_in", "window": {"last": 2, "unit": "hour"}})
        made_list(f"Near {number}", {"colleagues": "any", "of": {"segment": segment}})
        steps, story = Steps(random, model, segment), []
        for _ in range(STEPS):
            story.append(steps.one())
            settle()
            model.look()
            assert members(segment) == model.members(), (number, story)
            stored = PendingMove.objects.filter(segment=segment).values_list("contact_id", "entering", "since")
            assert set(stored) == model.waiting(), (number, story)
            if random.random() < 0.3:
                found = audit.audit()
                assert (found.missing, found.extra) == (0, 0), (number, story, found.differences)
        for pk in list(model.people):
            Contact.objects.filter(pk=pk).delete()
        settle()


def made_list(name: str, definition: object) -> int:
    segment = services.create_segment(name=name, kind="active", definition=definition, actor=SYSTEM).pk
    while build.run_waiting():
        pass
    return segment


def settle() -> None:
    drain.drain()
    while pop_due(clock.now()):
        pass
    drain.drain()


def members(segment: int) -> set[int]:
    return set(Membership.objects.filter(segment=segment).values_list("contact_id", flat=True))
