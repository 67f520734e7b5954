"""Celery entry points: no decisions here, only calls. Rows own the work; a lost ring costs at most one sweep."""

from __future__ import annotations

import logging
from typing import Any

import redis
from celery import Task, shared_task
from django.db import connection, transaction
from kombu.exceptions import OperationalError

from crmseg.common import clock

from .engine import audit as auditing
from .engine import build as building
from .engine import clock as due
from .engine import drain as draining
from .engine import feed, static, timer
from .models import Segment

_log = logging.getLogger(__name__)
_RUNG = "crmseg:rung:{}"
_RUNG_FOR = 5


@shared_task(acks_late=True)
def drain() -> None:
    """Empty the change log."""
    heard(drain)
    draining.drain()


@shared_task(acks_late=True)
def pop_due() -> None:
    """Move those whom time alone moves."""
    heard(pop_due)
    while due.pop_due(clock.now()):
        pass


@shared_task(acks_late=True)
def build() -> None:
    """Build what waits to be built."""
    heard(build)
    while building.run_waiting():
        ring(drain)


@shared_task(acks_late=True)
def number() -> None:
    """Number ledger rows that a crash left without a number."""
    feed.number()


@shared_task(acks_late=True)
def renew_snapshots() -> None:
    """Renew the static lists that are snapshots and due."""
    waiting = Segment.objects.filter(kind=Segment.Kind.STATIC, snapshot_due_at__lte=clock.now())
    for segment_id in waiting.values_list("pk", flat=True):
        static.renew_snapshot(segment_id)
        ring(drain)


@shared_task(acks_late=True)
def nightly_audit() -> None:
    """Hold every list against the truth, repair what differs, and leave a report."""
    auditing.repair(auditing.audit())


def ring_changes(**_signal: Any) -> None:
    """Have the change log emptied after the present transaction."""
    ring_on_commit(drain)


def ring_builds() -> None:
    ring_on_commit(build)


def ring_snapshots() -> None:
    ring_on_commit(renew_snapshots)


def ring(task: Task[..., None]) -> None:
    """Send the task, unless one is on its way already. Without a broker, the next sweep does the work."""
    try:
        if timer.broker().set(_RUNG.format(task.name), 1, nx=True, ex=_RUNG_FOR):
            task.apply_async(retry=True, retry_policy={"max_retries": 1, "interval_start": 0})
    except (redis.RedisError, OperationalError):
        _log.warning("The broker did not take a ring for %s; the next sweep finds the work.", task.name)
        heard(task)  # or the sweep would take this ring for one that is on its way


def heard(task: Task[..., None]) -> None:
    """The ring has been heard: whoever comes from here on rings again."""
    try:
        timer.broker().delete(_RUNG.format(task.name))
    except redis.RedisError:
        _log.warning("The broker is away.")


def ring_on_commit(task: Task[..., None]) -> None:
    if not any(getattr(call[1], "task", None) is task for call in connection.run_on_commit):
        transaction.on_commit(_Ring(task), robust=True)


class _Ring:
    """A ring for one task, recognisable among the calls that wait for the commit."""

    def __init__(self, task: Task[..., None]):
        self.task = task

    def __call__(self) -> None:
        ring(self.task)
