"""Where tasks take part beside their own page: merges, and what is given and forgotten on request."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from crmseg.common.actor import Actor

from . import merging, privacy, values
from .models import Contact, Task


def connect() -> None:
    merging.register("tasks", merging.Step(move, undo, count))
    privacy.register("tasks", give, forget)


def count(contact_id: int) -> list[tuple[str, int]]:
    return [(_("Tasks"), Task.objects.filter(contact=contact_id).count())]


def move(survivor_id: int, merged_id: int, actor: Actor) -> list[int]:
    tasks = Task.objects.filter(contact=merged_id)
    ids = list(tasks.order_by("pk").select_for_update().values_list("pk", flat=True))
    tasks.filter(pk__in=ids).update(contact=survivor_id)
    return ids


def undo(survivor_id: int, merged_id: int, moved: Any, actor: Actor) -> None:
    Task.objects.filter(contact=survivor_id, pk__in=moved).update(contact=merged_id)


def give(contact: Contact) -> list[dict[str, Any]]:
    return [
        {
            "title": task.title,
            "note": task.note,
            "owner": str(task.owner or ""),
            "due_at": values.dump(task.due_at),
            "done_at": values.dump(task.done_at),
            "created_by": task.created_by,
            "created_at": values.dump(task.created_at),
        }
        for task in Task.objects.filter(contact=contact).select_related("owner").order_by("created_at", "pk")
    ]


def forget(contact: Contact) -> None:
    Task.objects.filter(contact=contact).delete()
