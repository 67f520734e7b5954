"""Who would be in, if this definition were saved now: an exact count and a sample, before anything is saved."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from time import perf_counter

from django.db import connection, transaction

from crmseg.common.problems import Problem

from .. import catalogue
from ..definition import check
from ..definition.load import load
from ..definition.nodes import active
from ..definition.sql import Params
from . import cutoffs, plain

SAMPLE = 10


@dataclass(frozen=True)
class Preview:
    """`count` is exact. `everyone` is how many contacts there are; `sample` holds ids, the newest first."""

    count: int
    everyone: int
    sample: list[int]
    took_ms: float
    warnings: list[Problem]


def preview(raw: object, now: datetime, *, reader_of: int | None = None) -> Preview:
    """Count the definition as of `now`, or raise InvalidInput with every problem in it."""
    began = perf_counter()
    known = catalogue.current()
    tree = load(raw, known, reader_of=reader_of)
    kept = active(tree)
    assert kept is not None
    cutoffs.ensure(kept)
    params = Params(known.zone, known.currency, known.fiscal_start)
    matching = plain.matching(kept, params)
    sql = f"""
        WITH matching AS MATERIALIZED ({matching})
        SELECT (SELECT count(*) FROM matching),
               (SELECT count(*) FROM contacts_contact),
               ARRAY(SELECT id FROM matching ORDER BY id DESC LIMIT {SAMPLE})
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL work_mem = '64MB'")
        cursor.execute(sql, params.at(now))
        count, everyone, sample = cursor.fetchone()
    took = (perf_counter() - began) * 1000
    return Preview(count, everyone, sample, round(took, 1), check.warnings(tree, known))
