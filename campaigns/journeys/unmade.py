"""Who would have entered or left a list before it was made: its definition, asked of everybody at the end of each day.

Whoever is new enters when she comes: when she was created, or did the first thing that is known of her.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import numpy as np
from django.db import connection

from segments import catalogue
from segments.definition.load import load
from segments.definition.nodes import active
from segments.engine.plan import Column, Ids
from segments.models import Segment
from segments.scoring.fitted import past

from . import replay, then
from .schema import ListTrigger

MOST_PEOPLE: Final = 10_000
DAY: Final = timedelta(days=1)
_CAME = """
    SELECT c.id, extract(epoch FROM LEAST(c.created_at, (SELECT min(e.occurred_at) FROM contacts_event AS e
                                                          WHERE e.contact_id = c.id)))
      FROM contacts_contact AS c WHERE c.id = ANY(%s) ORDER BY c.id
"""


@dataclass(frozen=True)
class Unmade:
    """`moves` through the door in order, each at the end of its day, of a `share` of the contacts."""

    since: datetime
    until: datetime
    moves: list[replay.Happened]
    share: float

    @property
    def moves_of_all(self) -> int:
        return round(len(self.moves) / self.share)

    def of_share(self, share: float) -> list[replay.Happened]:
        kept = replay.sampled([pk for pk, _at in self.moves], share)
        return [one for one in self.moves if one[0] in kept]


def moves(trigger: ListTrigger, since: datetime, progress: Callable[[int, int], None] | None = None) -> Unmade | None:
    """None where the list was there all the time, follows no definition, or asks what keeps no history."""
    listed = Segment.objects.get(pk=trigger.list)
    if listed.kind != Segment.Kind.ACTIVE or listed.entry_delay or listed.exit_delay:
        return None
    known = catalogue.current()
    tree = active(load(listed.definition, known, reader_of=listed.pk))
    assert tree is not None
    told, until = then.known(tree), listed.created_at
    begin = max(since, told.since or since)
    if told.why or begin >= until:
        return None
    ids, came, share = _people()
    if not len(ids):
        return None
    plan = past.plan_of((tree,), known)
    before: Column | None = None
    found: list[replay.Happened] = []
    days = -(-(until - begin) // DAY)
    for day in range(days + 1):
        at = min(begin + day * DAY, until)
        there, held = past.evaluate(plan, ids, at)
        inside = np.zeros(len(ids), bool)
        inside[np.searchsorted(ids, there)] = held[:, 0]
        inside &= came <= at.timestamp()
        if before is not None:
            moved = before & ~inside if trigger.leaves else inside & ~before
            found += [(pk, at) for pk in ids[moved].tolist()]
        before = inside
        if progress:
            progress(day, days)
    return Unmade(begin, until, found, share)


def _people() -> tuple[Ids, np.ndarray[Any, np.dtype[np.float64]], float]:
    """Everybody, or a share of them, in order, and since when each is known."""
    ids, share = replay.everybody(MOST_PEOPLE)
    with connection.cursor() as cursor:
        cursor.execute(_CAME, [ids])
        rows = cursor.fetchall()
    return np.array([pk for pk, _at in rows], np.int64), np.array([float(at) for _pk, at in rows], np.float64), share
