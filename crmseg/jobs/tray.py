"""The tray of everything that works for somebody just now, and of what ended lately, whatever room it is from."""

from __future__ import annotations

from datetime import timedelta

from django.db.models import Q, QuerySet
from django.urls import reverse

from crmseg.access.models import User
from crmseg.access.roles import has_role
from crmseg.common import clock

from . import registry, services
from .models import OPEN, Job
from .registry import TrayItem

RECENT = timedelta(hours=12)
MOST = 12


def connect() -> None:
    registry.register_tray(items, running)


def running_count(user: User) -> int:
    """How much works for `user` now: one statement, however many rooms contribute."""
    first, *others = (source(user).order_by().values_list("pk") for _items, source in registry.tray_sources())
    return int(first.union(*others, all=True).count())


def shown(user: User) -> list[TrayItem]:
    """What runs first, then what ended, the latest first."""
    found = [item for source, _running in registry.tray_sources() for item in source(user)]
    return sorted(found, key=lambda item: (item.is_running, item.at or clock.now()), reverse=True)[:MOST]


def running(user: User) -> QuerySet[Job]:
    return Job.objects.filter(state__in=OPEN, user=user)


def items(user: User) -> list[TrayItem]:
    recent = Q(state__in=OPEN) | Q(finished_at__gt=clock.now() - RECENT)
    jobs = Job.objects.filter(recent, user=user).order_by("-pk")[:MOST]
    return [item_of(job, user) for job in jobs]


def item_of(job: Job, user: User) -> TrayItem:
    kind = registry.get(job.kind)
    may = may_steer(job, user)
    stoppable = may and job.state in (Job.State.QUEUED, Job.State.RUNNING) and not job.cancel_asked
    undoable = may and not job.is_open and job.state != Job.State.UNDONE and not services.why_not_undo(job)
    return TrayItem(
        key=f"job:{job.pk}",
        label=registry.label(job),
        state=job.state,
        state_label=job.get_state_display(),
        is_running=job.is_open,
        done=job.done,
        total=job.total,
        note=job.error or (kind.outcome(job) if kind and not job.is_open else ""),
        url=reverse("jobs:job", args=[job.pk]),
        cancel_url=reverse("jobs:cancel", args=[job.pk]) if stoppable else "",
        undo_url=reverse("jobs:undo", args=[job.pk]) if undoable else "",
        file_url=reverse("jobs:file", args=[job.pk]) if job.file and may_read_file(job, user) else "",
        at=job.finished_at or job.created_at,
    )


def may_steer(job: Job, user: User) -> bool:
    """Cancel and undo: whoever started it, and marketers."""
    return job.user_id == user.pk or has_role(user, "marketer")


def may_read_file(job: Job, user: User) -> bool:
    return job.user_id == user.pk or has_role(user, "admin")
