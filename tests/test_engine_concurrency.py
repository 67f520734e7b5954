"""Many at once: writers, workers, builds, people who save, readers of the feed. Nothing is lost, and nothing twice."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from random import Random
from typing import Any

import pytest
from django.db import transaction

from contacts.models import Contact
from crmseg.common import clock
from crmseg.common.actor import SYSTEM
from segments import services
from segments.engine import build, drain, feed, locks
from segments.engine.clock import pop_due
from segments.models import Build, ContactDue, LedgerEntry, Segment

from .at_once import (
    FREQUENT,
    FRESH,
    ITALIANS,
    active,
    assert_all_is_true,
    in_background,
    people,
    stored,
    together,
    work,
    write,
)
from .factories import CompanyFactory, ContactFactory, EventFactory

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _small_blocks(monkeypatch):
    """Few contacts make many blocks, so that builds take many steps and writers meet them."""
    monkeypatch.setattr(locks, "BLOCK", 4)


def test_workers_lose_nothing_while_others_write():
    ids = people()
    italians = active("Italians", ITALIANS)
    active("Frequent", FREQUENT)
    fresh = active("Fresh", FRESH)
    active("Italians without an order", {"all": [{"segment": italians}, {"segment": fresh, "op": "not_in"}]})
    build.run_waiting()
    until = time.monotonic() + 4
    results = together(
        lambda: write(1, list(ids), until),
        lambda: write(2, list(ids), until),
        lambda: work(until),
        lambda: work(until),
    )
    assert results[0] + results[1] > 20
    assert_all_is_true()
    assert LedgerEntry.objects.count() > 20


def test_a_build_goes_live_true_while_contacts_change():
    ids = people()
    until = time.monotonic() + 4

    def builds() -> int:
        made = 0
        while time.monotonic() < until:
            active(f"Italians {made}", {"any": [ITALIANS, FREQUENT]})
            if made:
                services.refresh_now(Segment.objects.earliest("pk").pk, actor=SYSTEM)
            build.run_waiting()
            made += 1
        return made

    results = together(lambda: write(3, list(ids), until), lambda: work(until), builds)
    assert results[2] >= 2
    build.run_waiting()
    assert set(Segment.objects.values_list("state", flat=True)) == {"live"}
    assert_all_is_true()


@contextmanager
def stopped_at_first_block(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A build runs in the background and stands still inside its first block while the body runs."""
    there, go_on = threading.Event(), threading.Event()
    whole = build.note_due

    def wait(*args: Any, **options: Any) -> None:
        whole(*args, **options)
        there.set()
        assert go_on.wait(60)

    monkeypatch.setattr(build, "note_due", wait)
    with in_background(build.run_waiting):
        assert there.wait(60)
        try:
            yield
        finally:
            monkeypatch.setattr(build, "note_due", whole)
            go_on.set()


def test_an_edit_supersedes_the_build_that_runs_and_the_old_members_serve_until_the_new_ones_are_complete(monkeypatch):
    ada, bob = ContactFactory(country="IT").pk, ContactFactory(country="FR").pk
    segment = active("List", ITALIANS)
    build.run_waiting()
    services.update_segment(segment, definition={"not": ITALIANS}, actor=SYSTEM)
    with stopped_at_first_block(monkeypatch):
        services.update_segment(segment, definition={"property": "country", "op": "is_known"}, actor=SYSTEM)
    assert list(Build.objects.order_by("pk").values_list("state", flat=True)) == ["done", "superseded", "queued"]
    assert stored(segment) == {ada}
    assert build.run_waiting() == 1
    assert stored(segment) == {ada, bob}
    assert Segment.objects.get().live_version == 3
    assert set(LedgerEntry.objects.values_list("contact_id", "change", "version")) == {
        (ada, "entered", 1),
        (bob, "entered", 3),
    }


def test_a_contact_that_changes_behind_the_back_of_a_build_is_looked_at_again(monkeypatch):
    ids = people(12)
    drain.drain()
    segment = active("Italians", ITALIANS)
    with stopped_at_first_block(monkeypatch):
        Contact.objects.filter(pk=ids[-1]).update(country="IT")
        assert drain.drain_batch() == 1
        Contact.objects.filter(pk=ids[-1]).update(country="FR")
        Contact.objects.filter(pk=ids[-2]).update(country="IT")
        assert drain.drain_batch() == 2
    assert stored(segment) == {ids[-2]}
    assert_all_is_true()


def test_a_pin_that_is_set_while_a_build_walks_counts_when_it_goes_live(monkeypatch):
    ids = people(12)
    drain.drain()
    segment = active("French", {"not": ITALIANS})
    services.pin(segment, [ids[2]], direction="out", actor=SYSTEM)
    drain.drain()
    with stopped_at_first_block(monkeypatch):
        services.pin(segment, [ids[-1]], direction="out", actor=SYSTEM)
        services.pin(segment, [ids[-2]], direction="out", actor=SYSTEM)
        drain.drain_batch()
        services.unpin(segment, [ids[-2]], actor=SYSTEM)
    assert stored(segment) == set(ids) - {ids[2], ids[-1]}
    assert_all_is_true()


def test_pins_delays_colleagues_and_ledgers_stay_true_while_everything_moves_at_once():
    ids, companies = people(), [CompanyFactory().pk for _ in range(4)]
    for pk in ids:
        Contact.objects.filter(pk=pk).update(company_id=companies[pk % 4])
    slow = services.create_segment(
        name="Slow", kind="active", definition=ITALIANS, entry_delay=timedelta(seconds=0.6),
        exit_delay=timedelta(seconds=0.3), actor=SYSTEM,
    ).pk  # fmt: skip
    frequent = active("Frequent", FREQUENT)
    near = active("Near", {"colleagues": "any", "of": {"all": [{"segment": frequent}, {"segment": slow}]}})
    active("Newly slow", {"any": [{"segment": slow, "op": "left_in", "window": {"last": 1, "unit": "minute"}},
                                  {"segment": near, "op": "not_in"}]})  # fmt: skip
    build.run_waiting()
    until = time.monotonic() + 5

    def pins() -> int:
        random, done = Random(7), 0
        while time.monotonic() < until:
            segment, some = random.choice((slow, frequent)), random.sample(ids, 3)
            if random.random() < 0.6:
                soon = random.choice((None, clock.now() + timedelta(seconds=random.random())))
                direction = random.choice(("in", "out"))
                done += services.pin(segment, some, direction=direction, expires_at=soon, actor=SYSTEM)
            else:
                services.unpin(segment, some, actor=SYSTEM)
            company = random.choice([None, *companies])
            Contact.objects.filter(pk=random.choice(ids)).update(company_id=company)
            time.sleep(0.02)
        return done

    def builds() -> None:
        random = Random(8)
        while time.monotonic() < until:
            services.refresh_now(random.choice((slow, frequent, near)), actor=SYSTEM)
            if random.random() < 0.3:
                delay = random.choice((None, timedelta(seconds=random.random())))
                services.update_segment(slow, entry_delay=delay, actor=SYSTEM)
            build.run_waiting()
            time.sleep(0.1)

    results = together(lambda: write(1, list(ids), until), pins, builds, lambda: work(until), lambda: work(until))
    assert results[1] > 10
    build.run_waiting()
    assert_all_is_true()
    causes = set(LedgerEntry.objects.values_list("cause", flat=True))
    assert {"pin", "delay"} <= causes


def test_deleting_a_list_that_is_being_built_leaves_the_other_builds_alone(monkeypatch):
    ada = ContactFactory(country="IT").pk
    doomed, kept = active("Doomed", ITALIANS), active("Kept", ITALIANS)
    with stopped_at_first_block(monkeypatch):
        Segment.objects.filter(pk=doomed).delete()
    assert (stored(kept), Segment.objects.get().state) == ({ada}, "live")


def test_waiting_for_a_lock_makes_no_answer_old():
    """A worker that took its time before the lock, and answers after the clock moved its contact, answers as of now."""
    ada = ContactFactory().pk
    segment = active("Fresh", FRESH)
    EventFactory(contact_id=ada, contact=None, occurred_at=clock.now() - timedelta(seconds=58))
    drain.drain()
    build.run_waiting()
    assert stored(segment) == {ada}
    Contact.objects.filter(pk=ada).update(country="IT")
    EventFactory(
        contact_id=ada, contact=None, type__name="Order Completed", occurred_at=clock.now() - timedelta(hours=2)
    )
    with ExitStack() as background, transaction.atomic():
        locks.lock_contacts([ada])
        background.enter_context(in_background(drain.drain_batch))
        due = ContactDue.objects.get().due_at
        time.sleep(max(0.0, (due - clock.now()).total_seconds()) + 0.2)
        assert pop_due(clock.now()) == 1
    assert stored(segment) == set()
    assert [entry.change for entry in LedgerEntry.objects.order_by("id")] == ["entered", "left"]


def test_readers_of_the_feed_see_every_change_once_and_in_order_however_writers_commit():
    ids = people(30)
    lists = [services.create_segment(name=f"List {n}", kind="static", actor=SYSTEM).pk for n in range(3)]
    until = time.monotonic() + 4

    def move(seed: int) -> None:
        random = Random(seed)
        while time.monotonic() < until:
            change = random.choice((services.add_members, services.remove_members))
            with transaction.atomic():
                change(random.choice(lists), random.sample(ids, 4), actor=SYSTEM)
                time.sleep(random.choice((0, 0, 0.01, 0.1)))

    def read(limit: int) -> list[tuple[int, int]]:
        seen: list[tuple[int, int]] = []
        while time.monotonic() < until + 1:
            for entry in feed.read(after=seen[-1][0] if seen else 0, limit=limit):
                seen.append((entry.cursor or 0, entry.pk))
        return seen

    results = together(*(lambda seed=seed: move(seed) for seed in (1, 2, 3)), lambda: read(7), lambda: read(100))
    feed.number()
    everything = list(LedgerEntry.objects.order_by("cursor").values_list("cursor", "pk"))
    assert len(everything) > 50
    assert [cursor for cursor, _ in everything] == list(range(1, len(everything) + 1))
    for seen in results[3:]:
        seen += [(entry.cursor or 0, entry.pk) for entry in feed.read(after=seen[-1][0], limit=100_000)]
        assert seen == everything


def test_numbering_waits_for_a_numbering_that_has_not_committed():
    ada, bob = ContactFactory().pk, ContactFactory().pk
    guests = services.create_segment(name="Guests", kind="static", actor=SYSTEM).pk
    with ExitStack() as background, transaction.atomic():
        services.add_members(guests, [ada], actor=SYSTEM)
        assert feed.number() == 1
        background.enter_context(in_background(lambda: number_another(guests, bob)))
        time.sleep(0.5)
    assert list(LedgerEntry.objects.order_by("cursor").values_list("cursor", "contact_id")) == [(1, ada), (2, bob)]


def number_another(segment: int, contact: int) -> None:
    LedgerEntry.objects.create(
        segment_id=segment, contact_id=contact, change="entered", at=clock.now(), cause="manual", version=0
    )
    feed.number()
