"""Actions on many contacts: what each does, that it is done once, and that it is undone where nobody came between."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from contacts import bulk, services
from contacts.models import AttributeHistory, BulkTouch, Consent, Contact
from crmseg.access.models import User
from crmseg.common.actor import Actor
from crmseg.common.problems import InvalidInput
from crmseg.jobs import freezing, registry, running
from crmseg.jobs import services as jobs
from crmseg.jobs.models import Job
from crmseg.jobs.step import Step
from segments import services as lists
from segments.engine import drain
from segments.models import LedgerEntry, Segment
from tests.built import members

from .factories import AttributeFactory, ConsentFactory, ContactFactory

pytestmark = pytest.mark.django_db
BY = Actor("user", "Grace")


@pytest.fixture
def grace() -> User:
    return User.objects.create_user("grace@example.org", "correct horse battery", role="marketer", name="Grace")


@pytest.fixture(autouse=True)
def _small_parts(monkeypatch):
    monkeypatch.setattr(freezing, "SIZE", 3)


def everyone():
    return Contact.objects.all()


def run(job: Job) -> Job:
    running.run(job.pk)
    job.refresh_from_db()
    assert job.state in (Job.State.DONE, Job.State.UNDONE), job.error
    return job


def undo(job: Job) -> Job:
    jobs.undo(job.pk, actor=BY)
    return run(job)


def outcome(job: Job) -> str:
    return registry.get(job.kind).outcome(job)


def kept(job: Job) -> list[tuple[int, str]]:
    return [(row["id"], row["reason"]) for row in registry.get(job.kind).kept(job)]


def test_people_are_put_on_a_list_and_taken_off_again(grace):
    fair = Segment.objects.create(name="Fair", kind="static")
    people = [ContactFactory() for _ in range(7)]
    lists.add_members(fair.pk, [people[0].pk], actor=BY)
    job = run(bulk.put_on_list(fair.pk, people=everyone(), user=grace, actor=BY))
    assert members(fair) == {one.pk for one in people}
    assert outcome(job) == "6 contacts were changed. 1 was so already."
    undo(job)
    assert members(fair) == {people[0].pk}
    assert outcome(job) == "6 were put back."
    assert not BulkTouch.objects.exists()
    assert LedgerEntry.objects.filter(segment_id=fair.pk).count() == 1 + 6 + 6


def test_whoever_left_and_came_back_since_stays_on_the_list(grace):
    fair = Segment.objects.create(name="Fair", kind="static")
    ada, bob, _cy = (ContactFactory() for _ in range(3))
    job = run(bulk.put_on_list(fair.pk, people=everyone(), user=grace, actor=BY))
    lists.remove_members(fair.pk, [ada.pk, bob.pk], actor=BY)
    lists.add_members(fair.pk, [ada.pk], actor=BY)
    undo(job)
    assert members(fair) == {ada.pk}
    assert outcome(job) == "1 was put back. 2 were left alone, because they were changed since."
    assert kept(job) == [(ada.pk, "It was changed since."), (bob.pk, "It was changed since.")]


def test_people_are_taken_off_a_list_and_put_back(grace):
    fair = Segment.objects.create(name="Fair", kind="static")
    on, off = [ContactFactory() for _ in range(4)], ContactFactory()
    lists.add_members(fair.pk, [one.pk for one in on], actor=BY)
    job = run(bulk.take_off_list(fair.pk, people=everyone(), user=grace, actor=BY))
    assert members(fair) == set()
    assert (job.result["changed"], job.result["unchanged"]) == (4, 1)
    undo(job)
    assert members(fair) == {one.pk for one in on}
    assert off.pk not in members(fair)


def test_a_list_that_is_gone_ends_the_job_in_words(grace):
    fair = Segment.objects.create(name="Fair", kind="static")
    ContactFactory()
    job = bulk.put_on_list(fair.pk, people=everyone(), user=grace, actor=BY)
    fair.delete()
    running.run(job.pk)
    job.refresh_from_db()
    assert (job.state, job.error) == (Job.State.FAILED, "The list is gone, or is no longer static.")


def test_only_static_lists_take_people(grace):
    active = Segment.objects.create(name="Active", kind="active", definition={"all": []})
    with pytest.raises(InvalidInput, match="Choose a static list"):
        bulk.put_on_list(active.pk, people=everyone(), user=grace, actor=BY)


def test_a_standard_field_is_set_and_returns_to_what_each_had(grace):
    ada, bob, _cy = ContactFactory(city="Rome"), ContactFactory(city="Paris"), ContactFactory(city="Oslo")
    job = run(bulk.set_attribute("city", "set", "Oslo", people=everyone(), user=grace, actor=BY))
    assert set(Contact.objects.values_list("city", flat=True)) == {"Oslo"}
    assert (job.result["changed"], job.result["unchanged"]) == (2, 1)
    assert set(AttributeHistory.objects.values_list("contact_id", "actor")) == {
        (ada.pk, "user:Grace"),
        (bob.pk, "user:Grace"),
    }
    services.update_contact(bob.pk, data={"city": "Bergen"}, actor=BY)
    undo(job)
    assert list(Contact.objects.order_by("pk").values_list("city", flat=True)) == ["Rome", "Bergen", "Oslo"]
    assert outcome(job) == "1 was put back. 1 was left alone, because it was changed since."
    assert kept(job) == [(bob.pk, "It was changed since.")]


@pytest.mark.parametrize(
    ("key", "value", "stored"),
    [
        ("budget", "19.99", Decimal("19.99")),
        ("birth_date", "1990-05-17", None),
        ("interests", ["jazz"], ["jazz"]),
        ("lifecycle_stage", "Customer", "customer"),
        ("country", "it", "IT"),
        ("phone", "+39 06 698 1234", "+39066981234"),
    ],
)
def test_values_are_read_as_everywhere_else(grace, key, value, stored):
    ContactFactory()
    job = run(bulk.set_attribute(key, "set", value, people=everyone(), user=grace, actor=BY))
    found = getattr(Contact.objects.get(), key)
    assert stored is None or found == stored
    assert found is not None
    undo(job)
    assert getattr(Contact.objects.get(), key) is None


def test_coordinates_come_and_go_together(grace):
    ContactFactory()
    job = run(
        bulk.set_attribute(
            "location", "set", {"lat": "42.36", "lon": "-71.06"}, people=everyone(), user=grace, actor=BY
        )
    )
    assert Contact.objects.values_list("latitude", "longitude").get() == (42.36, -71.06)
    undo(job)
    assert Contact.objects.values_list("latitude", "longitude").get() == (None, None)


def test_a_custom_attribute_is_set_and_cleared(grace):
    AttributeFactory(key="seats", type="number"), AttributeFactory(key="plan")
    ada, bob = ContactFactory(attributes={"seats": 3, "plan": "free"}), ContactFactory()
    setting = run(bulk.set_attribute("seats", "set", "12.50", people=everyone(), user=grace, actor=BY))
    assert [one.attributes["seats"] for one in everyone()] == [Decimal("12.5")] * 2
    clearing = run(bulk.set_attribute("plan", "clear", "", people=everyone(), user=grace, actor=BY))
    ada.refresh_from_db()
    assert "plan" not in ada.attributes
    undo(clearing), undo(setting)
    ada.refresh_from_db(), bob.refresh_from_db()
    assert (ada.attributes, bob.attributes) == ({"seats": 3, "plan": "free"}, {})


def test_several_values_are_added_and_taken_away(grace):
    ada, bob = ContactFactory(interests=["jazz", "rock"]), ContactFactory()
    adding = run(bulk.set_attribute("interests", "add", ["rock", "opera"], people=everyone(), user=grace, actor=BY))
    ada.refresh_from_db(), bob.refresh_from_db()
    assert (ada.interests, bob.interests) == (["jazz", "rock", "opera"], ["rock", "opera"])
    taking = run(bulk.set_attribute("interests", "remove", ["rock", "opera"], people=everyone(), user=grace, actor=BY))
    ada.refresh_from_db(), bob.refresh_from_db()
    assert (ada.interests, bob.interests) == (["jazz"], None)
    undo(taking), undo(adding)
    ada.refresh_from_db(), bob.refresh_from_db()
    assert (ada.interests, bob.interests) == (["jazz", "rock"], None)


@pytest.mark.parametrize(
    ("key", "mode", "value", "at"),
    [
        ("email", "set", "a@example.org", "/key"),
        ("nothing", "set", "x", "/key"),
        ("age", "set", "3", "/key"),
        ("city", "add", ["x"], "/mode"),
        ("city", "set", " ", "/value"),
        ("budget", "set", "many", "/value"),
        ("lifecycle_stage", "set", "Friend", "/value"),
    ],
)
def test_what_cannot_be_set_is_refused_at_its_place(grace, key, mode, value, at):
    with pytest.raises(InvalidInput) as refused:
        bulk.set_attribute(key, mode, value, people=everyone(), user=grace, actor=BY)
    assert [problem.pointer for problem in refused.value.problems] == [at]
    assert not Job.objects.exists()


def test_consent_is_changed_with_its_reason_and_returns(grace):
    ada, _bob, cy = (ContactFactory() for _ in range(3))
    ConsentFactory(contact=ada, method="web form")
    ConsentFactory(contact=cy, status="unsubscribed", method="asked by phone")
    before = list(Consent.objects.order_by("pk").values())
    job = run(
        bulk.change_consent("email", "", "unsubscribed", "asked by phone", people=everyone(), user=grace, actor=BY)
    )
    assert set(Consent.objects.values_list("status", "method")) == {("unsubscribed", "asked by phone")}
    assert (job.result["changed"], job.result["unchanged"]) == (2, 1)
    undo(job)
    assert list(Consent.objects.order_by("pk").values()) == before


def test_an_answer_given_since_stands(grace):
    _ada, bob = ContactFactory(), ContactFactory()
    job = run(
        bulk.change_consent("email", "news", "subscribed", "at the fair", people=everyone(), user=grace, actor=BY)
    )
    services.set_consent([bob.pk], channel="email", topic="news", status="unsubscribed", actor=BY)
    undo(job)
    assert list(Consent.objects.values_list("contact_id", "status")) == [(bob.pk, "unsubscribed")]
    assert kept(job) == [(bob.pk, "It was changed since.")]


def test_consent_without_a_reason_is_refused(grace):
    with pytest.raises(InvalidInput) as refused:
        bulk.change_consent("E-mail", "", "maybe", " ", people=everyone(), user=grace, actor=BY)
    assert [problem.pointer for problem in refused.value.problems] == ["/channel", "/reason"]


def test_people_are_deleted_and_nothing_brings_them_back(grace):
    fair = Segment.objects.create(name="Fair", kind="static")
    people = [ContactFactory(city="Rome") for _ in range(5)]
    tagging = run(bulk.put_on_list(fair.pk, people=everyone(), user=grace, actor=BY))
    job = run(bulk.delete(people=everyone().exclude(pk=people[0].pk), user=grace, actor=BY))
    assert list(Contact.objects.all()) == [people[0]]
    assert outcome(job) == "4 contacts were deleted."
    assert jobs.why_not_undo(job) == "This cannot be undone."
    assert BulkTouch.objects.count() == 1, "what was kept of them is gone, too"
    undo(tagging)
    drain.drain()
    assert members(fair) == set()


def test_what_a_cancelled_action_had_done_is_undone_and_nothing_else(grace, monkeypatch):
    people = [ContactFactory(city="Rome") for _ in range(7)]
    job = bulk.set_attribute("city", "set", "Oslo", people=everyone(), user=grace, actor=BY)
    advance = Step.advance

    def stop_after_one(step, *progress, **counts):
        advance(step, *progress, **counts)
        Job.objects.filter(pk=job.pk).update(cancel_asked=True)

    with monkeypatch.context() as patched:
        patched.setattr(Step, "advance", stop_after_one)
        running.run(job.pk)
    job.refresh_from_db()
    assert (job.state, job.done) == (Job.State.CANCELLED, 3)
    assert outcome(job) == "3 contacts were changed."
    services.update_contact(people[6].pk, data={"city": "Oslo"}, actor=BY)
    undo(job)
    assert list(Contact.objects.order_by("pk").values_list("city", flat=True)) == ["Rome"] * 6 + ["Oslo"]


def test_the_queries_of_a_part_do_not_grow_with_it(grace, monkeypatch):
    fair = Segment.objects.create(name="Fair", kind="static")

    def queries(count: int) -> list[int]:
        Contact.objects.bulk_create(ContactFactory.build() for _ in range(count))
        monkeypatch.setattr(freezing, "SIZE", 10_000)
        found = []
        for start in (
            lambda **who: bulk.put_on_list(fair.pk, **who),
            lambda **who: bulk.set_attribute("city", "set", f"City {count}", **who),
            lambda **who: bulk.change_consent("email", "", "subscribed", f"fair {count}", **who),
        ):
            job = start(people=everyone(), user=grace, actor=BY)
            with CaptureQueriesContext(
                connection,
            ) as asked:
                run(job)
                undo(job)
            found.append(len(asked))
        return found

    queries(2)
    few, many = queries(20), queries(200)
    # The account is read anew every few seconds, wherever that falls.
    assert all(more <= less + 2 for less, more in zip(few, many, strict=True)), (few, many)
