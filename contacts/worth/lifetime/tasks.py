"""Celery entry points: no decisions here, only calls."""

from __future__ import annotations

from datetime import datetime

from celery import shared_task
from django.db import transaction

from contacts.worth.keys import PROPERTIES
from crmseg.common import clock

from . import job

_ORDERS = f"attribute:{PROPERTIES['orders']}"


@shared_task(name="contacts.renew_lifetimes")
def renew() -> None:
    """Beat, every night."""
    job.renew(clock.now())


@shared_task(name="contacts.predict_everyone")
def predict() -> None:
    job.counted(clock.now())


def ring_counted(keys: frozenset[str], now: datetime) -> None:
    """Heard when everyone's worth was renewed: where orders were counted anew, they are also read anew here."""
    if _ORDERS in keys:
        transaction.on_commit(predict.delay, robust=True)
