"""Pins: in or out, whatever the rule says, at once and until they expire; and the rule goes on underneath."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from contacts import privacy
from crmseg.access.models import AuditEntry
from crmseg.common import clock
from crmseg.common.actor import SYSTEM
from crmseg.common.problems import Conflict, InvalidInput
from segments import services
from segments.engine import audit, drain
from segments.engine.refresh import refresh
from segments.models import ContactDue, Membership, Pin, Segment

from .factories import ContactFactory
from .overriding import HOUR, ITALIANS, active, at, build_all, is_true, ledger, members, move, pin, unpin

pytestmark = pytest.mark.django_db
__all__ = ["at"]


def test_a_contact_pinned_in_is_in_at_once_and_one_pinned_out_is_out():
    ada, bob, eve = ContactFactory(country="IT"), ContactFactory(country="FR"), ContactFactory(country="IT")
    segment = active()
    assert pin(segment, bob, reason="Asked for it") == 1
    assert pin(segment, ada, direction="out") == 1
    assert members(segment) == {bob.pk, eve.pk}
    assert ledger(segment)[2:] == [("entered", "pin"), ("left", "pin")]
    assert Segment.objects.get().definition == ITALIANS
    assert is_true()


def test_a_pinned_contact_stays_whatever_the_rule_says_and_the_rule_counts_again_when_the_pin_is_gone():
    ada = ContactFactory(country="FR")
    segment = active()
    pin(segment, ada)
    move(ada, "IT")
    move(ada, "FR")
    assert ledger(segment) == [("entered", "pin")]
    assert unpin(segment, ada) == 1
    assert (members(segment), Pin.objects.count()) == (set(), 0)
    assert ledger(segment)[-1] == ("left", "pin removed")
    assert unpin(segment, ada) == 0
    assert is_true()


def test_a_pin_expires_at_its_instant(at):
    ada = ContactFactory(country="FR")
    segment = active()
    pin(segment, ada, expires_at=clock.now() + HOUR)
    assert ContactDue.objects.get().due_at == clock.now() + HOUR
    at(HOUR - timedelta(microseconds=1))
    assert members(segment) == {ada.pk}
    at(timedelta(microseconds=1))
    assert (members(segment), Pin.objects.count(), ContactDue.objects.count()) == (set(), 0, 0)
    assert ledger(segment)[-1] == ("left", "pin expired")
    assert is_true()


def test_a_new_pin_takes_the_place_of_the_old_one():
    ada = ContactFactory(country="IT")
    segment = active()
    pin(segment, ada, direction="out", expires_at=clock.now() + HOUR)
    pin(segment, ada, direction="in", reason="After all")
    assert (members(segment), Pin.objects.get().reason, Pin.objects.get().expires_at) == ({ada.pk}, "After all", None)
    assert is_true()


def test_lists_that_ask_a_list_see_its_pins():
    ada, bob = ContactFactory(country="IT"), ContactFactory(country="FR")
    segment = active()
    others = active("Others", {"not": {"segment": segment, "op": "in"}})
    pin(segment, bob)
    pin(segment, ada, direction="out")
    assert (members(segment), members(others)) == ({bob.pk}, {ada.pk})
    assert ledger(others)[-1] == ("entered", f"segment:{segment}")
    services.refresh_now(others, actor=SYSTEM)
    services.refresh_now(segment, actor=SYSTEM)
    build_all()
    assert (members(segment), members(others)) == ({bob.pk}, {ada.pk})
    assert is_true()


def test_pins_outlive_builds_and_edits():
    ada, bob = ContactFactory(country="IT"), ContactFactory(country="FR")
    segment = active()
    pin(segment, bob)
    pin(segment, ada, direction="out")
    services.update_segment(segment, definition={"property": "country", "op": "is_known"}, actor=SYSTEM)
    build_all()
    assert members(segment) == {bob.pk}
    unpin(segment, ada, bob)
    assert members(segment) == {ada.pk, bob.pk}
    assert is_true()


def test_a_pin_that_is_set_before_the_first_build_counts_in_it():
    ada, bob = ContactFactory(country="IT"), ContactFactory(country="FR")
    segment = services.create_segment(name="Italians", kind="active", definition=ITALIANS, actor=SYSTEM).pk
    pin(segment, bob)
    pin(segment, ada, direction="out", expires_at=clock.now() + HOUR)
    build_all()
    assert members(segment) == {bob.pk}
    assert ContactDue.objects.get().contact_id == ada.pk
    assert is_true()


def test_pins_go_with_their_contact_and_with_their_list():
    ada, bob = ContactFactory(country="IT"), ContactFactory(country="IT")
    segment = active()
    pin(segment, ada, bob)
    ada.delete()
    drain.drain()
    assert list(Pin.objects.values_list("contact_id", flat=True)) == [bob.pk]
    services.to_static(segment, actor=SYSTEM)
    assert (Pin.objects.count(), members(segment)) == (0, {bob.pk})


def test_nobody_is_pinned_who_does_not_exist_nor_in_a_static_list():
    segment = active()
    assert services.pin(segment, [10**12], direction="in", actor=SYSTEM) == 0
    static = services.create_segment(name="Guests", kind="static", actor=SYSTEM).pk
    with pytest.raises(Conflict, match="Pins are for active lists"):
        services.pin(static, [1], direction="in", actor=SYSTEM)
    with pytest.raises(InvalidInput) as refused:
        services.pin(segment, [1], direction="up", reason="\0", expires_at=clock.now(), actor=SYSTEM)
    assert [one.pointer for one in refused.value.problems] == ["/direction", "/reason", "/expires_at"]


def test_a_pin_does_not_last_until_the_calendar_ends():
    """What is stored of its last year could not be read back, and no list with such a pin was built any more."""
    ada, segment = ContactFactory(), active()
    with pytest.raises(InvalidInput, match="/expires_at"):
        pin(segment, ada, expires_at=datetime.fromisoformat("9999-12-31T23:59:59-12:00"))
    assert not Pin.objects.exists()


def test_who_pinned_whom_is_kept():
    ada = ContactFactory()
    segment = active()
    pin(segment, ada, reason="A friend of the house")
    unpin(segment, ada)
    said = list(AuditEntry.objects.order_by("id").values_list("action", flat=True))
    assert said[-2:] == ["pinned contacts in", "unpinned contacts in"]


def test_pins_are_given_to_whom_they_are_about_and_their_reasons_forgotten_with_her():
    ada = ContactFactory(country="FR")
    segment = active()
    pin(segment, ada, reason="Met at the fair")
    (given,) = privacy.export_contact(ada)["pins"]
    assert (given["list"], given["direction"], given["reason"]) == ("Italians", "in", "Met at the fair")
    privacy.erase_contact(ada.pk, actor=SYSTEM)
    assert not Pin.objects.exclude(reason="").exists()
    drain.drain()
    assert (Pin.objects.count(), members(segment)) == (0, set())


def test_the_audit_finds_a_pin_that_nobody_followed():
    ada, bob = ContactFactory(country="IT"), ContactFactory(country="FR")
    segment = active()
    pin(segment, bob)
    Membership.objects.filter(contact_id=bob.pk).delete()
    Pin.objects.create(
        segment_id=segment, contact_id=ada.pk, direction="out", author="a hand", created_at=clock.now(), held=True
    )
    found = audit.audit()
    assert [(one.missing, one.extra) for one in found.differences] == [([bob.pk], [ada.pk])]
    audit.repair(found)
    Segment.objects.update(size=1)
    assert members(segment) == {bob.pk}
    assert is_true()


def test_where_nobody_is_pinned_and_nothing_waits_nothing_more_is_asked_of_the_database():
    ada = ContactFactory(country="FR")
    drain.drain()
    active()
    with CaptureQueriesContext(connection) as captured:
        refresh({ada.pk: {"attribute:country"}}, clock.now())
    asked = [query["sql"] for query in captured]
    assert len([sql for sql in asked if "segments_pin" in sql]) == 1, "whether anybody is, with the lists themselves"
    assert not [sql for sql in asked if "segments_pendingmove" in sql or "contacts_contactchange" in sql]
