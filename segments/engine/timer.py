"""Wake the clock in time: it sleeps until the next due instant, and is nudged when a sooner one is noted.

The nudge is a key in the broker. A lost nudge costs at most one sweep, because the sleeper looks again by itself.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from functools import cache

import redis
from django.conf import settings
from django.db import connection, transaction

from crmseg.common import clock

from ..models import ContactDue

SWEEP = 5.0
"""Seconds between two looks at the tables by a sleeper that nobody nudges."""
_KEY = "crmseg:clock"
_log = logging.getLogger(__name__)


@cache
def broker() -> redis.Redis:
    return redis.Redis.from_url(settings.REDIS_URL, socket_connect_timeout=2, socket_timeout=SWEEP + 2)


def next_due() -> datetime | None:
    return ContactDue.objects.order_by("due_at").values_list("due_at", flat=True).first()


def wake_for(due: datetime) -> None:
    """After the commit, shorten the sleep if `due` comes before the sleeper would look by itself."""
    if due < clock.now() + timedelta(seconds=SWEEP + 1):
        transaction.on_commit(nudge)


def nudge() -> None:
    try:
        broker().lpush(_KEY, 1)
        broker().ltrim(_KEY, 0, 0)
    except redis.RedisError:
        _log.warning("The clock could not be nudged; it looks again by itself.")


def sleep(seconds: float) -> None:
    """Sleep, or until nudged. Without a broker, simply sleep."""
    if seconds <= 0:
        return
    connection.close_if_unusable_or_obsolete()
    broker().blpop([_KEY], timeout=seconds)
