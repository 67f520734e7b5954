"""One writer per contact: advisory locks that end with their transaction, always taken in the same order.

Contacts share a lock by blocks of neighbouring ids, so that a build walking over blocks holds one lock at a time while
a single live change waits for at most one block. Whoever saves a definition holds the graph; whoever makes one live
shares it, so that readers of a list are known while it changes.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import connection

BLOCK = 4096
SHARDS = 64
_SHARD_LOCK, _GRAPH_LOCK, _FEED_LOCK = 71_001, 71_002, 71_003


def shard(contact_id: int) -> int:
    return contact_id // BLOCK % SHARDS


def lock_contacts(contact_ids: Iterable[int]) -> None:
    _lock_shards(sorted({shard(contact_id) for contact_id in contact_ids}))


def lock_everyone() -> None:
    _lock_shards(list(range(SHARDS)))


def lock_graph() -> None:
    _execute("SELECT pg_advisory_xact_lock(%s, 0)", [_GRAPH_LOCK])


def share_graph() -> None:
    _execute("SELECT pg_advisory_xact_lock_shared(%s, 0)", [_GRAPH_LOCK])


def lock_feed() -> None:
    _execute("SELECT pg_advisory_xact_lock(%s, 0)", [_FEED_LOCK])


def _lock_shards(shards: list[int]) -> None:
    # The set-returning call walks the array in its order, so two writers can never wait for each other.
    _execute("SELECT pg_advisory_xact_lock(%s, one) FROM unnest(%s::int[]) AS one", [_SHARD_LOCK, shards])


def _execute(sql: str, params: list[Any]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
