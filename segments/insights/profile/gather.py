"""The counts behind a profile: how many of each side have each value, and how large each number is on average.

One statement per kind of question, whatever the number of questions: everybody looked at is read once for the numbers,
once for the values and once for the events.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction

from contacts.money import exponent

from ...definition.schema import Catalogue
from ...definition.sql import Params, fold
from . import asked as questions
from .asked import WORDS, Asked, Bought
from .sides import Sides

LEAST = 10
"""Values that fewer people on both sides together have are not looked at: they tell of persons, not of groups."""
MOST_VALUES = 40
_PEOPLE = """
    people AS MATERIALIZED (SELECT unnest(%(one)s::bigint[]) AS id, 1 AS side
                            UNION ALL SELECT unnest(%(two)s::bigint[]), 2)
"""
_SIDES = (1, 2)
_AT_ONCE = 100


@dataclass(frozen=True)
class Numbers:
    """Of one side: of how many the number is known, its average, variance and median."""

    known: int
    mean: float = 0.0
    variance: float = 0.0
    median: float = 0.0


@dataclass(frozen=True)
class Did:
    """Of one side: how many did it within a year and within a month; how often, and for how much, each in that year."""

    year: int = 0
    month: int = 0
    times: Numbers = field(default_factory=lambda: Numbers(0))
    revenue: Numbers = field(default_factory=lambda: Numbers(0))


Pair = tuple[int, int]


@dataclass
class Gathered:
    """By question, the figures of both sides."""

    known: dict[str, Pair] = field(default_factory=dict)
    numbers: dict[str, tuple[Numbers, Numbers]] = field(default_factory=dict)
    values: dict[str, list[tuple[str, int, int]]] = field(default_factory=dict)
    events: dict[str, tuple[Did, Did]] = field(default_factory=dict)
    reached: Pair = (0, 0)
    products: list[tuple[str, int, int]] = field(default_factory=list)


def gather(
    sides: Sides, known: Catalogue, now: datetime, what: Bought | None, only: Sequence[str] | None = None
) -> Gathered:
    params = Params(known.zone, known.currency, known.fiscal_start)
    properties = questions.properties(known, params, only)
    found = Gathered()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL jit = off")
        cursor.execute("SET LOCAL work_mem = '64MB'")
        given: dict[str, Any] = {"one": sides.one, "two": sides.two, "now": now}
        for start in range(0, len(properties), _AT_ONCE):
            _numbers(cursor, properties[start : start + _AT_ONCE], params, given, now, found)
        _values(cursor, [one for one in properties if one.about.type in WORDS], params, given, now, found)
        _events(cursor, questions.events(known), known, given, sides, found)
        if what:
            found.products = _products(cursor, what, given)
    return found


def _numbers(
    cursor: Any, properties: Sequence[Asked], params: Params, given: dict[str, Any], now: datetime, found: Gathered
) -> None:
    """Of how many each property is known; and of those that are numbers, or days, how large they are."""
    columns = [questions.reached(params)]
    columns += [one.sql for one in properties]
    asked = []
    for place, one in enumerate([None, *properties]):
        for side in _SIDES:
            here = f"FILTER (WHERE side = {side})"
            if one is None:
                asked.append(f"count(*) FILTER (WHERE side = {side} AND v0)")
            elif one.about.type in WORDS:
                asked.append(f"count(v{place}) {here}")
            else:
                number = f"v{place}::float8"
                asked += [f"count({number}) {here}", f"avg({number}) {here}", f"var_samp({number}) {here}"]
                asked.append(f"percentile_cont(0.5) WITHIN GROUP (ORDER BY {number}) {here}")
    chosen = ", ".join(f"{sql} AS v{place}" for place, sql in enumerate(columns))
    sql = f"""
        WITH {_PEOPLE}, looked AS MATERIALIZED (
            SELECT side, {chosen}
              FROM people JOIN contacts_contact AS c ON c.id = people.id
              LEFT JOIN contacts_company AS co ON co.id = c.company_id)
        SELECT {", ".join(asked)} FROM looked
    """
    cursor.execute(sql, params.at(now) | given)
    row = iter(cursor.fetchone())
    found.reached = (next(row), next(row))
    for one in properties:
        key = one.about.key
        if one.about.type in WORDS:
            found.known[key] = (next(row), next(row))
            continue
        sides = [Numbers(next(row), next(row) or 0.0, next(row) or 0.0, next(row) or 0.0) for _side in _SIDES]
        found.numbers[key] = (sides[0], sides[1])
        found.known[key] = (sides[0].known, sides[1].known)


def _values(
    cursor: Any, properties: Sequence[Asked], params: Params, given: dict[str, Any], now: datetime, found: Gathered
) -> None:
    """How many of each side have each value; texts that differ in case only are one, as in definitions."""
    if not properties:
        return
    parts = []
    for place, one in enumerate(properties):
        if one.many:
            each = f"SELECT {place}, max(one) FROM unnest({one.sql}) AS one"
            parts.append(f"{each} WHERE one <> '' GROUP BY {fold('one')}")
        else:
            parts.append(f"SELECT {place}, {one.sql}")
    sql = f"""
        WITH {_PEOPLE}, counted AS (
            SELECT k, max(v) AS v, count(*) FILTER (WHERE side = 1) AS one, count(*) FILTER (WHERE side = 2) AS two
              FROM people JOIN contacts_contact AS c ON c.id = people.id
              LEFT JOIN contacts_company AS co ON co.id = c.company_id
              CROSS JOIN LATERAL ({" UNION ALL ".join(parts)}) AS had (k, v)
             WHERE v IS NOT NULL
             GROUP BY k, {fold("v")} HAVING count(*) >= {LEAST}),
        ranked AS (SELECT *, row_number() OVER (PARTITION BY k ORDER BY one + two DESC, v) AS place FROM counted)
        SELECT k, v, one, two FROM ranked WHERE place <= {MOST_VALUES} ORDER BY k, place
    """
    cursor.execute(sql, params.at(now) | given)
    for place, text, one, two in cursor.fetchall():
        found.values.setdefault(properties[place].about.key, []).append((text, one, two))


def _events(
    cursor: Any, names: Sequence[str], known: Catalogue, given: dict[str, Any], sides: Sides, found: Gathered
) -> None:
    """Who did what within a year; whoever did nothing counts as nothing."""
    sql = f"""
        WITH {_PEOPLE}, each AS (
            SELECT e.type_id, side, people.id, count(*)::float8 AS n,
                   bool_or(e.occurred_at > %(month)s) AS lately,
                   COALESCE(sum(e.amount) FILTER (WHERE e.currency = %(currency)s), 0)::float8 / %(minor)s AS spent
              FROM people JOIN contacts_event AS e ON e.contact_id = people.id
             WHERE e.occurred_at > %(year)s AND e.occurred_at <= %(now)s
             GROUP BY 1, 2, 3)
        SELECT t.name, side, count(*), count(*) FILTER (WHERE lately), sum(n), sum(n * n), sum(spent),
               sum(spent * spent)
          FROM each JOIN contacts_eventtype AS t ON t.id = type_id
         WHERE t.name = ANY(%(names)s) GROUP BY 1, 2
    """
    now = given["now"]
    asked = {
        "year": now - timedelta(days=questions.DAYS),
        "month": now - timedelta(days=questions.RECENT_DAYS),
        "currency": known.currency,
        "minor": 10 ** exponent(known.currency),
        "names": list(names),
    }
    cursor.execute(sql, given | asked)
    sizes = (len(sides.one), len(sides.two))
    rows: dict[str, dict[int, Did]] = {}
    for name, side, year, month, times, squares, spent, spent_squares in cursor.fetchall():
        size = sizes[side - 1]
        rows.setdefault(name, {})[side] = Did(
            year, month, _over_all(times, squares, size), _over_all(spent, spent_squares, size)
        )
    for name in names:
        if name in rows:
            nobody = (Did(0, 0, Numbers(size), Numbers(size)) for size in sizes)
            one, two = (rows[name].get(side, none) for side, none in zip(_SIDES, nobody, strict=True))
            found.events[name] = (one, two)


def _over_all(total: float, squares: float, size: int) -> Numbers:
    """The average over everybody of the side, those without any included."""
    mean = total / size
    return Numbers(size, mean, max(squares - size * mean * mean, 0.0) / (size - 1) if size > 1 else 0.0)


def _products(cursor: Any, what: Bought, given: dict[str, Any]) -> list[tuple[str, int, int]]:
    """How many of each side bought what within a year, the most bought first."""
    said = "e.properties ->> %(of)s"
    source = "contacts_event AS e"
    if what.items:
        said = "item ->> %(of)s"
        items = "CASE jsonb_typeof(e.properties -> %(items)s) WHEN 'array' THEN e.properties -> %(items)s ELSE '[]' END"
        source += f" CROSS JOIN LATERAL jsonb_array_elements({items}) AS item"
    sql = f"""
        WITH {_PEOPLE}, each AS (
            SELECT DISTINCT side, people.id, {said} AS v
              FROM {source} JOIN people ON people.id = e.contact_id
             WHERE e.type_id = (SELECT id FROM contacts_eventtype WHERE name = %(event)s)
               AND e.occurred_at > %(year)s AND e.occurred_at <= %(now)s)
        SELECT max(v), count(DISTINCT id) FILTER (WHERE side = 1), count(DISTINCT id) FILTER (WHERE side = 2)
          FROM each WHERE v <> '' GROUP BY {fold("v")} HAVING count(DISTINCT id) >= {LEAST}
         ORDER BY count(DISTINCT id) DESC, 1 LIMIT {MOST_VALUES}
    """
    year = given["now"] - timedelta(days=questions.DAYS)
    cursor.execute(sql, given | {"of": what.of, "items": what.items, "event": what.event, "year": year})
    found: list[tuple[str, int, int]] = cursor.fetchall()
    return found
