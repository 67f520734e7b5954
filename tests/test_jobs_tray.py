"""The tray and the pages of work: what each person sees of what runs, and what she may do to it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from contacts.bulk import touches
from contacts.models import BulkTouch, Contact, ContactImport
from crmseg.access.models import User
from crmseg.common import clock
from crmseg.jobs import registry, running, services, tray
from crmseg.jobs.models import Job
from crmseg.jobs.registry import Kind
from segments.models import Build, Segment

from .factories import ContactFactory

pytestmark = pytest.mark.django_db
State = Job.State
HTMX = {"HX-Request": "true", "HX-Target": "tray-part"}


def person(name: str, role: str = "marketer") -> User:
    return User.objects.create_user(f"{name}@example.org", "correct horse battery", role=role, name=name.title())


@pytest.fixture
def grace(client: Client, monkeypatch) -> User:
    def run(job, step):
        with transaction.atomic():
            step.advance(job.total, changed=job.total)

    kind = Kind(
        "waiting", "Waiting", lambda job: f"Wait {job.params['for']}", run, undo=run, outcome=lambda job: "Over."
    )
    monkeypatch.setitem(registry._kinds, "waiting", kind)
    grace = person("grace")
    client.force_login(grace)
    return grace


def start(user: User, what: str = "<here>") -> Job:
    ContactFactory()
    return services.start("waiting", {"for": what}, user=user, actor=user.actor(), chosen=Contact.objects.all())


def text_of(answer) -> str:
    assert answer.status_code == 200, answer.status_code
    return answer.content.decode()


def test_the_button_counts_what_runs_for_whoever_looks(grace, client):
    assert 'aria-label="Work in the background"' in text_of(client.get("/jobs/"))
    start(grace), start(grace), start(person("other"))
    ContactImport.objects.create(name="people.csv", state="running", created_by=grace, rows=10, rows_done=3)
    Build.objects.create(segment=Segment.objects.create(name="Romans"), version=1)
    assert tray.running_count(grace) == 4
    assert "Work in the background: 4 running" in text_of(client.get("/jobs/"))


def test_one_statement_counts_for_every_room(grace):
    with CaptureQueriesContext(connection) as asked:
        tray.running_count(grace)
    assert len(asked) == 1


def test_jobs_imports_and_builds_are_shown_together(grace, client):
    job = start(grace)
    item = ContactImport.objects.create(name="people.csv", state="running", created_by=grace, rows=10, rows_done=3)
    segment = Segment.objects.create(name="Romans")
    Build.objects.create(segment=segment, version=1, total=50, done=20)
    text = text_of(client.get("/jobs/tray/"))
    assert "Wait &lt;here&gt;" in text
    assert "Import people.csv" in text
    assert "Build “Romans”" in text
    assert "3 of 10" in text
    assert "20 of 50" in text
    for url in (f"/jobs/{job.pk}/cancel/", f"/imports/{item.pk}/cancel/", f"/lists/{segment.pk}/stop/"):
        assert url in text


def test_it_asks_again_only_while_something_runs(grace, client):
    assert "every 2s" not in text_of(client.get("/jobs/tray/"))
    job = start(grace)
    assert "every 2s" in text_of(client.get("/jobs/tray/"))
    running.run(job.pk)
    text = text_of(client.get("/jobs/tray/"))
    assert "every 2s" not in text
    assert 'data-tray-state="done"' in text
    assert "Over." in text


def test_what_ended_long_ago_is_in_the_history_alone(grace, client):
    job = start(grace)
    running.run(job.pk)
    Job.objects.update(finished_at=clock.now() - timedelta(days=1))
    assert "Wait" not in text_of(client.get("/jobs/tray/"))
    assert "Wait &lt;here&gt;" in text_of(client.get("/jobs/"))


def test_work_is_cancelled_and_undone_from_the_tray(grace, client):
    job = start(grace)
    text = text_of(client.post(f"/jobs/{job.pk}/cancel/", headers=HTMX))
    assert 'data-tray-state="cancelled"' in text
    other = start(grace)
    running.run(other.pk)
    text = text_of(client.post(f"/jobs/{other.pk}/undo/", headers=HTMX))
    assert 'data-tray-state="undoing"' in text
    running.run(other.pk)
    other.refresh_from_db()
    assert other.state == State.UNDONE
    assert client.post(f"/jobs/{other.pk}/cancel/")["Location"] == f"/jobs/{other.pk}/"


def test_who_may_only_read_steers_nothing_of_others(grace, client):
    job = start(grace)
    client.force_login(person("reader", "viewer"))
    for act in ("cancel", "undo", "again"):
        assert client.post(f"/jobs/{job.pk}/{act}/").status_code == 403
    assert f"/jobs/{job.pk}/cancel/" not in text_of(client.get(f"/jobs/{job.pk}/"))


def test_the_page_of_a_job_follows_it_and_is_read_anew_at_its_end(grace, client):
    job = start(grace)
    page = f"/jobs/{job.pk}/"
    assert "every 2s" in text_of(client.get(page))
    part = {"HX-Request": "true", "HX-Target": "job-part"}
    assert "HX-Refresh" not in client.get(page, headers=part)
    running.run(job.pk)
    assert client.get(page, headers=part)["HX-Refresh"] == "true"
    assert 'id="undo-work"' in text_of(client.get(page))


def test_what_failed_says_why_and_can_be_tried_again(grace, client):
    job = start(grace)
    Job.objects.filter(pk=job.pk).update(state=State.FAILED, error="The list is gone.")
    text = text_of(client.get(f"/jobs/{job.pk}/"))
    assert "The list is gone." in text
    client.post(f"/jobs/{job.pk}/again/")
    job.refresh_from_db()
    assert job.state == State.QUEUED


def test_the_history_is_filtered_by_kind_and_state(grace, client):
    done = start(grace, "done")
    running.run(done.pk)
    start(grace, "queued")
    text = text_of(client.get("/jobs/?kind=waiting&state=done"))
    assert "Wait done" in text
    assert "Wait queued" not in text
    assert "No work is like that" in text_of(client.get("/jobs/?kind=contacts.delete"))


def test_the_number_of_queries_does_not_grow_with_the_history(grace, client):
    def queries() -> int:
        with CaptureQueriesContext(connection) as asked:
            text_of(client.get("/jobs/"))
        return len(asked)

    start(grace)
    queries()
    few = queries()
    for _ in range(20):
        start(grace)
    assert queries() == few


def test_a_kind_that_is_no_longer_known_is_shown_all_the_same(grace, client):
    Job.objects.create(kind="gone.kind", user=grace, actor=str(grace.actor()), state=State.DONE)
    assert "gone.kind" in text_of(client.get("/jobs/"))


def test_what_was_replaced_is_forgotten_with_the_time_to_undo(grace):
    job = start(grace)
    running.run(job.pk)
    touches.note(job.pk, [(1, {"city": "Rome"}, {"city": "Oslo"})])
    touches.forget_old()
    assert BulkTouch.objects.count() == 1
    Job.objects.update(finished_at=clock.now() - timedelta(days=31))
    touches.forget_old()
    assert not BulkTouch.objects.exists()
