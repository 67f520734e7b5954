"""What is to be done about contacts: asked for, changed, done, and opened again. What a task says is for the people who
serve her and goes with her: no log repeats it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from django.utils.translation import gettext as _

from crmseg.access import audit
from crmseg.access.models import User
from crmseg.common import clock
from crmseg.common.actor import Actor, acting
from crmseg.common.ids import is_id
from crmseg.common.problems import InvalidInput, Problem

from .. import values
from ..models import Contact, Task

CHANGEABLE: Final = ("title", "note", "owner", "due_at")
LONGEST_TITLE: Final = 300
LONGEST_NOTE: Final = 10_000


def create_task(
    contact_id: int,
    title: object,
    *,
    owner: User | int | None = None,
    due_at: datetime | None = None,
    note: object = "",
    source: str = "",
    actor: Actor,
) -> Task:
    """`owner` is a person or the id of one. Raises Contact.DoesNotExist and InvalidInput."""
    read = read_task({"title": title, "note": note, "owner": owner, "due_at": due_at})
    with acting(actor):
        # Locked, so that a merge or a deletion at the same time comes before or after.
        contact = Contact.objects.select_for_update(no_key=True).get(pk=contact_id)
        now = clock.now()
        task = Task.objects.create(
            contact=contact, **read, source=source, created_by=str(actor), created_at=now, updated_at=now
        )
        audit.record(actor, "task added", contact, {"task": task.pk} | _said(read))
    return task


def update_task(task_id: int, changes: Mapping[str, object], *, actor: Actor) -> Task:
    """`changes` holds some of `CHANGEABLE`. Raises Task.DoesNotExist and InvalidInput."""
    read = read_task(changes)
    with acting(actor):
        task = _locked(task_id)
        before = {name: getattr(task, name) for name in read}
        moved = {name: value for name, value in read.items() if value != before[name]}
        if moved:
            for name, value in moved.items():
                setattr(task, name, value)
            task.updated_at = clock.now()
            task.save(update_fields=[*moved, "updated_at"])
            audit.record(actor, "task changed", task.contact, {"task": task.pk} | _said(moved), before=_said(before))
    return task


def complete_task(task_id: int, *, actor: Actor) -> Task:
    """One that is done stays as it was done. Raises Task.DoesNotExist."""
    with acting(actor):
        task = _locked(task_id)
        if task.done_at is None:
            task.done_at = task.updated_at = clock.now()
            task.done_by = str(actor)
            task.save(update_fields=["done_at", "done_by", "updated_at"])
            audit.record(actor, "task done", task.contact, {"task": task.pk})
    return task


def reopen_task(task_id: int, *, actor: Actor) -> Task:
    """Raises Task.DoesNotExist."""
    with acting(actor):
        task = _locked(task_id)
        if task.done_at is not None:
            task.done_at, task.done_by, task.updated_at = None, "", clock.now()
            task.save(update_fields=["done_at", "done_by", "updated_at"])
            audit.record(actor, "task reopened", task.contact, {"task": task.pk})
    return task


def delete_task(task_id: int, *, actor: Actor) -> None:
    """Raises Task.DoesNotExist."""
    with acting(actor):
        task = _locked(task_id)
        task.delete()
        audit.record(actor, "task deleted", task.contact, {"task": task_id})


def _locked(task_id: int) -> Task:
    return Task.objects.select_for_update(of=("self",)).select_related("contact", "owner").get(pk=task_id)


def read_task(given: Mapping[str, object]) -> dict[str, Any]:
    """What was said of a task, or InvalidInput with everything that is wrong with it."""
    read: dict[str, Any] = {}
    problems: list[Problem] = []
    for name, raw in given.items():
        try:
            read[name] = _FIELDS[name](raw)
        except KeyError:
            problems.append(Problem(f"/{name}", _("There is no field “%(key)s”.") % {"key": name}))
        except ValueError as error:
            problems.append(Problem(f"/{name}", str(error)))
    if problems:
        raise InvalidInput(problems)
    return read


def _title(raw: object) -> str:
    title = " ".join((values.read_text(raw) or "").split())
    if not title:
        raise ValueError(_("Say what is to be done."))
    if len(title) > LONGEST_TITLE:
        raise ValueError(_("At most %(n)s characters.") % {"n": LONGEST_TITLE})
    return title


def _note(raw: object) -> str:
    note = (values.read_text(raw) or "").replace("\r\n", "\n")
    if len(note) > LONGEST_NOTE:
        raise ValueError(_("At most %(n)s characters.") % {"n": LONGEST_NOTE})
    return note


def _owner(raw: object) -> User | None:
    if raw is None or isinstance(raw, User):
        return raw
    found = None
    if is_id(raw):
        found = User.objects.filter(pk=raw, is_active=True).first()
    if found is None:
        raise ValueError(_("There is no such person."))
    return found


def _due(raw: object) -> datetime | None:
    if raw is None or (isinstance(raw, datetime) and raw.tzinfo is not None):
        return raw
    raise ValueError(_("A due date is an instant."))


_FIELDS = {"title": _title, "note": _note, "owner": _owner, "due_at": _due}


def _said(changes: Mapping[str, Any]) -> dict[str, Any]:
    """What the audit log keeps of a task: whose it is and by when."""
    return {name: value for name, value in changes.items() if name in ("owner", "due_at")}
