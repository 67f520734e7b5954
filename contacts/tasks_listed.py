"""Which tasks there are to look at: whose, in which state, found by which words; and who asked for each."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Final

from django.db.models import Count, Q, QuerySet
from django.utils import timezone

from crmseg.access.models import User
from crmseg.common import clock

from .models import Contact, Task
from .selectors import found_by

STATES: Final = ("open", "overdue", "today", "later", "done")
MINE, NOBODYS, EVERYBODYS = "me", "none", "all"


@dataclass(frozen=True)
class Source:
    """What asked for a task, where that was no person."""

    label: str
    url: str = ""


Namer = Callable[[Iterable[str]], Mapping[str, Source]]
_namers: dict[str, Namer] = {}


def register_source(kind: str, namer: Namer) -> None:
    """`namer(rests)` names what follows `kind:` in the source of tasks: {"7": Source("Welcome", "/automations/7/")}."""
    _namers[kind] = namer


def sources_of(tasks: Iterable[Task]) -> dict[str, Source]:
    """What the sources of these tasks are called, each kind asked once."""
    asked: dict[str, set[str]] = {}
    for source in {task.source for task in tasks if task.source}:
        kind, _colon, rest = source.partition(":")
        asked.setdefault(kind, set()).add(rest)
    return {
        f"{kind}:{rest}": found
        for kind, rests in asked.items()
        if kind in _namers
        for rest, found in _namers[kind](rests).items()
    }


def end_of_today(now: datetime) -> datetime:
    """The first instant of tomorrow, by the clock of the account."""
    local = timezone.localtime(now)
    return timezone.make_aware(datetime.combine(local.date() + timedelta(days=1), time.min))


def in_state(state: str, now: datetime) -> Q:
    """Today's are those due before its end and not overdue yet; later's also those without a date."""
    still = Q(done_at=None)
    match state:
        case "overdue":
            return still & Q(due_at__lt=now)
        case "today":
            return still & Q(due_at__gte=now, due_at__lt=end_of_today(now))
        case "later":
            return still & (Q(due_at=None) | Q(due_at__gte=end_of_today(now)))
        case "done":
            return ~still
        case _:
            return still


def whose(owner: str, user: User) -> Q:
    match owner:
        case "me":
            return Q(owner=user)
        case "none":
            return Q(owner=None)
        case _ if owner.isascii() and owner.isdigit() and len(owner) < 19:
            return Q(owner=int(owner))
        case _:
            return Q()


def tasks_table(*, owner: str, state: str, q: str, source: str, user: User) -> QuerySet[Task]:
    found = Task.objects.filter(whose(owner, user), in_state(state, clock.now()))
    if source:
        found = found.filter(source=source)
    if q.strip():
        about = found_by(q).condition
        people = Contact.objects.filter(about).values("pk")
        found = found.filter(Q(title__icontains=q.strip()) | Q(contact__in=people))
    return found.select_related("contact__company", "owner")


def counts(owner: str, user: User) -> dict[str, int]:
    """How many there are in each state but done, in one statement."""
    now = clock.now()
    wanted = {state: Count("pk", filter=in_state(state, now)) for state in STATES if state != "done"}
    return Task.objects.filter(whose(owner, user), done_at=None).aggregate(**wanted)


def pressing(user: User) -> int:
    """How many of `user`'s tasks are overdue or due today."""
    return Task.objects.filter(owner=user, done_at=None, due_at__lt=end_of_today(clock.now())).count()


def open_of_contact(contact_id: int) -> QuerySet[Task]:
    """The earliest due first, those without a date last."""
    found = Task.objects.filter(contact=contact_id, done_at=None).select_related("owner")
    return found.order_by("due_at", "pk")
