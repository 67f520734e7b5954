"""Archived lists: what stands still, what is refused, what comes back, and what is deleted in the end."""

from datetime import timedelta

import pytest

from contacts import filters
from contacts import services as people
from contacts.models import Contact
from crmseg.access.models import AuditEntry
from crmseg.common import clock
from crmseg.common.actor import SYSTEM
from crmseg.common.problems import Conflict, InvalidInput
from segments import catalogue, nightly, selectors, services
from segments.engine import build, drain
from segments.engine.audit import audit
from segments.models import Build, LedgerEntry, PendingMove, Pin, Segment
from tests.built import members

from .at_once import assert_all_is_true
from .factories import ContactFactory

pytestmark = pytest.mark.django_db
ITALIANS = {"all": [{"property": "country", "op": "is", "value": "IT"}]}


def settle():
    while drain.drain() or build.run_waiting():
        pass


def active(name="Italians", definition=ITALIANS, **details):
    made = services.create_segment(name=name, kind="active", definition=definition, actor=SYSTEM, **details)
    settle()
    return made


def static(name="By hand", *contacts):
    made = services.create_segment(name=name, kind="static", actor=SYSTEM)
    services.add_members(made.pk, [contact.pk for contact in contacts], actor=SYSTEM)
    return made


def moves(segment):
    return list(
        LedgerEntry.objects.filter(segment_id=segment.pk).order_by("id").values_list("change", "cause", "quiet")
    )


def archived(segment):
    services.archive(segment.pk, actor=SYSTEM)
    segment.refresh_from_db()
    return segment


def test_an_archived_list_stands_still_and_says_nothing_to_the_ledger():
    ada, bob = ContactFactory(country="IT"), ContactFactory(country="FR")
    made = archived(active())
    before = moves(made)
    ada.country, bob.country = "FR", "IT"
    ada.save(), bob.save()
    settle()
    assert members(made) == {ada.pk}
    assert moves(made) == before == [("entered", "build", False)]
    found = audit()
    assert (found.segments, found.missing, found.extra) == (0, 0, 0)


def test_a_restored_list_is_built_anew_and_its_moves_trigger_nothing():
    ada, bob, cyd = ContactFactory(country="IT"), ContactFactory(country="FR"), ContactFactory(country="IT")
    made = archived(active())
    ada.country, bob.country = "FR", "IT"
    ada.save(), bob.save()
    settle()
    services.restore(made.pk, actor=SYSTEM)
    made.refresh_from_db()
    assert (made.state, made.archived_at) == ("building", None)
    settle()
    assert members(made) == {bob.pk, cyd.pk}
    assert sorted(moves(made)[2:]) == [("entered", "restored", True), ("left", "restored", True)]
    assert_all_is_true()


def test_a_static_list_comes_back_with_its_people_but_without_the_deleted_ones():
    ada, bob = ContactFactory(), ContactFactory()
    made = archived(static("By hand", ada, bob))
    ada.delete()
    settle()
    services.restore(made.pk, actor=SYSTEM)
    assert members(made) == {bob.pk}
    assert moves(made)[-1][:2] == ("left", "deleted")
    assert_all_is_true()


def test_whoever_is_merged_hands_on_the_place_in_an_archived_list_and_its_pin():
    ada, twin = ContactFactory(), ContactFactory()
    hand, rule = static("By hand", twin), active()
    services.pin(rule.pk, [twin.pk], direction="in", actor=SYSTEM)
    settle()
    archived(hand), archived(rule)
    people.merge_contacts(ada.pk, twin.pk, actor=SYSTEM)
    settle()
    assert members(hand) == {ada.pk}
    services.restore(hand.pk, actor=SYSTEM), services.restore(rule.pk, actor=SYSTEM)
    settle()
    assert members(rule) == {ada.pk}
    assert_all_is_true()


def test_a_list_in_use_is_not_archived_and_the_places_are_named():
    inner = active()
    active("Outer", {"segment": inner.pk, "op": "in"})
    with pytest.raises(Conflict, match="the list “Outer”"):
        services.archive(inner.pk, actor=SYSTEM)
    assert not Segment.objects.exclude(archived_at=None).exists()


def test_what_asks_an_archived_list_is_refused_until_it_is_back():
    inner = archived(active())
    with pytest.raises(InvalidInput):
        active("Outer", {"segment": inner.pk, "op": "in"})
    services.restore(inner.pk, actor=SYSTEM)
    settle()
    assert active("Outer", {"segment": inner.pk, "op": "in"}).pk


def test_nothing_can_be_done_to_an_archived_list_but_restore_and_delete_it():
    ada = ContactFactory(country="IT")
    rule, hand = archived(active()), archived(static())
    refused = [
        lambda: services.update_segment(rule.pk, name="Other", actor=SYSTEM),
        lambda: services.refresh_now(rule.pk, actor=SYSTEM),
        lambda: services.to_static(rule.pk, actor=SYSTEM),
        lambda: services.to_active(hand.pk, actor=SYSTEM),
        lambda: services.pin(rule.pk, [ada.pk], direction="in", actor=SYSTEM),
        lambda: services.add_members(hand.pk, [ada.pk], actor=SYSTEM),
        lambda: services.remove_members(hand.pk, [ada.pk], actor=SYSTEM),
        lambda: services.archive(hand.pk, actor=SYSTEM),
    ]
    for act in refused:
        with pytest.raises(Conflict, match="is archived"):
            act()
    assert services.rebuild_everything(actor=SYSTEM, cause="account") == 0
    services.delete_segment(hand.pk, actor=SYSTEM)
    assert not Segment.objects.filter(pk=hand.pk).exists()


def test_archived_lists_are_nowhere_to_be_chosen():
    ada = ContactFactory(country="IT")
    made = archived(active())
    assert made.pk not in catalogue.current().segments
    assert not selectors.memberships_of(ada.pk)
    with pytest.raises(InvalidInput):
        filters.apply("segment", Contact.objects.all(), str(made.pk))


def test_archiving_stops_a_build_and_what_was_pending_and_keeps_the_pins():
    ada = ContactFactory(country="FR")
    made = active(entry_delay=timedelta(hours=1))
    services.pin(made.pk, [ada.pk], direction="in", actor=SYSTEM)
    ContactFactory(country="IT")
    settle()
    assert PendingMove.objects.exists()
    services.refresh_now(made.pk, actor=SYSTEM)
    archived(made)
    assert build.run_waiting() == 0
    assert set(Build.objects.filter(segment=made).values_list("state", flat=True)) == {"done", "superseded"}
    assert not PendingMove.objects.exists()
    assert Pin.objects.filter(segment=made).count() == 1
    services.restore(made.pk, actor=SYSTEM)
    settle()
    assert ada.pk in members(made)
    assert_all_is_true()


def test_the_name_of_an_archived_list_is_free_and_it_comes_back_under_another():
    old = archived(static("Friends"))
    static("Friends")
    assert services.restore(old.pk, actor=SYSTEM).name == "Friends (restored)"


def test_a_list_whose_definition_can_no_longer_be_read_comes_back_failed_with_its_people():
    ada = ContactFactory(country="IT")
    inner = active()
    outer = archived(active("Outer", {"segment": inner.pk, "op": "in"}))
    services.delete_segment(inner.pk, actor=SYSTEM)
    services.restore(outer.pk, actor=SYSTEM)
    outer.refresh_from_db()
    assert outer.state == "failed"
    assert outer.error
    assert members(outer) == {ada.pk}
    assert_all_is_true()


def test_lists_are_deleted_90_days_after_they_were_archived_and_not_before():
    late, early = archived(static("Late")), archived(static("Early"))
    Segment.objects.filter(pk=late.pk).update(archived_at=clock.now() - timedelta(days=90, minutes=1))
    Segment.objects.filter(pk=early.pk).update(archived_at=clock.now() - timedelta(days=89))
    nightly.purge_archived()
    assert list(Segment.objects.values_list("pk", flat=True)) == [early.pk]
    assert services.purge(early.pk) is False


def test_who_archived_and_restored_is_kept():
    made = archived(static())
    services.restore(made.pk, actor=SYSTEM)
    said = AuditEntry.objects.filter(object_id=str(made.pk)).order_by("id").values_list("action", flat=True)
    assert list(said)[-2:] == ["archived", "restored"]
