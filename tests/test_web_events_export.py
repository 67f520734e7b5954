"""Events as a file: written in the background, each once, and never longer there than the people in it wish."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.db import OperationalError
from django.test import Client

from contacts import privacy
from crmseg.access.models import AuditEntry, User
from crmseg.common.actor import SYSTEM
from crmseg.jobs import running
from crmseg.jobs.models import Job
from crmseg.jobs.step import Step
from tests.factories import ContactFactory, EventFactory
from tests.test_web_events import orders, text_of

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _files_of_the_test(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def viewer(client: Client) -> Client:
    client.force_login(User.objects.create_user("vera@example.org", "correct horse battery", role="viewer"))
    return client


def exported() -> Job:
    """The one export, run to its end."""
    job = Job.objects.get()
    running.run(job.pk)
    job.refresh_from_db()
    assert job.state == Job.State.DONE, job.error
    return job


def lines_of(job: Job) -> list[str]:
    return Path(job.file.path).read_text().splitlines()


def test_it_holds_what_is_shown_and_keeps_formulas_from_spreadsheets(viewer: Client):
    EventFactory(
        contact=ContactFactory(email="ada@example.org"), properties={"plan": "pro"}, source="=1+1", amount=1999
    )
    kept = EventFactory(properties={"plan": "free"}).type
    answer = viewer.post(f"/events/{kept.pk}/export/?property=plan&value=pro")
    assert answer["Location"] == "/contacts/exports/"
    job = exported()
    lines = lines_of(job)
    assert job.file_name.startswith("events-order-completed-")
    assert len(lines) == 2
    assert "ada@example.org" in lines[1]
    assert "'=1+1" in lines[1]
    assert "19.99" in lines[1]
    page = text_of(viewer.get("/contacts/exports/"))
    assert "Order Completed" in page
    assert f"/jobs/{job.pk}/file/" in page
    assert text_of(viewer.get(f"/jobs/{job.pk}/")).count("Export events “Order Completed”")
    assert AuditEntry.objects.filter(action="exported").count() == 1


def test_one_that_was_interrupted_goes_on_and_holds_each_event_once(viewer: Client, monkeypatch):
    monkeypatch.setattr("contacts.bulk.exporting_events.PART", 2)
    kept = orders("one", "two", "three", "four", "five")
    viewer.post(f"/events/{kept.pk}/export/")
    job = Job.objects.get()
    assert job.total == 5
    looked, check = [], Step.check

    def broken(step: Step) -> None:
        looked.append(step)
        if len(looked) == 3:
            raise OperationalError("gone")
        check(step)

    with monkeypatch.context() as context:
        context.setattr(Step, "check", broken)
        running.run(job.pk)
    assert Job.objects.get().done == 4
    with Path(Job.objects.get().file.path).open("a") as file:
        file.write("what was not saved")
    lines = lines_of(exported())
    assert len(lines) == 6
    for plan in ("one", "two", "three", "four", "five"):
        assert sum(f'""{plan}""' in line for line in lines) == 1


def test_whoever_is_erased_is_in_no_file_of_events(viewer: Client, django_capture_on_commit_callbacks):
    ada = ContactFactory(email="ada@example.org")
    kept = EventFactory(contact=ada).type
    viewer.post(f"/events/{kept.pk}/export/")
    file = Path(exported().file.path)
    assert "ada@example.org" in file.read_text()
    with django_capture_on_commit_callbacks(execute=True):
        privacy.erase_contact(ada.pk, actor=SYSTEM)
    assert not file.exists()


def test_what_is_not_there_or_makes_no_sense_is_not_begun(viewer: Client):
    kept = orders("one")
    assert viewer.post("/events/999/export/").status_code == 404
    assert viewer.post(f"/events/{kept.pk}/export/?from=soon").status_code == 400
    viewer.logout()
    assert viewer.post(f"/events/{kept.pk}/export/")["Location"].startswith("/accounts/login/")
    assert not Job.objects.exists()
