"""Celery entry points: no decisions here, only calls. The rows own the work; a task that is lost is only late."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any

from celery import shared_task
from django.db import transaction

from crmseg.common import clock

from .sending import batch, events, finish, lease

logger = logging.getLogger(__name__)


STINT = 5.0
MOST_STEPS = 20_000
GOOD_FOR = 15.0
"""Seconds for which a ring counts. One that waited longer is one too many, or is rung again by `sweep`."""


@shared_task
def send_batch(campaign_id: int) -> None:
    """Batch after batch for some seconds; then others have their turn before this goes on.

    Rung at the start, and by itself while more is due; `sweep` rings where a ring was lost.
    """
    end = time.monotonic() + STINT
    more = True
    while more and time.monotonic() < end:
        more = batch.send_batch(campaign_id)
    if more:
        _ring(send_batch, campaign_id)


@shared_task
def sweep() -> None:
    """Beat, every few seconds: starts that are due, leases whose holder is gone, retries, events still owed."""
    from . import ongoing, optin, scheduling  # which starts campaigns by the services that ring these tasks
    from .experiments import decide  # which rings them too

    now = clock.now()
    _one_by_one(
        partial(scheduling.start_due, now),
        partial(decide.decide_due, now),
        ongoing.greet_everywhere,
        partial(lease.recover, now),
        finish.skip_cancelled,
        _record_all,
        partial(_ring_due, now),
        optin.deliver_due,
    )


def _one_by_one(*works: Callable[[], object]) -> None:
    """What fails keeps nothing else waiting: the others are done first."""
    failed: list[Exception] = []
    for work in works:
        try:
            work()
        except Exception as error:
            failed.append(error)
    if failed:
        raise failed[0]


def _record_all() -> None:
    while events.record_due():
        pass


def _ring_due(now: datetime) -> None:
    for campaign_id in lease.due_campaigns(now):
        _ring(send_batch, campaign_id)


@shared_task
def move_people() -> None:
    """Beat, every few seconds, and rung when somebody moved: who enters automations, and who is due in one."""
    from .journeys import looks, runner, triggers

    triggers.enter_everywhere()
    looks.look()
    runner.work(at_most=MOST_STEPS)
    _ring(call_services)


@shared_task
def call_services() -> None:
    """Rung whenever people were moved on: the calls that steps asked for, for some seconds. A service that is slow
    keeps neither people nor messages waiting."""
    from .journeys import hooks

    if hooks.deliver_due(stint=STINT):
        _ring(call_services)


@shared_task
def attribute() -> None:
    """Beat: what became of what was sent."""
    from .tracking import conversions

    conversions.attribute(clock.now())


@shared_task
def count_together(only_if_old: bool = False) -> None:
    """Beat, once a night; and rung when somebody writes a message that shows what goes with people's orders."""
    from .content import together

    if not (only_if_old and together.is_fresh()):
        together.count()


def ring_count_together() -> None:
    transaction.on_commit(lambda: _ring(count_together, True))


@shared_task
def ask_to_confirm() -> None:
    """Rung when somebody is to confirm; `sweep` looks too."""
    from . import optin

    optin.deliver_due()


def ring_opt_in() -> None:
    transaction.on_commit(lambda: _ring(ask_to_confirm))


def ring_people() -> None:
    transaction.on_commit(lambda: _ring(move_people))


def ring(campaign_id: int) -> None:
    """Once this transaction has committed, begin to send, on as many workers as may."""

    def now() -> None:
        for _worker in range(lease.AT_ONCE):
            _ring(send_batch, campaign_id)

    transaction.on_commit(now)


def _ring(task: Any, *arguments: int | bool) -> None:
    """A broker that is down fails nothing: beat sweeps."""
    try:
        task.apply_async(arguments, expires=GOOD_FOR)
    except Exception as error:
        logger.warning("The broker could not be told of %s %s: %s", task.name, arguments, error)
