"""Lists whose rule is overridden, by pins or by delays: made, built, and held against the truth."""

from __future__ import annotations

from datetime import timedelta

import pytest

from contacts.models import Contact
from crmseg.common import clock
from crmseg.common.actor import SYSTEM
from segments import services
from segments.engine import audit, drain
from segments.engine.clock import pop_due
from segments.models import LedgerEntry, Segment
from tests.built import build_all, members

ITALIANS = {"property": "country", "op": "is", "value": "IT"}
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def at(monkeypatch):
    """A clock that stands still until it is moved on."""
    now = [clock.now()]
    monkeypatch.setattr(clock, "now", lambda: now[0])

    def on(step):
        now[0] += step
        while pop_due(clock.now()):
            pass
        drain.drain()

    return on


def active(name="Italians", definition=ITALIANS, **details):
    segment = services.create_segment(name=name, kind="active", definition=definition, actor=SYSTEM, **details)
    build_all()
    return segment.pk


def pin(segment, *contacts, direction="in", **options):
    pinned = services.pin(segment, [one.pk for one in contacts], direction=direction, actor=SYSTEM, **options)
    drain.drain()
    return pinned


def unpin(segment, *contacts):
    unpinned = services.unpin(segment, [one.pk for one in contacts], actor=SYSTEM)
    drain.drain()
    return unpinned


def move(contact, country):
    Contact.objects.filter(pk=contact.pk).update(country=country)
    drain.drain()


def ledger(segment):
    return list(LedgerEntry.objects.filter(segment_id=segment).order_by("id").values_list("change", "cause"))


def is_true():
    found = audit.audit()
    assert (found.missing, found.extra) == (0, 0), found.differences
    for segment in Segment.objects.all():
        assert segment.size == len(members(segment.pk))
    return True
