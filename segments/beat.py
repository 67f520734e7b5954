"""The clock of the product: Celery's beat, which also sleeps exactly until somebody is due.

Between two due instants it does nothing. It looks at the tables every few seconds, because rings can be lost and rows
cannot, and sends a task only when there is work.
"""

from __future__ import annotations

import logging
from datetime import timedelta
from time import monotonic
from typing import Any

import redis
from celery.beat import Scheduler
from django.db import DatabaseError, InterfaceError, connection
from django.db.models import Q

from contacts.models import ContactChange
from crmseg import heartbeat
from crmseg.common import clock

from . import tasks
from .engine import timer
from .models import Build, LedgerEntry, Segment
from .scoring import tasks as of_scores

_log = logging.getLogger(__name__)


class DueScheduler(Scheduler):
    """Runs the schedule of the settings, and wakes for due instants and for work that lost its ring."""

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self._swept = 0.0

    def tick(self, *args: Any, **kwargs: Any) -> float:
        """Send what is due; then sleep here, where a nudge can end it."""
        heartbeat.beat_lives(timer.broker())
        wait = min(super().tick(*args, **kwargs), timer.SWEEP)
        try:
            wait = min(wait, self._send_due())
            if monotonic() - self._swept >= timer.SWEEP:
                sweep()
                self._swept = monotonic()
        except (DatabaseError, InterfaceError):
            connection.close()
            _log.warning("The database is away; looking again in a moment.")
            return 1.0
        try:
            timer.sleep(wait)
        except redis.RedisError:
            return 1.0
        return 0.0

    def _send_due(self) -> float:
        """Ring for those who are due; return the seconds until the next one is."""
        due = timer.next_due()
        if due is None:
            return timer.SWEEP
        left = (due - clock.now()) / timedelta(seconds=1)
        if left <= 0:
            tasks.ring(tasks.pop_due)
            return 0.2
        return left


def sweep() -> None:
    """Ring for work that waits, whoever forgot to."""
    now = clock.now()
    if ContactChange.objects.exists():
        tasks.ring(tasks.drain)
    if Build.objects.filter(Q(state="queued") | Q(state="running", lease_until__lt=now)).exists():
        tasks.ring(tasks.build)
    if LedgerEntry.objects.filter(cursor=None).exists():
        tasks.ring(tasks.number)
    if Segment.objects.filter(kind=Segment.Kind.STATIC, snapshot_due_at__lte=now).exists():
        tasks.ring(tasks.renew_snapshots)
    of_scores.sweep()
