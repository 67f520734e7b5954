"""Pins: in or out, whatever the rule says, at once and until they expire; and the rule goes on underneath."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from contacts import privacy
from contacts.models import Contact
from crmseg.access.models import AuditEntry
from crmseg.common import clock
from crmseg.common.actor import SYSTEM
from crmseg.common.problems import Conflict, InvalidInput
from segments import percentiles, services
from segments.engine import audit, build, drain
from segments.engine.clock import pop_due
from segments.engine.refresh import refresh
from segments.models import ContactDue, LedgerEntry, Membership, PendingMove, Pin, Segment

from .factories import ContactFactory

pytestmark = pytest.mark.django_db
ITALIANS = {"property": "country", "op": "is", "value": "IT"}
HOUR = timedelta(hours=1)


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


def build_all():
    while build.run_waiting():
        pass
    drain.drain()


def members(segment):
    return set(Membership.objects.filter(segment=segment).values_list("contact_id", flat=True))


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


# Entry and exit delays


DAY = timedelta(days=1)


def test_who_comes_to_match_enters_when_the_rule_has_held_for_long_enough(at):
    ada = ContactFactory(country="FR")
    segment = active(entry_delay=3 * DAY)
    move(ada, "IT")
    assert (members(segment), PendingMove.objects.get().entering) == (set(), True)
    assert ContactDue.objects.get().due_at == clock.now() + 3 * DAY
    at(3 * DAY - timedelta(microseconds=1))
    assert members(segment) == set()
    assert is_true()
    at(timedelta(microseconds=1))
    assert (members(segment), PendingMove.objects.count()) == ({ada.pk}, 0)
    assert ledger(segment) == [("entered", "delay")]
    assert LedgerEntry.objects.get().at == clock.now()
    move(ada, "FR")
    assert members(segment) == set()
    assert is_true()


def test_who_stops_matching_leaves_when_that_has_lasted(at):
    ada = ContactFactory(country="IT")
    segment = active(exit_delay=DAY)
    move(ada, "FR")
    assert members(segment) == {ada.pk}
    assert is_true()
    at(DAY)
    assert (members(segment), ledger(segment)[-1]) == (set(), ("left", "delay"))
    move(ada, "IT")
    assert members(segment) == {ada.pk}
    assert is_true()


def test_a_rule_that_changes_its_mind_starts_the_delay_anew(at):
    ada = ContactFactory(country="FR")
    segment = active(entry_delay=3 * DAY)
    move(ada, "IT")
    at(2 * DAY)
    move(ada, "FR")
    assert PendingMove.objects.count() == 0
    move(ada, "IT")
    at(2 * DAY)
    assert members(segment) == set()
    at(DAY)
    assert members(segment) == {ada.pk}
    assert is_true()


def test_a_change_of_mind_in_the_very_instant_counts(at, monkeypatch):
    ada = ContactFactory(country="FR")
    segment = active(entry_delay=DAY)
    move(ada, "IT")
    then = clock.now() + DAY
    monkeypatch.setattr(clock, "now", lambda: then)
    Contact.objects.filter(pk=ada.pk).update(country="FR")
    pop_due(clock.now())
    drain.drain()
    assert (ledger(segment), PendingMove.objects.count(), ContactDue.objects.count()) == ([], 0, 0)
    assert is_true()


def test_other_changes_do_not_start_the_delay_anew(at):
    ada = ContactFactory(country="FR")
    segment = active(definition={"any": [ITALIANS, {"property": "city", "op": "is", "value": "Rome"}]}, entry_delay=DAY)
    move(ada, "IT")
    at(DAY / 2)
    Contact.objects.filter(pk=ada.pk).update(city="Rome")
    drain.drain()
    at(DAY / 2)
    assert members(segment) == {ada.pk}


def test_a_build_lets_the_rule_count_at_once(at):
    ada, bob = ContactFactory(country="IT"), ContactFactory(country="FR")
    segment = active(entry_delay=DAY, exit_delay=DAY)
    assert members(segment) == {ada.pk}
    move(ada, "FR")
    move(bob, "IT")
    assert members(segment) == {ada.pk}
    services.refresh_now(segment, actor=SYSTEM)
    build_all()
    assert (members(segment), PendingMove.objects.count()) == ({bob.pk}, 0)
    assert is_true()


def test_delays_count_when_only_the_values_at_percentages_have_moved(at):
    """Nobody edits anything: everybody is compared with other values, as happens every hour."""
    low, high, pinned = ContactFactory(budget=1), ContactFactory(budget=10), ContactFactory(budget=2)
    ContactFactory(budget=3)
    upper = {"property": "budget", "op": "percentile_between", "value": [75, 100]}
    segment = active("Upper", upper, exit_delay=DAY)
    others = services.create_segment(
        name="Others",
        kind="active",
        definition={"all": [{"segment": segment, "op": "not_in"}, {"not": upper}]},
        actor=SYSTEM,
    ).pk
    build_all()
    before = members(segment)
    assert high.pk in before
    assert low.pk not in before
    pin(segment, pinned)
    for _ in range(8):
        ContactFactory(budget=100)
    drain.drain()
    percentiles.recompute()
    build_all()
    assert members(segment) >= before | {pinned.pk}, "whoever is not among the upper any more waits for a day"
    assert set(PendingMove.objects.values_list("contact_id", flat=True)) == before
    assert members(others) == {low.pk}
    assert is_true()
    at(DAY)
    assert members(segment).isdisjoint(before)
    assert members(others) >= before
    assert is_true()


def test_lists_that_ask_a_delayed_list_see_who_is_in_it(at):
    ada = ContactFactory(country="FR")
    segment = active(entry_delay=DAY)
    others = active(
        "Others", {"all": [{"segment": segment, "op": "not_in"}, {"property": "country", "op": "is_known"}]}
    )
    move(ada, "IT")
    assert members(others) == {ada.pk}
    assert is_true()
    at(DAY)
    assert members(others) == set()
    assert is_true()


def test_delays_go_on_under_a_pin_which_acts_at_once(at):
    ada = ContactFactory(country="FR")
    segment = active(entry_delay=DAY, exit_delay=DAY)
    pin(segment, ada)
    assert members(segment) == {ada.pk}
    assert is_true()
    unpin(segment, ada)
    assert members(segment) == set(), "it was in by the pin alone, so there is nothing to wait for"
    pin(segment, ada, direction="out")
    move(ada, "IT")
    at(DAY)
    assert members(segment) == set()
    assert is_true()
    unpin(segment, ada)
    assert members(segment) == {ada.pk}, "the rule has held for a day"
    assert is_true()


def test_other_delays_count_for_those_who_wait(at):
    ada, bob = ContactFactory(country="FR"), ContactFactory(country="IT")
    segment = active(entry_delay=3 * DAY, exit_delay=3 * DAY)
    move(ada, "IT")
    move(bob, "FR")
    at(DAY)
    services.update_segment(segment, entry_delay=2 * DAY, exit_delay=DAY, actor=SYSTEM)
    drain.drain()
    assert members(segment) == set()
    at(DAY)
    assert members(segment) == {ada.pk}
    move(ada, "FR")
    services.update_segment(segment, entry_delay=None, exit_delay=timedelta(0), actor=SYSTEM)
    drain.drain()
    assert (members(segment), PendingMove.objects.count()) == (set(), 0)
    assert Segment.objects.get().exit_delay is None
    assert is_true()


def test_time_alone_starts_a_delay_and_ends_it(at):
    ada = ContactFactory()
    Contact.objects.update(created_at=clock.now())
    fresh = {"property": "created_at", "op": "in_last", "value": 1, "unit": "day"}
    segment = active("Fresh", fresh, exit_delay=HOUR)
    assert members(segment) == {ada.pk}
    at(DAY + timedelta(seconds=1))
    assert members(segment) == {ada.pk}
    at(HOUR)
    assert members(segment) == set()
    assert is_true()


def test_a_contact_that_is_deleted_leaves_without_delay(at):
    ContactFactory(country="IT")
    bob = ContactFactory(country="FR")
    segment = active(entry_delay=DAY, exit_delay=DAY)
    move(bob, "IT")
    Contact.objects.all().delete()
    drain.drain()
    assert (members(segment), PendingMove.objects.count(), ContactDue.objects.count()) == (set(), 0, 0)


def test_the_audit_finds_pending_moves_that_are_late_lost_or_without_reason(at):
    ada, bob, eve = (ContactFactory(country="FR") for _ in range(3))
    segment = active(entry_delay=DAY)
    for one in (ada, bob):
        move(one, "IT")
    assert is_true()
    PendingMove.objects.filter(contact_id=ada.pk).delete()
    PendingMove.objects.filter(contact_id=bob.pk).update(due_at=clock.now())
    PendingMove.objects.create(
        segment_id=segment, contact_id=eve.pk, entering=True, since=clock.now(), due_at=clock.now() + DAY
    )
    (found,) = audit.audit().differences
    assert (sorted(found.missing), found.extra) == ([ada.pk, bob.pk], [eve.pk])


def test_where_nobody_is_pinned_and_nothing_waits_nothing_more_is_asked_of_the_database():
    ada = ContactFactory(country="FR")
    drain.drain()
    active()
    with CaptureQueriesContext(connection) as captured:
        refresh({ada.pk: {"attribute:country"}}, clock.now())
    asked = [query["sql"] for query in captured]
    assert len([sql for sql in asked if "segments_pin" in sql]) == 1, "whether anybody is, with the lists themselves"
    assert not [sql for sql in asked if "segments_pendingmove" in sql or "contacts_contactchange" in sql]


def test_a_static_list_has_no_delays():
    with pytest.raises(InvalidInput) as refused:
        services.create_segment(name="Guests", kind="static", entry_delay=DAY, actor=SYSTEM)
    assert [one.pointer for one in refused.value.problems] == ["/entry_delay"]
    with pytest.raises(InvalidInput):
        active(exit_delay=timedelta(days=4000))
