"""Workers killed at random statements of bulk actions and of their undo: each contact is changed and put back once."""

from __future__ import annotations

import csv
import random
import sys
from collections import Counter
from collections.abc import Callable

import pytest
from django.db import connection

from contacts import bulk
from contacts.models import AttributeHistory, BulkTouch, ConsentHistory, Contact
from crmseg.access.models import User
from crmseg.common import clock
from crmseg.jobs import freezing, running, services
from crmseg.jobs.models import Job
from segments.models import LedgerEntry, Membership, Segment

from .killing import Killed, Killer

pytestmark = pytest.mark.django_db(transaction=True)
PEOPLE, PART, KILLS = 2_000, 100, 5
State = Job.State


@pytest.fixture
def grace(monkeypatch) -> User:
    monkeypatch.setattr(freezing, "SIZE", PART)
    monkeypatch.setattr("contacts.bulk.touches.CHUNK", PART)
    Contact.objects.bulk_create(Contact(email=f"c{n}@example.org", city="Rome") for n in range(PEOPLE))
    return User.objects.create_user("grace@example.org", "correct horse battery", role="marketer", name="Grace")


def through_kills(job: Job) -> int:
    """To the end, however often the worker is killed on the way; how many kills hit it at work."""
    dice, hits = random.Random(job.kind), 0
    while True:
        job.refresh_from_db()
        if not job.is_open:
            return hits
        Job.objects.filter(pk=job.pk).update(lease_until=clock.now(), tries=0)
        try:
            with connection.execute_wrapper(Killer(dice.randrange(50) if hits < KILLS else sys.maxsize)):
                running.run(job.pk)
        except Killed:
            hits += 1


def check(
    start: Callable[[User], Job], grace: User, done: Callable[[], Counter], undone: Callable[[], Counter]
) -> None:
    job = start(grace)
    hits = through_kills(job)
    assert (job.state, job.result["changed"]) == (State.DONE, PEOPLE), job.error
    assert hits == KILLS
    assert Counter(done().values()) == {1: PEOPLE}
    services.undo(job.pk, actor=grace.actor())
    through_kills(job)
    assert (job.state, job.result["restored"], job.result["kept"]) == (State.UNDONE, PEOPLE, 0)
    assert Counter(undone().values()) == {1: PEOPLE}
    assert not BulkTouch.objects.exists()


def test_each_is_put_on_the_list_once_and_taken_off_once(grace):
    fair = Segment.objects.create(name="Fair", kind="static")

    def moved(change: str) -> Callable[[], Counter]:
        return lambda: Counter(LedgerEntry.objects.filter(change=change).values_list("contact_id", flat=True))

    check(
        lambda user: bulk.put_on_list(fair.pk, people=Contact.objects.all(), user=user, actor=user.actor()),
        grace,
        moved("entered"),
        moved("left"),
    )
    assert not Membership.objects.exists()


def test_each_gets_the_value_once_and_the_old_one_back(grace):
    def became(city: str) -> Callable[[], Counter]:
        return lambda: Counter(
            AttributeHistory.objects.filter(key="city", new=city).values_list("contact_id", flat=True)
        )

    check(
        lambda user: bulk.set_attribute(
            "city", "set", "Oslo", people=Contact.objects.all(), user=user, actor=user.actor()
        ),
        grace,
        became("Oslo"),
        became("Rome"),
    )
    assert set(Contact.objects.values_list("city", flat=True)) == {"Rome"}


def test_each_answers_once_and_the_answer_is_withdrawn_once(grace):
    def answered(new: str | None) -> Callable[[], Counter]:
        return lambda: Counter(ConsentHistory.objects.filter(new=new).values_list("contact_id", flat=True))

    check(
        lambda user: bulk.change_consent(
            "email", "", "subscribed", "at the fair", people=Contact.objects.all(), user=user, actor=user.actor()
        ),
        grace,
        answered("subscribed"),
        answered(None),
    )


def test_each_is_in_the_file_once(grace):
    job = bulk.export(["id", "email"], people=Contact.objects.all(), user=grace, actor=grace.actor())
    assert through_kills(job) == KILLS
    assert job.state == State.DONE, job.error
    with job.file.open("r") as file:
        rows = list(csv.reader(file))
    assert rows[0] == ["id", "email"]
    assert [int(row[0]) for row in rows[1:]] == list(Contact.objects.order_by("pk").values_list("pk", flat=True))


def test_each_is_deleted_and_counted_once(grace):
    job = bulk.delete(people=Contact.objects.all(), user=grace, actor=grace.actor())
    assert through_kills(job) == KILLS
    assert (job.state, job.result["changed"]) == (State.DONE, PEOPLE)
    assert not Contact.objects.exists()
