"""Lists that ask about colleagues, and lists that read the ledger of others: both true in the end, whoever moved."""

from __future__ import annotations

from datetime import timedelta

import pytest

from contacts.models import Company, Contact, ContactChange
from crmseg.common import clock
from crmseg.common.actor import SYSTEM
from segments import services
from segments.engine import audit, build, drain
from segments.engine.clock import pop_due
from segments.engine.live import in_order, in_stages, live_lists
from segments.models import LedgerEntry
from tests.built import build_all, members

from .factories import CompanyFactory, ContactFactory, EventFactory

pytestmark = pytest.mark.django_db
ITALIANS = {"property": "country", "op": "is", "value": "IT"}
BUYERS = {"event": "Order Completed", "op": "did", "window": {"last": 1, "unit": "hour"}}


@pytest.fixture
def acme():
    return CompanyFactory()


def any_colleague(node):
    return {"colleagues": "any", "of": node}


def active(name, definition, **details):
    segment = services.create_segment(name=name, kind="active", definition=definition, actor=SYSTEM, **details)
    build_all()
    return segment.pk


def change(contact, **values):
    Contact.objects.filter(pk=contact.pk).update(**values)
    drain.drain()


def is_true():
    found = audit.audit()
    assert (found.missing, found.extra) == (0, 0), found.differences
    return True


def test_colleagues_of_a_contact_that_changes_are_looked_at_again(acme):
    ada, bob = ContactFactory(company=acme, country="FR"), ContactFactory(company=acme)
    eve = ContactFactory(country="IT")
    segment = active("With an Italian colleague", any_colleague(ITALIANS))
    assert members(segment) == set()
    change(ada, country="IT")
    assert members(segment) == {bob.pk}
    assert LedgerEntry.objects.get().cause == "colleague:attribute:country"
    change(bob, country="IT")
    assert members(segment) == {ada.pk, bob.pk}
    change(ada, country="FR")
    assert members(segment) == {ada.pk}
    assert eve.pk not in members(segment)
    assert is_true()


def test_colleagues_are_told_whatever_happens_to_whom_they_work_with(acme):
    bob = ContactFactory(company=acme)
    segment = active("With a buying colleague", any_colleague(BUYERS))
    ada = ContactFactory(company=acme)
    EventFactory(contact=ada)
    drain.drain()
    assert members(segment) == {bob.pk}
    change(ada, company=CompanyFactory())
    assert members(segment) == set()
    change(ada, company=acme)
    assert members(segment) == {bob.pk}
    Contact.objects.filter(pk=ada.pk).delete()
    drain.drain()
    assert members(segment) == set()
    eve = ContactFactory(company=acme)
    EventFactory(contact=eve)
    drain.drain()
    assert members(segment) == {bob.pk}
    Company.objects.all().delete()
    drain.drain()
    assert members(segment) == set()
    assert is_true()


def test_time_moves_colleagues_too(acme, monkeypatch):
    ada, bob = ContactFactory(company=acme), ContactFactory(company=acme)
    EventFactory(contact=ada)
    segment = active("With a buying colleague", any_colleague(BUYERS))
    assert members(segment) == {bob.pk}
    later = clock.now() + timedelta(hours=2)
    monkeypatch.setattr(clock, "now", lambda: later)
    while pop_due(clock.now()):
        pass
    assert members(segment) == set()
    assert not ContactChange.objects.exists()


def test_a_list_of_colleagues_follows_a_list_whoever_moves_it(acme):
    ada, bob = ContactFactory(company=acme, country="FR"), ContactFactory(company=acme, country="FR")
    italians = active("Italians", ITALIANS)
    guests = services.create_segment(name="Guests", kind="static", actor=SYSTEM).pk
    near = active("Near", any_colleague({"any": [{"segment": italians}, {"segment": guests}]}))
    change(ada, country="IT")
    assert members(near) == {bob.pk}
    change(ada, country="FR")
    assert members(near) == set()
    services.add_members(guests, [bob.pk], actor=SYSTEM)
    drain.drain()
    assert members(near) == {ada.pk}
    services.pin(italians, [ada.pk], direction="in", actor=SYSTEM)
    drain.drain()
    assert members(near) == {ada.pk, bob.pk}
    services.update_segment(italians, definition={"not": ITALIANS}, actor=SYSTEM)
    services.remove_members(guests, [bob.pk], actor=SYSTEM)
    build_all()
    assert members(near) == {ada.pk, bob.pk}
    assert is_true()


def test_lists_built_together_agree_about_colleagues(acme):
    ContactFactory(company=acme, country="IT")
    bob = ContactFactory(company=acme)
    italians = services.create_segment(name="Italians", kind="active", definition=ITALIANS, actor=SYSTEM).pk
    near = services.create_segment(
        name="Near", kind="active", definition=any_colleague({"segment": italians}), actor=SYSTEM
    ).pk
    build_all()
    assert members(near) == {bob.pk}
    assert is_true()


def test_a_large_company_is_gone_through_once(acme):
    people = [ContactFactory(company=acme) for _ in range(30)]
    segment = active("With an Italian colleague", any_colleague(ITALIANS))
    Contact.objects.update(country="IT")
    assert drain.drain_batch() == 30
    assert sorted(ContactChange.objects.values_list("contact_id", flat=True)) == sorted(one.pk for one in people)
    drain.drain()
    assert len(members(segment)) == 30


def test_nobody_is_told_where_no_list_asks_about_colleagues(acme):
    ada = ContactFactory(company=acme)
    ContactFactory(company=acme)
    active("Italians", ITALIANS)
    Contact.objects.filter(pk=ada.pk).update(country="IT")
    assert drain.drain_batch() == 1
    assert not ContactChange.objects.exists()


def test_what_follows_from_a_quiet_edit_is_quiet_for_colleagues_too(acme):
    ContactFactory(company=acme, country="IT")
    bob = ContactFactory(company=acme, country="FR")
    segment = active("List", {"not": {"property": "country", "op": "is_known"}})
    near = active("Near", any_colleague({"segment": segment}))
    services.update_segment(segment, definition=ITALIANS, quiet=True, actor=SYSTEM)
    build_all()
    assert members(near) == {bob.pk}
    assert set(LedgerEntry.objects.values_list("quiet", flat=True)) == {True}


# Readers of the ledger


def joined(segment, **window):
    return {"segment": segment, "op": "joined_in", "window": window or {"last": 1, "unit": "day"}}


def test_a_list_that_reads_the_ledger_sees_the_moves_of_the_same_change():
    ada = ContactFactory(country="FR")
    italians = active("Italians", ITALIANS)
    newly = active("Newly Italian", joined(italians))
    once = active("Once newly Italian", {"any": [joined(newly), {"segment": newly}]})
    change(ada, country="IT")
    assert (members(italians), members(newly), members(once)) == ({ada.pk},) * 3
    assert len(set(LedgerEntry.objects.values_list("at", flat=True))) == 1
    assert is_true()


def test_lists_are_answered_stage_by_stage_and_mostly_there_is_one():
    italians = active("Italians", ITALIANS)
    others = active("Others", {"not": {"segment": italians}})
    assert [len(stage) for stage in in_stages(in_order(live_lists().values()))] == [2]
    newly = active("Newly", joined(others))
    asks = active("Asks", {"segment": newly})
    stages = [{listed.id for listed in stage} for stage in in_stages(in_order(live_lists().values()))]
    assert stages == [{italians, others}, {newly, asks}]
    assert in_stages([]) == [()]


def test_lists_built_together_see_what_the_builds_wrote():
    ada = ContactFactory(country="IT")
    italians = services.create_segment(name="Italians", kind="active", definition=ITALIANS, actor=SYSTEM).pk
    newly = services.create_segment(name="Newly", kind="active", definition=joined(italians), actor=SYSTEM).pk
    asks = services.create_segment(name="Asks", kind="active", definition={"not": {"segment": newly}}, actor=SYSTEM).pk
    assert build.run_waiting() == 3
    assert (members(italians), members(newly), members(asks)) == ({ada.pk}, {ada.pk}, set())
    assert is_true()


def test_who_has_left_is_seen_in_the_same_change_and_forgotten_at_its_instant(monkeypatch):
    ada = ContactFactory(country="IT")
    italians = active("Italians", ITALIANS)
    gone = active("Gone", {"segment": italians, "op": "left_in", "window": {"last": 1, "unit": "hour"}})
    change(ada, country="FR")
    assert members(gone) == {ada.pk}
    later = LedgerEntry.objects.get(segment_id=gone).at + timedelta(hours=1, microseconds=1)
    monkeypatch.setattr(clock, "now", lambda: later)
    while pop_due(clock.now()):
        pass
    assert members(gone) == set()
