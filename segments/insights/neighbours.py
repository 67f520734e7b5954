"""Which lists have the most people in common with one: by all its members, or by those drawn for a look."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import connection, transaction

from ..models import Segment
from . import looking

MOST = 10


@dataclass(frozen=True)
class Neighbour:
    """Another list, and how many of the members of the first are in it: about so many, where some were drawn."""

    id: int
    name: str
    size: int
    shared: int
    alike: float


@dataclass(frozen=True)
class Neighbours:
    """`looked_at` is how many members were looked at; all of them, unless they were drawn."""

    lists: list[Neighbour]
    looked_at: int
    drawn: bool


def neighbours(segment: Segment) -> Neighbours:
    """The lists most alike, by the share of those in both among those in either."""
    people = looking.drawn_members(segment.size)
    sql = f"""
        WITH looked AS MATERIALIZED ({people})
        SELECT s.id, s.name, s.size, found.shared, (SELECT count(*) FROM looked)
          FROM (SELECT m.segment_id, count(*) AS shared
                  FROM looked JOIN segments_membership AS m USING (contact_id)
                 WHERE m.segment_id <> %(segment)s GROUP BY 1) AS found
          JOIN segments_segment AS s ON s.id = found.segment_id
         WHERE s.archived_at IS NULL
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL jit = off")
        cursor.execute(sql, {"segment": segment.pk})
        rows = cursor.fetchall()
    looked_at = rows[0][4] if rows else 0
    drawn = segment.size > looking.MOST_LOOKED_AT
    found = []
    for pk, name, size, count, _looked_at in rows:
        shared = round(count * segment.size / looked_at) if drawn else count
        shared = min(shared, size)
        found.append(Neighbour(pk, name, size, shared, shared / max(segment.size + size - shared, 1)))
    found.sort(key=lambda one: (-one.alike, one.name))
    return Neighbours(found[:MOST], looked_at, drawn)
