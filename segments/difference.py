"""Who would enter a list and who would leave it, if it followed a definition from now on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from . import catalogue
from .definition.load import load
from .definition.nodes import active
from .definition.sql import Params
from .engine import cutoffs, plain


@dataclass(frozen=True)
class Difference:
    stay: int
    enter: int
    leave: int


def difference(segment_id: int, definition: object, now: datetime) -> Difference:
    """Counted exactly, as of `now`; InvalidInput when the definition cannot be followed."""
    known = catalogue.current()
    tree = active(load(definition, known, reader_of=segment_id))
    assert tree is not None
    cutoffs.ensure(tree)
    params = Params(known.zone, known.currency, known.fiscal_start)
    own = params.add(segment_id, "bigint")
    sql = f"""
        WITH matching AS MATERIALIZED ({plain.matching(tree, params)}),
             members AS (SELECT contact_id AS id FROM segments_membership WHERE segment_id = {own})
        SELECT count(*) FILTER (WHERE matching.id IS NOT NULL AND members.id IS NOT NULL),
               count(*) FILTER (WHERE members.id IS NULL),
               count(*) FILTER (WHERE matching.id IS NULL)
          FROM matching FULL JOIN members USING (id)
    """
    with connection.cursor() as cursor:
        cursor.execute(sql, params.at(now))
        return Difference(*cursor.fetchone())
