"""What an edit would do, before it is saved: who would enter and leave, and what would feel it. Nothing is written.

Counted exactly, by the plain statement of the new definition and the pins of the list, against who is in now. A build
lets the rule count at once, so delays play no part.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from time import perf_counter

from django.db import connection, transaction

from crmseg.common.problems import Problem

from .. import catalogue, guards, selectors
from ..definition import check
from ..definition.load import load
from ..definition.nodes import active
from ..definition.sql import Params
from ..models import Segment
from . import plain
from .preview import SAMPLE


@dataclass(frozen=True)
class Side:
    """Those who would move one way: how many, and the ids of some, the newest first."""

    count: int
    sample: list[int]


@dataclass(frozen=True)
class Impact:
    """`count` would be in then, of `everyone`. `lists` ask this one, directly or through others, in answering order."""

    entering: Side
    leaving: Side
    staying: int
    everyone: int
    lists: list[Segment]
    campaigns: list[guards.CampaignUse]
    warnings: list[Problem]
    took_ms: float

    @property
    def count(self) -> int:
        return self.staying + self.entering.count


def impact(segment_id: int, raw: object, now: datetime) -> Impact:
    """What saving `raw` as the definition of this list would do as of `now`; InvalidInput with every problem in it."""
    began = perf_counter()
    known = catalogue.current()
    tree = load(raw, known, reader_of=segment_id)
    kept = active(tree)
    assert kept is not None
    params = Params(known.zone, known.currency, known.fiscal_start)
    own, at = params.add(segment_id, "bigint"), params.now()
    sql = f"""
        WITH pinned AS (
            SELECT contact_id AS id, direction FROM segments_pin
             WHERE segment_id = {own} AND (expires_at IS NULL OR expires_at > {at})
        ), would AS MATERIALIZED (
            SELECT id FROM ({plain.matching(kept, params)}) AS matching
             WHERE id NOT IN (SELECT id FROM pinned WHERE direction = 'out')
             UNION
            SELECT id FROM pinned JOIN contacts_contact USING (id) WHERE direction = 'in'
        ), are AS (
            SELECT contact_id AS id FROM segments_membership WHERE segment_id = {own}
        ), both_sides AS MATERIALIZED (
            SELECT COALESCE(would.id, are.id) AS id, would.id IS NOT NULL AS inside, are.id IS NOT NULL AS present
              FROM would FULL JOIN are ON are.id = would.id
        )
        SELECT count(*) FILTER (WHERE inside AND NOT present),
               count(*) FILTER (WHERE present AND NOT inside),
               count(*) FILTER (WHERE inside AND present),
               (SELECT count(*) FROM contacts_contact),
               ARRAY(SELECT id FROM both_sides WHERE inside AND NOT present ORDER BY id DESC LIMIT {SAMPLE}),
               ARRAY(SELECT id FROM both_sides WHERE present AND NOT inside ORDER BY id DESC LIMIT {SAMPLE})
          FROM both_sides
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL work_mem = '64MB'")
        cursor.execute(sql, params.at(now))
        entering, leaving, staying, everyone, some_enter, some_leave = cursor.fetchone()
    lists = selectors.readers_of(segment_id)
    return Impact(
        Side(entering, some_enter),
        Side(leaving, some_leave),
        staying,
        everyone,
        lists,
        guards.campaigns_using([segment_id, *(one.pk for one in lists)]),
        check.warnings(tree, known),
        round((perf_counter() - began) * 1000, 1),
    )
