"""Each worker says every two seconds that its loop turns, so that `/readyz` can tell without asking it to do work.

The word is a key in the broker that goes away by itself: a worker that is dead, stuck or cut off from the broker falls
silent within `LIFETIME` seconds.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import redis
from celery import Celery, bootsteps
from celery.signals import worker_process_init

from crmseg.embedded.process import follow_parent

EVERY, LIFETIME = 2.0, 7
BEAT, BEAT_LIFETIME = "beat", 20
KEY = "crmseg:worker:"


class Heartbeat(bootsteps.StartStopStep):
    """Runs in the worker's own event loop, not beside it."""

    requires = ("celery.worker.components:Timer",)

    def __init__(self, parent: Any, **options: Any) -> None:
        super().__init__(parent, **options)
        self.timer_entry: Any = None

    def start(self, parent: Any) -> None:
        broker = redis.Redis.from_url(parent.app.conf.broker_url, socket_timeout=1, socket_connect_timeout=1)
        key = KEY + parent.hostname.partition("@")[0]

        def beat() -> None:
            with suppress(redis.RedisError):  # its silence is the message
                broker.set(key, parent.hostname, ex=LIFETIME)

        beat()
        self.timer_entry = parent.timer.call_repeatedly(EVERY, beat)

    def stop(self, parent: Any) -> None:
        if self.timer_entry:
            self.timer_entry.cancel()


def connect(app: Celery) -> None:
    """Let every worker of `app` say that it lives, and let no task outlive its worker."""
    app.steps["worker"].add(Heartbeat)
    worker_process_init.connect(_end_with_the_worker)


def _end_with_the_worker(**_: object) -> None:
    follow_parent()


def beat_lives(broker: redis.Redis) -> None:
    """The clock says that it turns; it sleeps some seconds at a time."""
    with suppress(redis.RedisError):
        broker.set(KEY + BEAT, BEAT, ex=BEAT_LIFETIME)


def workers_alive(redis_url: str, names: tuple[str, ...]) -> list[str]:
    """Those of `names` that spoke lately."""
    broker = redis.Redis.from_url(redis_url, socket_timeout=2, socket_connect_timeout=2)
    with broker:
        return [name for name in names if broker.exists(KEY + name)]
