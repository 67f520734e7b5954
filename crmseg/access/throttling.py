"""How fast one key may ask: 200 requests a second on average, counted over ten seconds so that bursts pass.

The counters live in the broker. While it is out of reach nobody is held back, and it is asked again after a while.
"""

from __future__ import annotations

import time
from functools import cache
from typing import TYPE_CHECKING

import redis
from django.conf import settings
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from .models import ApiKey

if TYPE_CHECKING:
    from rest_framework.views import APIView

SECONDS = 10
REQUESTS = 200 * SECONDS
ASK_AGAIN_AFTER = 5.0

_unreachable_until = 0.0


@cache
def _counters() -> redis.Redis:
    return redis.Redis.from_url(settings.REDIS_URL, socket_timeout=0.5, socket_connect_timeout=0.5)


def count(owner: str, window: int) -> int:
    """How many requests of `owner` this window has seen, this one included; 0 when nobody can say."""
    global _unreachable_until
    if time.monotonic() < _unreachable_until:
        return 0
    name = f"crmseg:requests:{owner}:{window}"
    try:
        with _counters().pipeline(transaction=False) as pipe:
            pipe.incr(name)
            pipe.expire(name, 2 * SECONDS)
            seen, _ = pipe.execute()
    except redis.RedisError:
        _unreachable_until = time.monotonic() + ASK_AGAIN_AFTER
        return 0
    return int(seen)


class KeyThrottle(BaseThrottle):
    """Fixed windows; a person in a browser is not counted."""

    def allow_request(self, request: Request, view: APIView) -> bool:
        if not isinstance(request.auth, ApiKey):
            return True
        return count(request.auth.prefix, int(time.time()) // SECONDS) <= REQUESTS

    def wait(self) -> float:
        return SECONDS - time.time() % SECONDS + 1
