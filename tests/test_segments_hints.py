"""Lists to mend: what is said of which, since when, and until when."""

from datetime import timedelta

import pytest
from django.urls import reverse

from crmseg.access.models import Role, User
from crmseg.common import clock
from crmseg.common.actor import SYSTEM
from segments import catalogue, hints, looks, nightly, services
from segments.engine import build
from segments.hints import search, twins
from segments.models import HintDismissed, LedgerEntry, Look, Segment

from .factories import ContactFactory

pytestmark = pytest.mark.django_db
ITALIANS = {"property": "country", "op": "is", "value": "IT"}
BUYERS = {"property": "lifecycle_stage", "op": "is", "value": "customer"}
LONG_AGO = timedelta(days=200)


def active(name="Italians", definition=ITALIANS, **details):
    made = services.create_segment(name=name, kind="active", definition=definition, actor=SYSTEM, **details)
    while build.run_waiting():
        pass
    return made


def static(name="By hand", contacts=(), **details):
    made = services.create_segment(name=name, kind="static", actor=SYSTEM, **details)
    services.add_members(made.pk, [contact.pk for contact in contacts], actor=SYSTEM)
    return made


def of_old(*segments):
    ids = [segment.pk for segment in segments]
    Segment.objects.filter(pk__in=ids).update(created_at=clock.now() - LONG_AGO)
    LedgerEntry.objects.filter(segment_id__in=ids).update(at=clock.now() - LONG_AGO)


def said():
    return {(hint.kind, hint.name) for hint in hints.current()}


def of_kind(kind):
    return [hint for hint in hints.current() if hint.kind == kind]


def test_a_good_account_has_nothing_to_mend():
    ContactFactory(country="IT")
    active(), static(contacts=[ContactFactory()])
    search.renew()
    assert hints.current() == []


def test_empty_and_failed_lists_and_due_reviews_are_said_at_once():
    ContactFactory(country="IT")
    empty, fresh = static("Empty"), static("Fresh")
    failed = active("Failed", review_on=clock.now().date())
    of_old(empty)
    Segment.objects.filter(pk=failed.pk).update(state="failed")
    assert said() == {("empty", "Empty"), ("failed", "Failed"), ("review", "Failed")}
    assert [hint.kind for hint in hints.current()] == ["failed", "empty", "review"]
    assert [hint.segment_id for hint in hints.current([fresh.pk])] == []


def test_definitions_that_hold_for_nobody_or_everybody_are_found_at_night_and_gone_with_the_next_edit():
    ContactFactory(country="IT")
    never = active("Never", {"all": [ITALIANS, {"property": "country", "op": "is", "value": "FR"}]})
    active("Always", {"any": [ITALIANS, {"not": ITALIANS}]})
    assert said() == set()
    nightly.look_for_hints()
    assert said() == {("never", "Never"), ("everybody", "Always")}
    services.update_segment(never.pk, definition=ITALIANS, actor=SYSTEM)
    assert said() == {("everybody", "Always")}


def test_a_list_that_nobody_looks_at_follows_or_uses_is_called_unused_until_somebody_looks():
    user = User.objects.create_user("vera@example.org", "correct horse battery", role=Role.VIEWER)
    ada = ContactFactory(country="IT")
    forgotten, followed, seen, used = (static(name, [ada]) for name in ("Forgotten", "Followed", "Seen", "Used"))
    of_old(forgotten, followed, seen, used)
    services.follow(followed.pk, user)
    looks.note(seen.pk)
    static("Snapshot", [ada], snapshot_of=used.pk, snapshot_every=timedelta(days=1))
    search.renew()
    assert said() == {("unused", "Forgotten")}
    looks.note(forgotten.pk)
    assert said() == set()


def test_a_look_is_noted_at_most_once_a_day():
    made = static()
    looks._noted.clear()
    looks.note(made.pk)
    first = Look.objects.get().at
    looks._noted.clear()
    looks.note(made.pk)
    assert Look.objects.get().at == first
    Look.objects.update(at=first - timedelta(days=2))
    looks._noted.clear()
    looks.note(made.pk)
    assert Look.objects.get().at >= first


def test_an_active_list_that_nobody_entered_or_left_for_90_days_is_called_unchanged():
    ContactFactory(country="IT")
    still, moving, hand = active("Still"), active("Moving", BUYERS), static("Hand", [ContactFactory()])
    of_old(still, moving, hand)
    for segment in (still, moving, hand):
        looks.note(segment.pk)
    ContactFactory(lifecycle_stage="customer")
    services.refresh_now(moving.pk, actor=SYSTEM)
    build.run_waiting()
    search.renew()
    assert said() == {("unchanged", "Still")}


@pytest.mark.parametrize(
    "definition",
    [
        {"all": [BUYERS, ITALIANS]},
        {"all": [{"all": [ITALIANS]}, BUYERS, BUYERS]},
        {"all": [ITALIANS | {"label": "home"}, BUYERS, {"property": "city", "op": "is", "value": "X", "off": True}]},
    ],
)
def test_the_same_definition_in_other_words_is_a_near_duplicate_of_the_elder(definition):
    elder = active("Elder", {"all": [ITALIANS, BUYERS]})
    younger = active("Younger", definition)
    active("Other", {"any": [ITALIANS, BUYERS]})
    search.renew()
    (hint,) = of_kind("twin")
    assert (hint.segment_id, hint.other_id) == (younger.pk, elder.pk)
    assert hint.text == "Says the same as “Elder”."
    assert hint.url.endswith(f"?ids={younger.pk},{elder.pk}")


def test_lists_that_share_nearly_all_their_people_are_near_duplicates_with_the_exact_share():
    people = [ContactFactory() for _ in range(400)]
    elder = static("Elder", people)
    static("Nearly", people[8:])
    static("Less", people[:380] + [ContactFactory() for _ in range(20)])
    static("Snapshot", people, snapshot_of=elder.pk, snapshot_every=timedelta(days=1))
    static("Few", people[:5]), static("As few", people[:5])
    search.renew()
    told = {(hint.name, hint.other_name, hint.text) for hint in of_kind("twin")}
    assert told == {
        ("Nearly", "Elder", "Shares 98 % of its people with “Elder”."),
        ("Snapshot", "Nearly", "Shares 98 % of its people with “Nearly”."),
    }


def test_samples_of_large_lists_tell_what_is_worth_counting():
    assert [twins._mask(size) for size in (1, 255, 256, 511, 512, 100_000)] == [0, 0, 0, 0, 1, 255]
    one, other = Segment(pk=1), Segment(pk=2)
    samples = {1: (1, {0, 2, 4, 6, 8}), 2: (3, {0, 4, 8})}
    assert twins._alike(samples, one, other) == 1.0


def test_what_cannot_be_read_has_no_normal_form():
    assert twins.normal({"property": "nonsense"}, catalogue.current()) is None


def test_what_is_meant_so_is_not_said_again_until_it_is_so_anew(client):
    client.force_login(User.objects.create_user("mara@example.org", "correct horse battery", role=Role.MARKETER))
    made = static("Empty")
    of_old(made)
    looks.note(made.pk)
    page = client.get(reverse("segments:list"), {"hint": "empty"}).content.decode()
    assert "Nobody is in it." in page
    at = reverse("segments:dismiss_hint", args=[made.pk])
    answer = client.post(at, {"kind": "empty", "back": "/lists/"}, follow=True).content.decode()
    assert "“Empty” is not said of “Empty” any more" in answer
    search.renew()
    assert said() == set()
    assert HintDismissed.objects.count() == 1
    ada = ContactFactory()
    services.add_members(made.pk, [ada.pk], actor=SYSTEM)
    search.renew()
    services.remove_members(made.pk, [ada.pk], actor=SYSTEM)
    assert said() == {("empty", "Empty")}


def test_archived_lists_are_not_mended():
    made = static("Empty")
    of_old(made)
    search.renew()
    services.archive(made.pk, actor=SYSTEM)
    assert said() == set()
    assert search.renew() == 0
