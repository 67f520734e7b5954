"""Where tasks are shown beside their own page: for a contact, on the home page, and as a number in the sidebar."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from crmseg.access.models import User
from crmseg.common import clock
from crmseg.web import navigation
from crmseg.web import panels as shell

from . import panels, tasks_listed
from .models import Contact, Task

SHOWN = 8


def connect() -> None:
    panels.register("tasks", panel)
    shell.register_home(shell.HomePanel(35, "tasks/home_panel.html", home))
    navigation.register_count("tasks:list", tasks_listed.pressing)


def panel(contact: Contact) -> dict[str, Any]:
    """What is to be done about her, the earliest first."""
    found = list(tasks_listed.open_of_contact(contact.pk)[: SHOWN + 1])
    return {"contact": contact, "tasks": _with_lateness(found[:SHOWN]), "more": found[SHOWN:]}


def home(request: HttpRequest) -> dict[str, Any] | None:
    """What the reader is to do, the earliest first; nothing where she has nothing to do."""
    if not isinstance(request.user, User):
        return None
    own = Task.objects.filter(owner=request.user, done_at=None).select_related("contact")
    found = list(own.order_by("due_at", "pk")[: SHOWN + 1])
    return {"tasks": _with_lateness(found[:SHOWN]), "more": found[SHOWN:]} if found else None


def _with_lateness(tasks: list[Task]) -> list[tuple[Task, bool]]:
    now = clock.now()
    return [(task, task.due_at is not None and task.due_at < now) for task in tasks]
