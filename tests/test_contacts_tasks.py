"""Tasks: who asked for them, whose they are, by when, and that they go with their contact."""

from __future__ import annotations

from datetime import timedelta

import pytest

from contacts import merging, privacy, services
from contacts.models import Contact, Task
from crmseg.access.models import AuditEntry, User
from crmseg.common import clock
from crmseg.common.actor import SYSTEM, Actor
from crmseg.common.problems import InvalidInput

from .factories import ContactFactory

pytestmark = pytest.mark.django_db
ANNA = Actor("user", "Anna", 1)


def test_a_task_is_written_changed_done_and_opened_again():
    contact, owner = ContactFactory(), User.objects.create_user("o@example.com", "o@example.com")
    due = clock.now() + timedelta(days=2)
    task = services.create_task(contact.pk, "  Call   her ", owner=owner.pk, due_at=due, source="survey:3", actor=ANNA)
    assert (task.title, task.owner, task.due_at, task.source) == ("Call her", owner, due, "survey:3")
    task = services.update_task(task.pk, {"title": "Call him", "owner": None}, actor=ANNA)
    assert (task.title, task.owner) == ("Call him", None)
    done = services.complete_task(task.pk, actor=ANNA)
    assert done.done_by == "user:Anna"
    assert services.complete_task(task.pk, actor=SYSTEM).done_by == "user:Anna"
    assert services.reopen_task(task.pk, actor=ANNA).done_at is None
    services.delete_task(task.pk, actor=ANNA)
    assert not Task.objects.exists()
    said = list(AuditEntry.objects.filter(action__startswith="task ").order_by("id").values_list("action", flat=True))
    assert said == ["task added", "task changed", "task done", "task reopened", "task deleted"]


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [({"title": " "}, "/title"), ({"owner": 10**30}, "/owner"), ({"due_at": "soon"}, "/due_at"), ({"x": 1}, "/x")],
)
def test_what_cannot_be_said_of_a_task_is_refused_where_it_stands(changes, pointer):
    task = services.create_task(ContactFactory().pk, "Call", actor=ANNA)
    with pytest.raises(InvalidInput) as refused:
        services.update_task(task.pk, changes, actor=ANNA)
    assert [problem.pointer for problem in refused.value.problems] == [pointer]


def test_tasks_move_with_a_merge_and_come_back_with_its_undo():
    kept, gone = ContactFactory(), ContactFactory()
    task = services.create_task(gone.pk, "Call", actor=ANNA)
    services.merge_contacts(kept.pk, gone.pk, actor=ANNA)
    assert Task.objects.get(pk=task.pk).contact_id == kept.pk
    services.unmerge_contacts(kept.pk, actor=ANNA)
    assert Task.objects.get(pk=task.pk).contact_id == gone.pk
    assert merging.steps()["tasks"].count(gone.pk)[0][1] == 1


def test_what_is_to_be_done_about_a_person_is_given_to_her_and_goes_with_her():
    contact = ContactFactory()
    services.create_task(contact.pk, "Call", note="about her knee", actor=ANNA)
    assert privacy.export_contact(contact)["tasks"][0]["note"] == "about her knee"
    privacy.erase_contact(contact.pk, actor=ANNA)
    assert not Task.objects.exists()
    assert not Contact.objects.filter(pk=contact.pk).exists()
    assert "knee" not in str(list(AuditEntry.objects.values()))
