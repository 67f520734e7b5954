"""Jobs are started, cancelled, undone, tried again and forgotten here. The row owns the work; tasks only ring."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import F, QuerySet
from django.utils.translation import gettext as _

from crmseg.access import audit
from crmseg.access.models import User
from crmseg.common import clock, json
from crmseg.common.actor import Actor, acting
from crmseg.common.problems import Conflict

from . import registry, signals
from .freezing import freeze
from .models import OPEN, Job, Part

UNDO_WITHIN = timedelta(days=30)
FILES_FOR = timedelta(days=7)
KEPT_FOR = timedelta(days=365)
State = Job.State
ENDED = (State.DONE, State.FAILED, State.CANCELLED)


def start(
    kind: str,
    params: Mapping[str, Any],
    *,
    user: User | None,
    actor: Actor,
    total: int = 0,
    chosen: QuerySet[Any] | None = None,
) -> Job:
    """Queue work of a registered kind. The ids of `chosen` are kept with it as they are now."""
    if registry.get(kind) is None:
        raise LookupError(kind)
    with acting(actor):
        job = Job.objects.create(kind=kind, params=json.plain(params), total=total, user=user, actor=str(actor))
        if chosen is not None:
            job.total = freeze(job, chosen)
            job.save(update_fields=["total"])
        audit.record(actor, "started", job, {"contacts": job.total} if chosen is not None else {})
        _ring(job.pk)
    return job


def cancel(job_id: int, *, actor: Actor) -> Job:
    """At once while it waits, before its next step while it runs. What was done stays; it may be undone."""
    with acting(actor):
        job = Job.objects.select_for_update().get(pk=job_id)
        if job.state == State.QUEUED:
            job.state, job.finished_at = State.CANCELLED, clock.now()
            Part.objects.filter(job=job).delete()
        elif job.state == State.RUNNING:
            job.cancel_asked = True
        else:
            raise Conflict(_("This is not running."))
        job.save(update_fields=["state", "finished_at", "cancel_asked"])
        audit.record(actor, "cancelled", job)
    return job


def undo(job_id: int, *, actor: Actor) -> Job:
    """Queue the undo of a job that has ended. Repeated, it changes nothing."""
    with acting(actor):
        job = Job.objects.select_for_update().get(pk=job_id)
        if job.state in (State.UNDOING, State.UNDONE):
            return job
        if reason := why_not_undo(job):
            raise Conflict(reason)
        job.state, job.undo_by, job.error = State.UNDOING, str(actor), ""
        job.done, job.total, job.cursor, job.tries = 0, job.result.get("changed", 0), None, 0
        job.lease_until, job.cancel_asked = None, False
        job.save()
        Part.objects.filter(job=job).delete()
        audit.record(actor, "undone", job)
        _ring(job.pk)
    return job


def try_again(job_id: int, *, actor: Actor) -> Job:
    """A failed job goes on after its last saved step."""
    with acting(actor):
        job = Job.objects.select_for_update().get(pk=job_id)
        if job.state != State.FAILED:
            raise Conflict(_("Only what failed can be tried again."))
        job.state, job.error, job.tries, job.finished_at = State.QUEUED, "", 0, None
        if job.undo_by:
            job.state = State.UNDOING
        job.lease_until, job.cancel_asked = None, False
        job.save(update_fields=["state", "error", "tries", "finished_at", "lease_until", "cancel_asked"])
        audit.record(actor, "started", job)
        _ring(job.pk)
    return job


def why_not_undo(job: Job) -> str:
    """Empty when the job can be undone."""
    kind = registry.get(job.kind)
    if kind is None or kind.undo is None:
        return _("This cannot be undone.")
    if job.state not in ENDED:
        return _("Only what has ended can be undone.")
    if (job.finished_at or job.created_at) < clock.now() - UNDO_WITHIN:
        return _("This can be undone for %(days)s days.") % {"days": UNDO_WITHIN.days}
    if not job.result.get("changed"):
        return _("It changed nothing, so there is nothing to undo.")
    return kind.may_undo(job)


def forget_old() -> None:
    """Files past their time, the ids of what failed long ago, and at last the rows themselves."""
    now = clock.now()
    _delete_files(Job.objects.filter(file_until__lt=now))
    old = Job.objects.exclude(state__in=OPEN)
    Part.objects.filter(job__in=old.filter(finished_at__lt=now - FILES_FOR)).delete()
    old.filter(finished_at__lt=now - KEPT_FOR).delete()


def drop_files(jobs: QuerySet[Job]) -> None:
    """Their files go with the commit of this transaction; whatever prevents that, they are past their time."""
    ids = list(jobs.exclude(file="").values_list("pk", flat=True))
    Job.objects.filter(pk__in=ids).update(file_until=clock.now())
    transaction.on_commit(lambda: _delete_files(Job.objects.filter(pk__in=ids)), robust=True)


def _delete_files(jobs: QuerySet[Job]) -> None:
    for job in jobs.exclude(file="").iterator():
        job.file.delete(save=False)
        job.file_until = None
        job.save(update_fields=["file", "file_until"])


def begin_again(jobs: QuerySet[Job]) -> None:
    """From the first of their ids; whoever works at one of them now loses it."""
    anew: dict[str, Any] = {"done": 0, "cursor": None, "result": {}, "fence": F("fence") + 1, "lease_until": None}
    jobs.filter(state=State.FAILED).update(**anew)
    running = list(jobs.filter(state=State.RUNNING).values_list("pk", flat=True))
    Job.objects.filter(pk__in=running, state=State.RUNNING).update(state=State.QUEUED, **anew)
    for job_id in running:
        _ring(job_id)


def _ring(job_id: int) -> None:
    transaction.on_commit(lambda: signals.job_queued.send_robust(sender=None, job_id=job_id), robust=True)
