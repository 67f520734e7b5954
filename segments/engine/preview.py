"""Who would be in, if this definition were saved now: an exact count and a sample, before anything is saved."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from time import perf_counter

from crmseg.common.problems import Problem

from .. import catalogue
from ..definition import check, compile
from ..definition.load import load
from ..definition.nodes import Node, active
from ..definition.sql import Params
from . import cutoffs, plain
from .everyone import Everyone, is_many
from .patience import asking

SAMPLE = 10
LONGEST = 60
"""Seconds after which counting is given up."""


@dataclass(frozen=True)
class Preview:
    """`count` is exact. `everyone` is how many contacts there are; `sample` holds ids, the newest first."""

    count: int
    everyone: int
    sample: list[int]
    took_ms: float
    warnings: list[Problem]


def preview(raw: object, now: datetime, *, reader_of: int | None = None, asker: str = "") -> Preview:
    """Count the definition as of `now`, or raise InvalidInput with every problem in it.

    A newer question of the same `asker` ends this one. Raises TookTooLong.
    """
    began = perf_counter()
    known = catalogue.current()
    tree = load(raw, known, reader_of=reader_of)
    kept = active(tree)
    assert kept is not None
    cutoffs.ensure(kept)
    params = Params(known.zone, known.currency, known.fiscal_start)
    sql = f"""
        WITH {_matching(kept, params)}
        SELECT (SELECT count(*) FROM matching),
               (SELECT count(*) FROM contacts_contact),
               ARRAY(SELECT id FROM matching ORDER BY id DESC LIMIT {SAMPLE})
    """
    with asking(asker, LONGEST) as cursor:
        cursor.execute("SET LOCAL work_mem = '64MB'")
        cursor.execute(sql, params.at(now))
        count, everyone, sample = cursor.fetchone()
    took = (perf_counter() - began) * 1000
    return Preview(count, everyone, sample, round(took, 1), check.warnings(tree, known))


def _matching(tree: Node, params: Params) -> str:
    """The common tables of those who match, whichever way asks everyone sooner."""
    if not is_many(tree):
        return f"matching AS MATERIALIZED ({plain.matching(tree, params)})"
    asked = Everyone(params)
    holds = compile.formula(tree, asked.truth)
    return f"{asked.tables()} matching AS MATERIALIZED (SELECT c.id {asked.source()} WHERE {holds})"
