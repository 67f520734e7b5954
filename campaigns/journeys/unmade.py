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
from segments.definition.nodes import InSegment, Node, active, leaves
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

_TOUCHED = """
    SELECT DISTINCT contact_id, ceil(extract(epoch FROM at - %(begin)s::timestamptz) / 86400)::int
      FROM (SELECT contact_id, at FROM contacts_attributehistory
             UNION ALL
            SELECT c.id, h.at FROM contacts_companyhistory AS h JOIN contacts_contact AS c USING (company_id)
             UNION ALL
            SELECT contact_id, at FROM segments_ledgerentry WHERE segment_id = ANY(%(lists)s::bigint[])) AS written
     WHERE at > %(begin)s AND at <= %(until)s
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
    touched = _touched(tree, begin, until)
    holds, due = np.zeros(len(ids), bool), np.full(len(ids), -np.inf)
    found: list[replay.Happened] = []
    days = -(-(until - begin) // DAY)
    before: Column | None = None
    for day in range(days + 1):
        at = min(begin + day * DAY, until)
        # Between two looks an answer changes by what is written about its contact, or at an instant known before.
        again = (due <= at.timestamp()) | np.isin(ids, touched.pop(day, []))
        if again.any():
            truth = past.truth_at(plan, ids[again], at)
            places = np.searchsorted(ids, truth.ids)
            holds[again] = False
            holds[places] = truth.members[-1]
            due[again] = np.inf
            due[places] = [np.inf if one is None else one.timestamp() for one in truth.due]
        inside = holds & (came <= at.timestamp())
        if before is not None:
            moved = before & ~inside if trigger.leaves else inside & ~before
            found += [(pk, at) for pk in ids[moved].tolist()]
        before = inside
        if progress:
            progress(day, days)
    return Unmade(begin, until, found, share)


def _touched(tree: Node, begin: datetime, until: datetime) -> dict[int, list[int]]:
    """By day, of whom something was written that has a history."""
    asked = [one.segment_id for one in leaves(tree) if isinstance(one, InSegment)]
    found: dict[int, list[int]] = {}
    with connection.cursor() as cursor:
        cursor.execute(_TOUCHED, {"begin": begin, "until": until, "lists": asked})
        for pk, day in cursor.fetchall():
            found.setdefault(day, []).append(pk)
    return found


def _people() -> tuple[Ids, np.ndarray[Any, np.dtype[np.float64]], float]:
    """Everybody, or a share of them, in order, and since when each is known."""
    ids, share = replay.everybody(MOST_PEOPLE)
    with connection.cursor() as cursor:
        cursor.execute(_CAME, [ids])
        rows = cursor.fetchall()
    return np.array([pk for pk, _at in rows], np.int64), np.array([float(at) for _pk, at in rows], np.float64), share
