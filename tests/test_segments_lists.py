"""Lists stay true: builds, changes, the clock, nesting, and the ledger that remembers."""

from __future__ import annotations

from datetime import timedelta

import pytest

from contacts.models import AttributeDefinition, Contact
from contacts.services import delete_attribute
from crmseg.access.signals import account_changed
from crmseg.common import clock
from crmseg.common.actor import SYSTEM
from crmseg.common.problems import Conflict
from segments import services
from segments.engine import audit, build, drain, feed
from segments.engine.clock import pop_due
from segments.models import LedgerEntry, Membership
from tests.built import members

pytestmark = pytest.mark.django_db
ITALIANS = {"property": "country", "op": "is", "value": "IT"}


def active(name, definition):
    segment = services.create_segment(name=name, kind="active", definition=definition, actor=SYSTEM)
    build.run_waiting()
    segment.refresh_from_db()
    return segment


def test_a_new_list_holds_everybody_who_matches():
    ada, bob = Contact.objects.create(country="IT"), Contact.objects.create(country="FR")
    segment = active("Italians", ITALIANS)
    assert (members(segment), segment.size, segment.state) == ({ada.pk}, 1, "live")
    assert bob.pk not in members(segment)


def test_a_contact_who_moves_enters_and_the_ledger_says_why():
    ada = Contact.objects.create(country="FR")
    drain.drain()
    segment = active("Italians", ITALIANS)
    Contact.objects.filter(pk=ada.pk).update(country="it")
    drain.drain()
    entry = LedgerEntry.objects.get(segment_id=segment.pk)
    assert (entry.change, entry.cause, entry.version, entry.contact_id) == ("entered", "attribute:country", 1, ada.pk)


def test_a_list_of_a_list_follows_it_in_the_same_step():
    ada = Contact.objects.create(country="IT")
    italians = active("Italians", ITALIANS)
    others = active("Others", {"not": {"segment": italians.pk, "op": "in"}})
    assert members(others) == set()
    Contact.objects.filter(pk=ada.pk).update(country="FR")
    drain.drain()
    assert (members(italians), members(others)) == (set(), {ada.pk})


def test_time_alone_moves_a_contact_out_at_the_next_pop():
    now = clock.now()
    ada = Contact.objects.create()
    Contact.objects.filter(pk=ada.pk).update(created_at=now - timedelta(days=6, hours=23))
    segment = active("New this week", {"property": "created_at", "op": "in_last", "value": 7, "unit": "day"})
    drain.drain()
    assert members(segment) == {ada.pk}
    assert pop_due(clock.now()) == 0
    assert pop_due(now + timedelta(hours=2)) == 1
    assert members(segment) == set()
    assert LedgerEntry.objects.filter(change="left").get().cause == "clock"


def test_a_deleted_contact_leaves_every_list_with_a_row_in_the_ledger():
    ada = Contact.objects.create(country="IT")
    segment = active("Italians", ITALIANS)
    guests = services.create_segment(name="Guests", kind="static", actor=SYSTEM)
    services.add_members(guests.pk, [ada.pk], actor=SYSTEM)
    pk = ada.pk
    ada.delete()
    drain.drain()
    left = LedgerEntry.objects.filter(contact_id=pk, change="left")
    assert sorted(left.values_list("segment_id", "cause")) == sorted([(segment.pk, "deleted"), (guests.pk, "deleted")])


def test_the_audit_finds_what_a_hand_in_the_database_broke():
    ada = Contact.objects.create(country="IT")
    bob = Contact.objects.create(country="FR")
    segment = active("Italians", ITALIANS)
    assert audit.audit().summary() == {"segments": 1, "contacts": 2, "missing": 0, "extra": 0}
    Membership.objects.filter(segment=segment).delete()
    Membership.objects.create(segment=segment, contact_id=bob.pk, entered_at=clock.now())
    found = audit.audit()
    assert (found.missing, found.extra) == (1, 1)
    assert audit.repair(found) == 2
    assert members(segment) == {ada.pk}


def test_the_feed_numbers_committed_rows_without_a_gap():
    Contact.objects.create(country="IT")
    Contact.objects.create(country="IT")
    active("Italians", ITALIANS)
    first = feed.read(after=0, limit=1)
    rest = feed.read(after=first[0].cursor, limit=10)
    assert [entry.cursor for entry in [*first, *rest]] == [1, 2]


def test_a_new_zone_of_the_account_looks_at_everybody_again():
    segment = active("Born in spring", {"property": "age", "op": "gte", "value": 18})
    account_changed.send(sender=None, changes={"time_zone"})
    segment.refresh_from_db()
    assert segment.state == "building"
    assert segment.builds.order_by("-pk").first().cause == "account"


def test_an_attribute_that_a_list_reads_is_not_deleted():
    attribute = AttributeDefinition.objects.create(key="plan", label="Plan", type="text")
    active("On a plan", {"property": "plan", "op": "is_known"})
    with pytest.raises(Conflict, match="On a plan"):
        delete_attribute(attribute.pk, actor=SYSTEM)
