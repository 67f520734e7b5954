"""Write entries and exits: membership rows, the ledger, and the sizes of the lists, in the caller's transaction.

Safe to repeat: a row that is already there enters nothing, a row that is gone leaves nothing, and only what really
moved is written to the ledger.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from django.db import connection

from ..models import LedgerEntry
from . import feed, moves
from .moves import Moved


class Move(NamedTuple):
    """One contact entering or leaving one list, because of `cause`, under `version` of its definition."""

    segment_id: int
    contact_id: int
    cause: str
    version: int
    quiet: bool = False


_ENTER = """
    WITH incoming AS (
        SELECT * FROM unnest(%(segments)s::bigint[], %(contacts)s::bigint[], %(causes)s::text[], %(versions)s::int[],
                             %(quiet)s::boolean[])
               AS move (segment_id, contact_id, cause, version, quiet)
    ), moved AS (
        INSERT INTO segments_membership (segment_id, contact_id, entered_at)
        SELECT segment_id, contact_id, %(at)s FROM incoming
        ON CONFLICT (segment_id, contact_id) DO NOTHING
        RETURNING segment_id, contact_id
    )
"""
_LEAVE = """
    WITH incoming AS (
        SELECT * FROM unnest(%(segments)s::bigint[], %(contacts)s::bigint[], %(causes)s::text[], %(versions)s::int[],
                             %(quiet)s::boolean[])
               AS move (segment_id, contact_id, cause, version, quiet)
    ), moved AS (
        DELETE FROM segments_membership AS member USING incoming
         WHERE member.segment_id = incoming.segment_id AND member.contact_id = incoming.contact_id
        RETURNING member.segment_id, member.contact_id
    )
"""
_RECORD = """
    , recorded AS (
        INSERT INTO segments_ledgerentry (segment_id, contact_id, change, at, cause, version, quiet)
        SELECT incoming.segment_id, incoming.contact_id, %(change)s, %(at)s, incoming.cause, incoming.version,
               incoming.quiet
          FROM incoming JOIN moved USING (segment_id, contact_id)
    )
    SELECT segment_id, count(*) FROM moved GROUP BY segment_id
"""
_SIZES = """
    UPDATE segments_segment AS segment SET size = segment.size + delta.change
      FROM unnest(%s::bigint[], %s::bigint[]) AS delta (segment_id, change)
     WHERE segment.id = delta.segment_id
"""


def write(entered: Sequence[Move], left: Sequence[Move], at: datetime) -> int:
    """Apply the moves; return how many really happened. The feed numbers them after the commit."""
    came = dict(_apply(entered, _ENTER + _RECORD, LedgerEntry.Change.ENTERED, at))
    gone = dict(_apply(left, _LEAVE + _RECORD, LedgerEntry.Change.LEFT, at))
    moved = {pk: Moved(came.get(pk, 0), gone.get(pk, 0)) for pk in came.keys() | gone.keys()}
    if moved:
        _resize({pk: each.entered - each.left for pk, each in moved.items()})
        moves.add(moved, at)
        feed.number_soon()
    return sum(each.entered + each.left for each in moved.values())


def _apply(wanted: Sequence[Move], sql: str, change: str, at: datetime) -> list[tuple[int, int]]:
    if not wanted:
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            sql,
            {
                "segments": [move.segment_id for move in wanted],
                "contacts": [move.contact_id for move in wanted],
                "causes": [move.cause for move in wanted],
                "versions": [move.version for move in wanted],
                "quiet": [move.quiet for move in wanted],
                "change": change,
                "at": at,
            },
        )
        return [(segment_id, count) for segment_id, count in cursor]


def _resize(deltas: dict[int, int]) -> None:
    ids = sorted(deltas)
    with connection.cursor() as cursor:
        # Rows are locked in one order by everybody, and last of all, so that writers never wait in a circle.
        cursor.execute("SELECT FROM segments_segment WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE", [ids])
        cursor.execute(_SIZES, [ids, [deltas[pk] for pk in ids]])
