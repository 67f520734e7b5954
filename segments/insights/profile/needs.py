"""Needs by what the same people bought: where a need is already met by a product, and where it is not."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction

from ...definition.sql import fold
from ..power import interval
from . import asked as questions
from .asked import Bought

MOST_NEEDS, MOST_COLUMNS = 12, 10
LEAST = 10


@dataclass(frozen=True)
class Cell:
    """Of those with the need, how many bought it, between which shares the true one lies, and the index: their share
    ÷ that of all members × 100."""

    count: int
    share: float
    low: float
    high: float
    index: float | None

    @property
    def differs(self) -> int:
        """1 and −1 where all of the interval is above or below the share of all members, else 0."""
        if self.index is None:
            return 0
        usual = self.share / self.index * 100 if self.index else None
        if usual is None:
            return -1 if self.high < 1 else 0
        return 1 if self.low > usual else -1 if self.high < usual else 0


@dataclass(frozen=True)
class NeedRow:
    need: str
    people: int
    cells: list[Cell]


@dataclass(frozen=True)
class Needs:
    """`columns` are products with how many members bought each, or kinds of events where no purchase says what was
    bought; `products` tells which."""

    rows: list[NeedRow]
    columns: list[tuple[str, int]]
    products: bool
    looked_at: int


def crossing(people: list[int], what: Bought | None, now: datetime) -> Needs | None:
    """None where no need is known of enough of these people, or they did nothing within a year."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL jit = off")
        cursor.execute(_statement(what), _given(people, what, now))
        rows = cursor.fetchall()
    usual = {text: count for need, text, count in rows if need is None and text is not None}
    having = {need: count for need, text, count in rows if need is not None and text is None}
    cells = {(need, text): count for need, text, count in rows if need is not None and text is not None}
    columns = sorted(usual.items(), key=lambda one: (-one[1], one[0]))[:MOST_COLUMNS]
    columns = [one for one in columns if one[1] >= LEAST]
    needs = sorted(having.items(), key=lambda one: (-one[1], one[0]))[:MOST_NEEDS]
    needs = [one for one in needs if one[1] >= LEAST]
    if not columns or not needs:
        return None
    total = len(people)
    found = [
        NeedRow(need, n, [_cell(cells.get((need, text), 0), n, count / total) for text, count in columns])
        for need, n in needs
    ]
    return Needs(found, columns, what is not None, total)


def _cell(count: int, among: int, usual: float) -> Cell:
    low, high = interval(count, among)
    share = count / among
    return Cell(count, share, low, high, share / usual * 100 if usual else None)


def _statement(what: Bought | None) -> str:
    """Need and product, with people of both; need alone; product alone."""
    if what is None:
        said, source, only = "t.name", "contacts_eventtype AS t ON t.id = e.type_id", "true"
        joined = f"JOIN {source}"
    else:
        only = "e.type_id = (SELECT id FROM contacts_eventtype WHERE name = %(event)s)"
        said, joined = "e.properties ->> %(of)s", ""
        if what.items:
            said = "item ->> %(of)s"
            items = (
                "CASE jsonb_typeof(e.properties -> %(items)s) WHEN 'array' THEN e.properties -> %(items)s ELSE '[]' END"
            )
            joined = f"CROSS JOIN LATERAL jsonb_array_elements({items}) AS item"
    return f"""
        WITH people AS MATERIALIZED (SELECT unnest(%(people)s::bigint[]) AS id),
        needed AS (
            SELECT DISTINCT people.id, {fold("need")} AS need
              FROM people JOIN contacts_contact AS c USING (id), LATERAL unnest(c.needs) AS need WHERE need <> ''),
        bought AS (
            SELECT DISTINCT people.id, {said} AS product
              FROM people JOIN contacts_event AS e ON e.contact_id = people.id {joined}
             WHERE {only} AND e.occurred_at > %(since)s AND e.occurred_at <= %(now)s)
        SELECT need, product, count(DISTINCT id) FROM needed JOIN bought USING (id) WHERE product <> '' GROUP BY 1, 2
         UNION ALL SELECT need, NULL, count(*) FROM needed GROUP BY 1
         UNION ALL SELECT NULL, product, count(*) FROM bought WHERE product <> '' GROUP BY 2
    """


def _given(people: list[int], what: Bought | None, now: datetime) -> dict[str, Any]:
    since = now - timedelta(days=questions.DAYS)
    given: dict[str, Any] = {"people": people, "since": since, "now": now}
    if what:
        given |= {"event": what.event, "of": what.of, "items": what.items}
    return given
