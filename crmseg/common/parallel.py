"""The same work on many pieces, several at once."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from django.db import connection

P = TypeVar("P")
R = TypeVar("R")
MOST = 4


def each(work: Callable[[P], R], pieces: Sequence[P]) -> list[R]:
    """What `work` makes of each piece, in their order; every thread has a database connection of its own.

    Within a transaction they go one after the other, for nobody else sees what it wrote. After an error of one, those
    that have not begun do not begin.
    """
    if connection.in_atomic_block:
        return [work(piece) for piece in pieces]
    waiting = iter(enumerate(pieces))
    made: dict[int, R] = {}

    def lane() -> None:
        try:
            for place, piece in waiting:
                made[place] = work(piece)
        except BaseException:
            deque(waiting, maxlen=0)
            raise
        finally:
            connection.close()

    lanes = min(MOST, os.cpu_count() or 1)
    with ThreadPoolExecutor(lanes, thread_name_prefix="lane") as pool:
        for ended in [pool.submit(lane) for _lane in range(lanes)]:
            ended.result()
    return [made[place] for place in range(len(pieces))]
