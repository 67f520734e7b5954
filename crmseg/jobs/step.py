"""What a running job holds: its progress, saved in the transaction of the work itself.

A worker that lost its lease, or whose job was cancelled, learns it before it commits; what it did since is rolled back.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from crmseg.common import clock
from crmseg.common.actor import Actor

from .models import Job, Part

LEASE = timedelta(seconds=60)
TURN = 10.0
"""Seconds after which a job lets others that wait have the worker."""


class Lost(Exception):
    """Somebody else runs this job now."""


class Cancelled(Exception):
    """Somebody asked that it stop."""


class TurnOver(Exception):
    """Others wait for the same worker; the job goes on after them."""


class Step:
    """The hold of one worker on one job."""

    def __init__(self, job: Job):
        self.job = job
        self._until = time.monotonic() + TURN
        self._saved = False
        self.actor = read_actor(job.undo_by if job.state == Job.State.UNDOING else job.actor, job.user_id)

    @property
    def cursor(self) -> Any:
        return self.job.cursor

    def check(self) -> None:
        """Between steps, outside of their transactions: whether the job is still ours, wanted, and its turn."""
        held = Job.objects.filter(pk=self.job.pk).values_list("fence", "cancel_asked").first()
        if held is None or held[0] != self.job.fence:
            raise Lost
        if held[1]:
            raise Cancelled
        if self._saved and time.monotonic() > self._until:
            raise TurnOver

    def advance(self, done: int, *, total: int | None = None, cursor: Any = None, **counts: int) -> None:
        """Save how far it got, where to go on, and what was counted, and hold on to the job. In the transaction of the
        step, so that both happen or neither."""
        job = self.job
        result = {**job.result, **{name: job.result.get(name, 0) + more for name, more in counts.items()}}
        total = job.total if total is None else total
        # The condition sees what is committed by the time the row is ours, not what was when we asked.
        ours = Job.objects.filter(pk=job.pk, fence=job.fence, cancel_asked=False).update(
            done=done, total=total, cursor=cursor, result=result, lease_until=clock.now() + LEASE, tries=0
        )
        if not ours:
            self.check()
            raise Lost
        job.done, job.total, job.cursor, job.result, self._saved = done, total, cursor, result, True

    def parts(self) -> Iterator[Part]:
        """The frozen ids that are left. Advance with `cursor=part.number + 1`."""
        while True:
            self.check()
            part = Part.objects.filter(job=self.job, number__gte=self.job.cursor or 0).order_by("number").first()
            if part is None:
                return
            before = self.job.cursor
            yield part
            assert self.job.cursor != before, "a step was not saved"


def read_actor(written: str, user_id: int | None) -> Actor:
    kind, _colon, label = written.partition(":")
    match kind:
        case "user":
            return Actor("user", label, user_id)
        case "key":
            return Actor("key", label)
        case _:
            return Actor("system", label or "crmseg")
