"""A cache that may be away: what cannot be remembered is forgotten, and nobody's request fails for it."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any, TypeVar

import redis
from django.core.cache.backends.redis import RedisCache

T = TypeVar("T")
logger = logging.getLogger(__name__)


class ForgivingRedisCache(RedisCache):
    def _try(self, ask: Callable[[], T], otherwise: T) -> T:
        try:
            return ask()
        except (redis.ConnectionError, redis.TimeoutError) as error:
            logger.warning("The cache is out of reach: %s", error)
            return otherwise

    def add(self, *args: Any, **options: Any) -> bool:
        return self._try(lambda: super(ForgivingRedisCache, self).add(*args, **options), True)

    def get(self, key: Any, default: Any = None, version: int | None = None) -> Any:
        return self._try(lambda: super(ForgivingRedisCache, self).get(key, default, version), default)

    def set(self, *args: Any, **options: Any) -> None:
        self._try(lambda: super(ForgivingRedisCache, self).set(*args, **options), None)

    def touch(self, *args: Any, **options: Any) -> bool:
        return self._try(lambda: super(ForgivingRedisCache, self).touch(*args, **options), False)

    def delete(self, *args: Any, **options: Any) -> bool:
        return self._try(lambda: super(ForgivingRedisCache, self).delete(*args, **options), False)
