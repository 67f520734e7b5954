"""Celery entry points: no decisions here, only calls. The rows own the work; a task that is lost is only late."""

from __future__ import annotations

import logging
from typing import Any

from celery import shared_task
from django.db import transaction

from crmseg.common import clock

from .sending import batch, events, finish, lease

logger = logging.getLogger(__name__)


@shared_task
def send_batch(campaign_id: int) -> None:
    """Rung at the start, and by itself while more is due; `sweep` rings where a ring was lost."""
    more = batch.send_batch(campaign_id)
    while events.record_due():
        pass
    if more:
        send_batch.delay(campaign_id)


@shared_task
def sweep() -> None:
    """Beat, every few seconds: starts that are due, leases whose holder is gone, retries, events still owed."""
    from . import ongoing, optin, scheduling  # which starts campaigns by the services that ring these tasks
    from .experiments import decide  # which rings them too

    now = clock.now()
    scheduling.start_due(now)
    decide.decide_due(now)
    ongoing.greet_everywhere()
    lease.recover(now)
    finish.skip_cancelled()
    while events.record_due():
        pass
    for campaign_id in lease.due_campaigns(now):
        send_batch.delay(campaign_id)
    optin.deliver_due()


@shared_task
def attribute() -> None:
    """Beat: what became of what was sent."""
    from .tracking import conversions

    conversions.attribute(clock.now())


@shared_task
def ask_to_confirm() -> None:
    """Rung when somebody is to confirm; `sweep` looks too."""
    from . import optin

    optin.deliver_due()


def ring_opt_in() -> None:
    transaction.on_commit(lambda: _ring(ask_to_confirm))


def ring(campaign_id: int) -> None:
    """Once this transaction has committed, begin to send."""
    transaction.on_commit(lambda: _ring(send_batch, campaign_id))


def _ring(task: Any, *arguments: int) -> None:
    """A broker that is down fails nothing: beat sweeps."""
    try:
        task.delay(*arguments)
    except Exception as error:
        logger.warning("The broker could not be told of %s %s: %s", task.name, arguments, error)
