"""The run of a job: claimed, walked in steps, ended. One that is killed goes on after its last saved step."""

from __future__ import annotations

import logging

from django.db import OperationalError, transaction
from django.db.models import F, Q
from django.utils import translation
from django.utils.translation import gettext as _

from crmseg.access import account
from crmseg.common import clock
from crmseg.common.problems import InvalidInput

from . import registry, signals
from .models import Job, Part
from .step import LEASE, Cancelled, Lost, Step, TurnOver

MOST_TRIES = 5
State = Job.State
log = logging.getLogger(__name__)


def run(job_id: int) -> None:
    """Claim the job and run it, or its undo, to the end; do nothing when it is not waiting."""
    if not _claim(job_id):
        return
    job = Job.objects.select_related("user").get(pk=job_id)
    with translation.override((job.user.language if job.user else "") or account.current().language):
        _run(job)


def waiting() -> list[int]:
    """Jobs nobody runs: queued, or left behind by a worker that died."""
    return list(Job.objects.filter(_free()).order_by("pk").values_list("pk", flat=True))


def _free() -> Q:
    now = clock.now()
    undo = Q(state=State.UNDOING) & (Q(lease_until=None) | Q(lease_until__lt=now))
    return Q(state=State.QUEUED) | Q(state=State.RUNNING, lease_until__lt=now) | undo


def _claim(job_id: int) -> bool:
    with transaction.atomic():
        job = Job.objects.select_for_update(skip_locked=True).filter(_free(), pk=job_id).first()
        if job is None:
            return False
        now = clock.now()
        job.state = State.RUNNING if job.state == State.QUEUED else job.state
        job.began_at = job.began_at or now
        job.lease_until, job.fence, job.tries = now + LEASE, job.fence + 1, job.tries + 1
        job.save(update_fields=["state", "began_at", "lease_until", "fence", "tries"])
    return True


def _run(job: Job) -> None:
    kind = registry.get(job.kind)
    undoing = job.state == State.UNDOING
    work = kind.undo if kind and undoing else kind.run if kind else None
    if work is None or job.tries > MOST_TRIES:
        _end(job, State.FAILED, _("It stopped several times at the same place; what was done so far is kept."))
        return
    try:
        work(job, Step(job))
    except Lost:
        return
    except TurnOver:
        Job.objects.filter(pk=job.pk, fence=job.fence).update(lease_until=clock.now())
        signals.job_queued.send_robust(sender=None, job_id=job.pk)
    except Cancelled:
        _end(job, State.CANCELLED)
    except InvalidInput as error:
        _end(job, State.FAILED, " ".join(problem.message for problem in error.problems))
    except OperationalError:
        # The database went away, or two writers met: the lease runs out, and the sweep has it tried again.
        log.exception("The job %s was interrupted", job.pk)
        Job.objects.filter(pk=job.pk, fence=job.fence).update(lease_until=clock.now())
    except Exception:
        log.exception("The job %s failed", job.pk)
        _end(job, State.FAILED, _("Something went wrong on our side; what was done so far is kept."))
        raise
    else:
        _end(job, State.UNDONE if undoing else State.DONE)


def _end(job: Job, state: str, error: str = "") -> None:
    """Only by whoever holds it. The frozen ids go, except those that a failed job still needs to go on."""
    with transaction.atomic():
        ended = Job.objects.filter(pk=job.pk, fence=job.fence).update(
            state=state,
            error=error,
            finished_at=clock.now(),
            lease_until=None,
            cancel_asked=False,
            fence=F("fence") + 1,
        )
        if ended and state != State.FAILED:
            Part.objects.filter(job=job.pk).delete()
