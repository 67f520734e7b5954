"""Files of exports outlive nobody who is erased: they are deleted, or written again without her."""

from __future__ import annotations

from pathlib import Path

import pytest

from contacts import bulk, privacy
from contacts.bulk import files
from contacts.models import Contact
from crmseg.access.models import User
from crmseg.common.actor import SYSTEM
from crmseg.jobs import freezing, running
from crmseg.jobs.models import Job
from crmseg.jobs.step import Lost, Step

from .factories import ContactFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def grace() -> User:
    return User.objects.create_user("grace@example.org", "correct horse battery", role="marketer", name="Grace")


@pytest.fixture(autouse=True)
def _here(monkeypatch, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    monkeypatch.setattr(freezing, "SIZE", 1)


def started(grace: User, *, ids: list[int] | None = None) -> Job:
    people = Contact.objects.filter(pk__in=ids) if ids else Contact.objects.all()
    return bulk.export(["email"], people=people, user=grace, actor=SYSTEM, ids=ids)


def written(grace: User, **how) -> tuple[Job, Path]:
    job = started(grace, **how)
    running.run(job.pk)
    job.refresh_from_db()
    return job, Path(job.file.path)


def test_files_that_may_hold_her_are_deleted(grace, django_capture_on_commit_callbacks):
    ada, bob = ContactFactory(email="ada@example.org"), ContactFactory(email="bob@example.org")
    everyone, file = written(grace)
    her, her_file = written(grace, ids=[ada.pk])
    other, other_file = written(grace, ids=[bob.pk])
    with django_capture_on_commit_callbacks(execute=True):
        privacy.erase_contact(ada.pk, actor=SYSTEM)
    for job in (everyone, her, other):
        job.refresh_from_db()
    assert [bool(everyone.file), bool(her.file), bool(other.file)] == [False, False, True]
    assert [file.exists(), her_file.exists(), other_file.exists()] == [False, False, True]


def test_a_file_being_written_begins_again_without_her(grace):
    ada, bob = ContactFactory(email="ada@example.org"), ContactFactory(email="bob@example.org")
    job = started(grace)
    assert running._claim(job.pk)
    held = Job.objects.get(pk=job.pk)
    with files.opened(held, "contacts") as file:
        file.write(b"email\nada@example.org\n")
    Step(held).advance(1, cursor=1, changed=1, bytes=22)
    privacy.erase_contact(ada.pk, actor=SYSTEM)
    with pytest.raises(Lost):
        Step(held).advance(2, cursor=2)
    running.run(job.pk)
    job.refresh_from_db()
    assert job.state == Job.State.DONE
    assert Path(job.file.path).read_text(encoding="utf-8-sig").split() == ["email", bob.email]
