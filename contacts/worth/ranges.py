"""Everybody in pieces: ranges of ids that hold about as many rows each."""

from __future__ import annotations

from django.db import connection

_RANGES = """
    SELECT min({key}), max({key})
      FROM (SELECT {key}, (row_number() OVER (ORDER BY {key}) - 1) / %s AS piece FROM {table}) AS numbered
     GROUP BY piece ORDER BY piece
"""


def ranges(table: str, key: str, rows: int) -> list[tuple[int, int]]:
    """The least and the greatest `key` of each piece of `table`, in their order."""
    with connection.cursor() as cursor:
        cursor.execute(_RANGES.format(table=table, key=key), [rows])
        return [(low, high) for low, high in cursor.fetchall()]
