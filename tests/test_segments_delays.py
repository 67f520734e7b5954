"""Entry and exit delays: the rule counts once it has held, or not held, for long enough."""

from __future__ import annotations

from datetime import timedelta

import pytest

from contacts.models import Contact
from crmseg.common import clock
from crmseg.common.actor import SYSTEM
from crmseg.common.problems import InvalidInput
from segments import percentiles, services
from segments.engine import audit, drain
from segments.engine.clock import pop_due
from segments.models import ContactDue, LedgerEntry, PendingMove, Segment

from .factories import ContactFactory
from .overriding import DAY, HOUR, ITALIANS, active, at, build_all, is_true, ledger, members, move, pin, unpin

pytestmark = pytest.mark.django_db
__all__ = ["at"]


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


def test_a_static_list_has_no_delays():
    with pytest.raises(InvalidInput) as refused:
        services.create_segment(name="Guests", kind="static", entry_delay=DAY, actor=SYSTEM)
    assert [one.pointer for one in refused.value.problems] == ["/entry_delay"]
    with pytest.raises(InvalidInput):
        active(exit_delay=timedelta(days=4000))
