"""Work in the background: nothing is done twice, whatever kills, cancels or repeats it; and it is undone as it ran."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import OperationalError, transaction

from contacts.models import Contact
from crmseg.access.models import AuditEntry, User
from crmseg.common import clock
from crmseg.common.actor import Actor
from crmseg.common.problems import Conflict, InvalidInput
from crmseg.jobs import freezing, registry, running, services, tasks
from crmseg.jobs import step as steps
from crmseg.jobs.models import Job, Part
from crmseg.jobs.registry import Kind

from .factories import ContactFactory

pytestmark = pytest.mark.django_db
BY = Actor("user", "Grace")
State = Job.State


class Killed(BaseException):
    """As if the worker were gone."""


class Marking:
    """A kind of work that writes down whom it saw, and can be told to come to grief at a part."""

    def __init__(self):
        self.grief: dict[int, BaseException] = {}
        self.at_part = lambda job: None

    def run(self, job, step):
        for part in step.parts():
            self.at_part(job)
            with transaction.atomic():
                for contact_id in part.ids:
                    Contact.objects.filter(pk=contact_id).update(city="seen" if job.state == State.RUNNING else "")
                ContactFactory(source=f"part {part.number}")
                if part.number in self.grief:
                    raise self.grief.pop(part.number)
                step.advance(job.done + len(part.ids), cursor=part.number + 1, changed=len(part.ids))

    def undo(self, job, step):
        Contact.objects.filter(city="seen").update(city=None)
        step.advance(job.total)


@pytest.fixture
def marking(monkeypatch) -> Marking:
    monkeypatch.setattr(freezing, "SIZE", 2)
    work = Marking()
    monkeypatch.setitem(
        registry._kinds, "marking", Kind("marking", "Marking", lambda job: "Mark them", work.run, undo=work.undo)
    )
    return work


def begin(count: int = 5) -> Job:
    people = Contact.objects.filter(pk__in=[ContactFactory().pk for _ in range(count)])
    return services.start("marking", {}, user=None, actor=BY, chosen=people)


def run(job: Job) -> Job:
    running.run(job.pk)
    job.refresh_from_db()
    return job


def parts_done() -> list[str]:
    return sorted(Contact.objects.filter(source__startswith="part").values_list("source", flat=True))


def expire(job: Job) -> None:
    Job.objects.filter(pk=job.pk).update(lease_until=clock.now() - timedelta(seconds=1))


def test_a_job_does_each_of_its_parts_once(marking):
    job = begin()
    assert (job.total, Part.objects.filter(job=job).count()) == (5, 3)
    run(job)
    assert (job.state, job.done, job.result) == (State.DONE, 5, {"changed": 5})
    assert parts_done() == ["part 0", "part 1", "part 2"]
    assert not Part.objects.exists()
    running.run(job.pk)
    assert len(parts_done()) == 3


def test_whom_it_is_about_is_kept_as_it_was_asked(marking):
    job = begin(3)
    later = ContactFactory()
    run(job)
    later.refresh_from_db()
    assert later.city is None
    assert Contact.objects.filter(city="seen").count() == 3


def test_nobody_at_all_is_no_fault(marking):
    job = services.start("marking", {}, user=None, actor=BY, chosen=Contact.objects.none())
    assert (run(job).state, job.total) == (State.DONE, 0)


def test_a_worker_that_is_killed_is_followed_by_one_that_goes_on(marking):
    job = begin()
    marking.grief[1] = Killed()
    with pytest.raises(Killed):
        running.run(job.pk)
    assert parts_done() == ["part 0"]
    running.run(job.pk)
    assert parts_done() == ["part 0"], "its lease still runs"
    assert running.waiting() == []
    expire(job)
    assert running.waiting() == [job.pk]
    assert run(job).state == State.DONE
    assert parts_done() == ["part 0", "part 1", "part 2"]
    assert (job.done, job.result) == (5, {"changed": 5})


def test_a_worker_that_was_given_up_writes_nothing_more(marking):
    job = begin()

    def overtake(held):
        if held.done:
            marking.at_part = lambda job: None
            expire(job)
            running.run(job.pk)

    marking.at_part = overtake
    run(job)
    assert (job.state, job.done, job.result) == (State.DONE, 5, {"changed": 5})
    assert parts_done() == ["part 0", "part 1", "part 2"]


def test_cancelling_stops_before_the_next_step(marking):
    job = begin()

    def stop(held):
        if held.done:
            services.cancel(job.pk, actor=BY)

    marking.at_part = stop
    run(job)
    assert (job.state, job.done) == (State.CANCELLED, 2)
    assert parts_done() == ["part 0"]
    assert AuditEntry.objects.filter(object_type="job", action="cancelled").count() == 1
    with pytest.raises(Conflict):
        services.cancel(job.pk, actor=BY)


def test_what_waits_is_cancelled_at_once(marking):
    job = begin()
    assert services.cancel(job.pk, actor=BY).state == State.CANCELLED
    run(job)
    assert parts_done() == []


def test_what_was_done_is_undone_and_only_once(marking):
    job = run(begin())
    services.undo(job.pk, actor=Actor("user", "Ada"))
    job.refresh_from_db()
    assert (job.state, job.undo_by) == (State.UNDOING, "user:Ada")
    assert run(job).state == State.UNDONE
    assert not Contact.objects.filter(city="seen").exists()
    assert services.undo(job.pk, actor=BY).state == State.UNDONE


def test_a_cancelled_job_can_be_undone_as_far_as_it_came(marking):
    job = begin()
    marking.at_part = lambda held: held.done and services.cancel(job.pk, actor=BY)
    run(job)
    services.undo(job.pk, actor=BY)
    assert run(job).state == State.UNDONE
    assert not Contact.objects.filter(city="seen").exists()


def test_after_a_month_nothing_is_undone(marking):
    job = run(begin())
    Job.objects.filter(pk=job.pk).update(finished_at=clock.now() - timedelta(days=31))
    with pytest.raises(Conflict, match="30 days"):
        services.undo(job.pk, actor=BY)


def test_what_is_refused_ends_the_job_in_words_and_it_can_go_on(marking):
    job = begin()
    marking.grief[1] = InvalidInput("The list is gone.")
    run(job)
    assert (job.state, job.error, job.done) == (State.FAILED, "The list is gone.", 2)
    services.try_again(job.pk, actor=BY)
    assert run(job).state == State.DONE
    assert (parts_done(), job.error) == (["part 0", "part 1", "part 2"], "")


def test_a_fault_is_told_without_its_inside(marking):
    job = begin()
    marking.grief[0] = RuntimeError("password=secret")
    with pytest.raises(RuntimeError):
        running.run(job.pk)
    job.refresh_from_db()
    assert job.state == State.FAILED
    assert "secret" not in job.error
    assert "kept" in job.error


def test_a_database_that_went_away_is_met_by_trying_again(marking):
    job = begin()
    marking.grief[1] = OperationalError("the server closed the connection")
    assert run(job).state == State.RUNNING
    assert running.waiting() == [job.pk]
    assert run(job).state == State.DONE
    assert len(parts_done()) == 3


def test_what_stops_its_worker_again_and_again_is_given_up(marking):
    job = begin()
    for _ in range(running.MOST_TRIES):
        marking.grief[0] = Killed()
        with pytest.raises(Killed):
            running.run(job.pk)
        expire(job)
    marking.grief.clear()
    assert run(job).state == State.FAILED
    assert parts_done() == []


def test_a_long_job_lets_others_have_the_worker(marking, monkeypatch, django_capture_on_commit_callbacks):
    rung = []
    monkeypatch.setattr(steps, "TURN", -1.0)
    monkeypatch.setattr(tasks.run_job, "delay", rung.append)
    job = begin()
    run(job)
    assert (job.state, job.done, rung) == (State.RUNNING, 2, [job.pk])
    run(job), run(job), run(job)
    assert (job.state, len(parts_done())) == (State.DONE, 3)


def test_the_sweep_rings_for_what_nobody_runs(marking, monkeypatch):
    rung = []
    monkeypatch.setattr(tasks.run_job, "apply_async", lambda args, **options: rung.append(args[0]))
    job = begin()
    tasks.sweep()
    assert rung == [job.pk]


def test_old_rows_and_their_parts_are_forgotten(marking):
    old = begin()
    marking.grief[0] = InvalidInput("No.")
    run(old)
    Job.objects.filter(pk=old.pk).update(finished_at=clock.now() - timedelta(days=8))
    services.forget_old()
    assert not Part.objects.exists()
    Job.objects.filter(pk=old.pk).update(finished_at=clock.now() - timedelta(days=366))
    services.forget_old()
    assert not Job.objects.exists()


def test_the_worker_speaks_the_language_of_whoever_asked(marking):
    from django.utils import translation

    heard = []
    user = User.objects.create_user("f@example.org", "correct horse battery", role="marketer", language="fr")
    marking.at_part = lambda job: heard.append(translation.get_language())
    job = services.start("marking", {}, user=user, actor=user.actor(), chosen=Contact.objects.filter(email=None))
    ContactFactory(email=None)
    job = services.start("marking", {}, user=user, actor=user.actor(), chosen=Contact.objects.filter(email=None))
    run(job)
    assert heard == ["fr"]
