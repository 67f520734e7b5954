"""Time alone moves people, each at the very instant, and nobody late.

For random definitions and worlds, the clock goes from one due instant to the next. At each, those who are due are
looked at again, and after that everybody's answer is what a full evaluation says; between two, nobody's answer changes.
A due instant always lies later than the moment it was found at, so that nothing is looked at again and again.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

import pytest
from django.db import transaction

from contacts.models import Contact, Event
from crmseg.access import account
from crmseg.common import clock, json
from crmseg.common.actor import SYSTEM
from crmseg.common.problems import InvalidInput
from segments import catalogue, services
from segments.definition import depends
from segments.definition.load import load
from segments.definition.nodes import active
from segments.engine import build, drain
from segments.engine.clock import pop_due
from segments.engine.live import Followed
from segments.engine.plan import SOME, Plan
from segments.models import ContactDue, Membership

from . import oracle
from .definition_worlds import TICK, WALLS, ZONES, Asker, Maker, attributes, instant
from .factories import ContactFactory, EventFactory

pytestmark = pytest.mark.django_db
SEED = int(os.environ.get("CRMSEG_TEST_SEED", "20261122"))
TIMES = int(os.environ.get("CRMSEG_TEST_TIMES", "1"))
PEOPLE, WORLDS, ROUNDS, STEPS, SAMPLES = 12, 5, 8, 12, 3


@pytest.fixture(autouse=True)
def _own_account():
    yield
    account.forget()


def world_at(random: Random, zone: str, now: datetime) -> tuple[oracle.World, Asker]:
    settings = account.current()
    settings.time_zone = zone
    settings.save()
    account.forget()
    maker = Maker(random, zone, now, PEOPLE)
    world = maker.make(zone, settings.currency)
    return world, Asker(random, maker, world)


def drawn(random: Random, asker: Asker) -> oracle.Definition:
    """A condition that reads the clock, alone or among others."""
    one = asker.timely()
    shape = random.choice(("alone", "alone", "not", "all", "any"))
    if shape == "alone":
        return one
    return {"not": one} if shape == "not" else {shape: [one, asker.timely()]}


class Clockwork:
    """One definition, followed from due instant to due instant."""

    def __init__(self, random: Random, world: oracle.World, raw: oracle.Definition):
        self.random, self.world, self.raw = random, world, raw
        tree = active(load(json.loads(json.dumps(raw)), catalogue.current()))
        assert tree is not None
        listed = Followed(1, 1, tree, frozenset(depends.keys(tree)), world.zone, world.currency)
        self.plan = Plan((listed,), SOME)
        self.members: set[int] = set()
        self.due: dict[int, datetime | None] = {}

    def run(self, now: datetime, steps: int) -> int:
        """Follow the clock; return how many times somebody's answer changed."""
        self.look(set(self.world.contacts), now)
        flips = 0
        for _ in range(steps):
            coming = min((due for due in self.due.values() if due), default=None)
            self.nothing_moves_between(now, coming)
            if coming is None:
                return flips
            before = set(self.members)
            self.look({pk for pk, due in self.due.items() if due == coming}, coming)
            flips += len(before ^ self.members)
            self.agrees(coming, "at the due instant")
            now = coming
        return flips

    def look(self, ids: set[int], now: datetime) -> None:
        truth = self.plan.evaluate(now, ids=sorted(ids))
        self.members = (self.members - ids) | set(truth.members_of(1).tolist())
        for pk, due in zip(truth.ids.tolist(), truth.due, strict=True):
            assert due is None or due > now, self.report(now, f"due again at {due}", {pk})
            self.due[pk] = due

    def nothing_moves_between(self, now: datetime, coming: datetime | None) -> None:
        end = coming - TICK if coming else now + timedelta(days=800)
        if end > now:
            samples = [end, now + TICK, *(self.between(now, end) for _ in range(SAMPLES))]
            for moment in samples:
                if now < moment <= end:
                    self.agrees(moment, f"between {now.isoformat()} and the next due instant {coming}")

    def between(self, now: datetime, end: datetime) -> datetime:
        """Some moment between, often where a day begins or a clock changes."""
        moment = now + (end - now) * self.random.random()
        zone = ZoneInfo(self.random.choice((self.world.zone, "UTC")))
        kind = self.random.choice(("any", "midnight", "quarter", "wall"))
        local = moment.astimezone(zone)
        if kind == "midnight":
            moment = local.replace(hour=0, minute=0, second=0, microsecond=0).astimezone(UTC)
        elif kind == "quarter":
            moment = local.replace(minute=self.random.choice((0, 15, 30)), second=0, microsecond=0).astimezone(UTC)
        elif kind == "wall":
            moment = datetime.fromisoformat(self.random.choice(WALLS)).replace(tzinfo=zone).astimezone(UTC)
        return moment + self.random.choice((0, 0, 1, -1)) * TICK

    def agrees(self, now: datetime, when: str) -> None:
        right = oracle.matching(self.raw, self.world, now)
        assert self.members == right, self.report(now, when, self.members ^ right)

    def report(self, now: datetime, when: str, contacts: set[int]) -> str:
        one = min(contacts)
        return "\n".join(
            [
                f"wrong {when}; seed {SEED}, zone {self.world.zone}, now {now.isoformat()}",
                f"definition: {json.dumps(self.raw).decode()}",
                f"due {self.due.get(one)}, contact {self.world.contacts[one]}",
                f"events: {self.world.events[one]}",
            ]
        )


@pytest.mark.parametrize("number", range(WORLDS))
def test_from_due_instant_to_due_instant_nobody_is_late(number, record_property):
    random = Random(f"clock {SEED}/{number}")
    zone = ZONES[number % len(ZONES)]
    attributes()
    flips = 0
    for _ in range(3 * TIMES):
        with transaction.atomic():
            now = instant(random, zone)
            world, asker = world_at(random, zone, now)
            for _ in range(ROUNDS):
                raw = drawn(random, asker)
                try:
                    clockwork = Clockwork(random, world, raw)
                except InvalidInput:
                    continue  # two bounds drawn in the wrong order
                flips += clockwork.run(now, STEPS)
            transaction.set_rollback(True)
    assert flips > ROUNDS


@pytest.mark.parametrize(
    ("zone", "unit", "happened", "followed_from"),
    [
        ("UTC", "month", "2027-02-28T12:00:00+00:00", "2027-03-27"),  # out, and in again for three nights
        ("UTC", "month", "2027-01-31T12:00:00+00:00", "2027-02-25"),  # no 31st: out as March begins
        ("UTC", "year", "2028-02-29T12:00:00+00:00", "2029-02-26"),
        ("UTC", "year", "2027-02-28T12:00:00+00:00", "2028-02-26"),
        ("Europe/Rome", "month", "2026-09-25T02:30:00+02:00", "2026-10-24"),  # out in an hour that comes again
        ("Europe/Rome", "month", "2026-10-25T02:30:00+02:00", "2026-11-24"),
        ("Europe/Rome", "month", "2026-10-25T02:30:00+01:00", "2026-11-24"),  # the second 02:30 of its day
        ("Europe/Rome", "month", "2026-02-28T02:30:00+01:00", "2026-03-27"),  # out in an hour that never comes
        ("Europe/Rome", "month", "2026-03-29T03:10:00+02:00", "2026-04-28"),
        ("America/Havana", "month", "2026-10-01T00:30:00-04:00", "2026-10-31"),
        ("Australia/Lord_Howe", "month", "2026-03-05T01:45:00+11:00", "2026-04-04"),
    ],
)
def test_a_window_of_months_moves_people_at_every_jump_of_the_calendar_and_of_clocks(
    zone, unit, happened, followed_from
):
    ada, at = ContactFactory().pk, datetime.fromisoformat(happened).astimezone(UTC)
    EventFactory(contact_id=ada, contact=None, occurred_at=at)
    settings = account.current()
    settings.time_zone = zone
    settings.save()
    account.forget()
    event = {"name": "Order Completed", "at": at, "properties": {}}
    world = oracle.World(zone, "USD", {}, {}, {ada: {}}, {ada: [event]})
    raw = {"event": "Order Completed", "op": "did", "window": {"last": 1, "unit": unit}}
    start = datetime.fromisoformat(followed_from).replace(tzinfo=UTC)
    clockwork = Clockwork(Random(happened), world, raw)
    assert clockwork.run(start, 2_000) % 2 == 1
    assert clockwork.members == set()
    for hours in range(8 * 24):  # the same once more, from every hour
        moment = start + timedelta(hours=hours)
        truth = clockwork.plan.evaluate(moment, ids=[ada])
        held, next_hour = oracle.matching(raw, world, moment), moment + timedelta(hours=1)
        assert set(truth.members_of(1).tolist()) == held
        if oracle.matching(raw, world, next_hour) != held:
            assert truth.due[0] is not None, moment
            assert truth.due[0] <= next_hour, moment


@pytest.fixture
def stopped(monkeypatch):
    """`stopped.at(instant)` is the present from there on."""

    class Stopped:
        def at(self, now: datetime) -> datetime:
            monkeypatch.setattr(clock, "now", lambda: now)
            return now

    return Stopped()


def saved(name: str, raw: oracle.Definition) -> int | None:
    try:
        return services.create_segment(name=name, kind="active", definition=raw, actor=SYSTEM).pk
    except InvalidInput:
        return None  # two bounds drawn in the wrong order


def stored(segment: int) -> set[int]:
    return set(Membership.objects.filter(segment=segment).values_list("contact_id", flat=True))


@pytest.mark.parametrize("zone", ["Europe/Rome", "America/New_York"])
def test_popping_due_contacts_keeps_stored_lists_true_nested_ones_too(zone, stopped):
    random = Random(f"pop {SEED}/{zone}")
    attributes()
    now = stopped.at(instant(random, zone))
    world, asker = world_at(random, zone, now)
    drain.drain()
    while len(world.definitions) < 10:
        raw = drawn(random, asker)
        if len(world.definitions) % 3 == 2:
            raw = {"any": [{"not": {"segment": max(world.definitions), "op": "in"}}, raw]}
        pk = saved(f"List {len(world.definitions)}", raw)
        if pk:
            world.definitions[pk] = json.loads(json.dumps(raw))
            assert build.run_waiting() == 1
            drain.drain()
    for _ in range(40):
        for pk, raw in world.definitions.items():
            assert stored(pk) == oracle.matching(raw, world, now), f"{now} {raw}"
        now = stopped.at(ContactDue.objects.earliest("due_at").due_at)
        due = set(ContactDue.objects.filter(due_at__lte=now).values_list("contact_id", flat=True))
        assert pop_due(now) == len(due)
        assert not ContactDue.objects.filter(due_at__lte=now).exists()
        assert drain.drain() == 0


def one_list(definition: oracle.Definition) -> int:
    pk = services.create_segment(name="List", kind="active", definition=definition, actor=SYSTEM).pk
    build.run_waiting()
    return pk


def test_a_window_holds_its_last_microsecond_and_not_the_next(stopped):
    ada, then = ContactFactory(), datetime(2026, 5, 1, 12, tzinfo=UTC)
    EventFactory(contact=ada, occurred_at=then)
    stopped.at(then)
    week = one_list({"event": "Order Completed", "op": "did", "window": {"last": 7, "unit": "day"}})
    drain.drain()
    end = then + timedelta(days=7)
    assert ContactDue.objects.get().due_at == end + TICK
    stopped.at(end)
    assert (pop_due(end), stored(week)) == (0, {ada.pk})
    stopped.at(end + TICK)
    assert (pop_due(end + TICK), stored(week)) == (1, set())
    assert not ContactDue.objects.exists()


def test_an_event_of_the_future_counts_when_its_time_comes(stopped):
    ada, now = ContactFactory(), stopped.at(datetime(2026, 5, 1, tzinfo=UTC))
    workshop = now + timedelta(days=3)
    EventFactory(contact=ada, occurred_at=workshop)
    ever = one_list({"event": "Order Completed", "op": "did"})
    drain.drain()
    assert stored(ever) == set()
    stopped.at(workshop)
    pop_due(workshop)
    assert stored(ever) == {ada.pk}


def test_born_on_29_february_one_is_a_year_older_on_the_28th_of_common_years(stopped):
    ada = ContactFactory(birth_date="2008-02-29")
    midnight = datetime(2026, 2, 28, tzinfo=UTC)
    stopped.at(midnight - TICK)
    adults = one_list({"property": "age", "op": "gte", "value": 18})
    drain.drain()
    assert (ContactDue.objects.get().due_at, stored(adults)) == (midnight, set())
    stopped.at(midnight)
    pop_due(midnight)
    assert stored(adults) == {ada.pk}


def test_a_late_event_and_a_deleted_one_look_again_at_their_contact(stopped):
    ada, now = ContactFactory(), stopped.at(datetime(2026, 5, 1, tzinfo=UTC))
    week = one_list({"event": "Order Completed", "op": "did", "window": {"last": 7, "unit": "day"}})
    late = EventFactory(contact=ada, occurred_at=now - timedelta(days=6))
    drain.drain()
    assert (stored(week), ContactDue.objects.get().due_at) == ({ada.pk}, late.occurred_at + timedelta(days=7) + TICK)
    Event.objects.all().delete()
    drain.drain()
    assert (stored(week), Contact.objects.count(), ContactDue.objects.count()) == (set(), 1, 0)
