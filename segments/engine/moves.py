"""How many entered and left each list, by quarter of an hour: what charts and summaries add up instead of the ledger.

Written in the transaction of the moves themselves, by whoever has locked the rows of the lists, so that the sums are
those of the ledger at every instant. A quarter of an hour is the finest step between the local days of any two zones.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from django.db import connection

FIRST_BUILD = "build"
"""The cause of whoever the first build found: they did not move, the list came to them."""
_ADD = """
    INSERT INTO segments_movecount AS known (segment_id, quarter, built, entered, gone)
    SELECT pk, date_bin('15 minutes', %(at)s, '2000-01-01T00:00:00Z'), %(built)s, entered, gone
      FROM unnest(%(segments)s::bigint[], %(entered)s::bigint[], %(gone)s::bigint[]) AS moved (pk, entered, gone)
    ON CONFLICT (segment_id, quarter, built)
    DO UPDATE SET entered = known.entered + excluded.entered, gone = known.gone + excluded.gone
"""


class Moved(NamedTuple):
    """How many entered a list, and how many left it."""

    entered: int = 0
    left: int = 0


def add(moved: Mapping[int, Moved], at: datetime, *, built: bool = False) -> None:
    """Count the moves of these lists, whose rows the caller has locked."""
    counts = {pk: each for pk, each in sorted(moved.items()) if any(each)}
    if not counts:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            _ADD,
            {
                "at": at,
                "built": built,
                "segments": list(counts),
                "entered": [each.entered for each in counts.values()],
                "gone": [each.left for each in counts.values()],
            },
        )
