"""Notes that somebody looked at a list, at most once a day for each, so that forgotten lists can be told."""

from __future__ import annotations

from datetime import timedelta
from time import monotonic

from django.db import connection

from crmseg.common import clock

_NOTE = """
    INSERT INTO segments_look AS kept (segment_id, at) VALUES (%(segment)s, %(now)s)
    ON CONFLICT (segment_id) DO UPDATE SET at = excluded.at WHERE kept.at < %(before)s
"""
OFTEN = timedelta(days=1)
_noted: dict[int, float] = {}
_AGAIN = 3600.0
_MOST = 10_000


def note(segment_id: int) -> None:
    """Somebody looks at the list now. Each process asks the database once an hour and list."""
    tick, now = monotonic(), clock.now()
    if tick - _noted.get(segment_id, -_AGAIN) < _AGAIN:
        return
    if len(_noted) > _MOST:
        _noted.clear()
    _noted[segment_id] = tick
    with connection.cursor() as cursor:
        cursor.execute(_NOTE, {"segment": segment_id, "now": now, "before": now - OFTEN})
