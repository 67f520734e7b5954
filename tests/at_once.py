"""Several at once, each on a connection of its own: people who write, workers, builds."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from random import Random
from typing import Any

from django.db import connection, transaction

from contacts.models import Contact, ContactChange, Event
from crmseg.common import clock
from crmseg.common.actor import SYSTEM
from segments import services
from segments.engine import audit, drain
from segments.engine.clock import pop_due
from segments.models import LedgerEntry, Membership, Segment

from .factories import ContactFactory, EventFactory, EventTypeFactory

ITALIANS = {"property": "country", "op": "is", "value": "IT"}
FREQUENT = {"event": "Order Completed", "op": "gte", "value": 2, "window": {"last": 1, "unit": "hour"}}
FRESH = {"event": "Order Completed", "op": "did", "window": {"last": 1, "unit": "minute"}}


def together(*jobs: Callable[[], Any], patience: float = 90) -> list[Any]:
    """Run the jobs at once, each on a connection of its own; what one raises is raised here."""
    results: list[Any] = [None] * len(jobs)
    raised: list[BaseException] = []
    ready = threading.Barrier(len(jobs))

    def run(index: int, job: Callable[[], Any]) -> None:
        try:
            ready.wait()
            results[index] = job()
        except BaseException as error:
            raised.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=pair, daemon=True) for pair in enumerate(jobs)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(patience)
    assert not any(thread.is_alive() for thread in threads), "somebody still waits"
    if raised:
        raise raised[0]
    return results


@contextmanager
def in_background(job: Callable[[], Any]) -> Iterator[None]:
    raised: list[BaseException] = []

    def run() -> None:
        try:
            job()
        except BaseException as error:
            raised.append(error)
        finally:
            connection.close()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    yield
    thread.join(90)
    assert not thread.is_alive(), "somebody still waits"
    if raised:
        raise raised[0]


def people(n: int = 40) -> list[int]:
    EventTypeFactory()
    return [ContactFactory(country="FR").pk for _ in range(n)]


def active(name: str, definition: object) -> int:
    return services.create_segment(name=name, kind="active", definition=definition, actor=SYSTEM).pk


def stored(segment: int) -> set[int]:
    return set(Membership.objects.filter(segment=segment).values_list("contact_id", flat=True))


def write(seed: int, ids: list[int], until: float) -> int:
    """Change, add and delete contacts and events, in transactions that sometimes commit late."""
    random, done = Random(seed), 0
    while time.monotonic() < until:
        pk, kind = random.choice(ids), random.random()
        with transaction.atomic():
            if kind < 0.4:
                Contact.objects.filter(pk=pk).update(country=random.choice(("IT", "FR")))
            elif kind < 0.8:
                if Contact.objects.select_for_update().filter(pk=pk).exists():
                    ago = timedelta(seconds=random.choice((1, 30, 59.2, 59.7, 4000)))
                    EventFactory(contact_id=pk, contact=None, occurred_at=clock.now() - ago)
            elif kind < 0.9:
                Event.objects.filter(contact_id=pk).delete()
            elif kind < 0.95:
                ids.append(ContactFactory(country="IT").pk)
            else:
                Contact.objects.filter(pk=pk).delete()
            if random.random() < 0.2:
                time.sleep(0.02)
        done += 1
    return done


def work(until: float) -> None:
    """What a worker does when it is rung all the time."""
    while time.monotonic() < until:
        if not drain.drain() + pop_due(clock.now()):
            time.sleep(0.005)


def assert_all_is_true() -> None:
    """Lists, sizes and the ledger agree with each other and with the truth."""
    found = audit.audit()
    assert (found.missing, found.extra) == (0, 0), found.differences
    assert not ContactChange.objects.exists()
    for segment in Segment.objects.all():
        members = stored(segment.pk)
        assert segment.size == len(members)
        inside: set[int] = set()
        for entry in LedgerEntry.objects.filter(segment_id=segment.pk).order_by("id"):
            assert (entry.contact_id in inside) == (entry.change == "left"), "entries and exits take turns"
            inside ^= {entry.contact_id}
        assert inside == members
