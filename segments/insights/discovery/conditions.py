"""The conditions that a search may use: of everything known, the values that enough people have, edges between which
the numbers lie, and what was done how lately and how often. Each can be read, and asked for in a list.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from math import floor, log10
from typing import Any

from django.db import connection, transaction

from contacts.money import exponent

from ...definition.schema import Catalogue
from ...definition.sql import Params
from ..profile import asked as questions
from ..profile.asked import MOMENTS, NUMBERS, Asked, Bought, Json
from ..profile.gather import Gathered, gather
from ..profile.sides import Sides

SHARES = (0.02, 0.98)
"""What fewer or more people have tells hardly anybody apart."""
EDGES = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
WINDOWS = (30, 90, 365)
TIMES = (2, 3, 5, 10)
AGES = (30, 90, 180, 365)
MOST_VALUES = 15
MOST = 600


@dataclass(frozen=True)
class Condition:
    """`about` is the property or `event:NAME` that it asks about; `node` the condition, in our language."""

    about: str
    node: Json


def offered(
    people: Sequence[int],
    known: Catalogue,
    now: datetime,
    *,
    what: Bought | None = None,
    only: Collection[str] | None = None,
    without: Collection[str] = (),
) -> list[Condition]:
    """By what these people have. `only` and `without` name properties and `event:NAME`s."""
    wanted = None if only is None else frozenset(only)
    left_out = frozenset(without)

    def may(about: str) -> bool:
        return about not in left_out and (wanted is None or about in wanted)

    keys = [key for key in known.properties if may(key)]
    found = gather(Sides(list(people), [], len(people), 0), known, now, what, only=keys)
    many = len(people)
    made = [
        *_values(found, keys, known, many),
        *_numbers(people, keys, known, now),
        *(one for one in _events(found, people, known, now, many, what) if may(one.about)),
    ]
    if may("reachable:email") and _tells(found.reached[0], many):
        made.append(Condition("reachable:email", {"reachable": "email"}))
    return made[:MOST]


def _values(found: Gathered, keys: Sequence[str], known: Catalogue, many: int) -> list[Condition]:
    made = []
    for key in keys:
        one = known.properties[key]
        if key in found.known and not one.sql and _tells(found.known[key][0], many):
            made.append(Condition(key, {"property": key, "op": "is_known"}))
        telling = [text for text, n, _others in found.values.get(key, ()) if _tells(n, many)]
        made += [Condition(key, questions.is_value(one, text)) for text in telling[:MOST_VALUES]]
    return made


def _numbers(people: Sequence[int], keys: Sequence[str], known: Catalogue, now: datetime) -> list[Condition]:
    """At least this much: rounded edges of the tenths of those whose number is known."""
    params = Params(known.zone, known.currency, known.fiscal_start)
    properties = [one for one in questions.properties(known, params, keys) if one.about.type in NUMBERS]
    made = [
        Condition(one.about.key, {"property": one.about.key, "op": "gte", "value": edge})
        for one, edges in _edges(people, properties, params, now)
        for edge in edges
    ]
    days = [one.about.key for one in questions.properties(known, params, keys) if one.about.type in MOMENTS]
    made += [
        Condition(key, {"property": key, "op": "in_last", "value": age, "unit": "day"}) for key in days for age in AGES
    ]
    return made


def _edges(
    people: Sequence[int], properties: Sequence[Asked], params: Params, now: datetime
) -> list[tuple[Asked, list[int | float]]]:
    if not properties:
        return []
    shares = "ARRAY[" + ", ".join(map(str, EDGES)) + "]::float8[]"
    asked = ", ".join(f"percentile_disc({shares}) WITHIN GROUP (ORDER BY ({one.sql})::numeric)" for one in properties)
    sql = f"""
        SELECT {asked} FROM contacts_contact AS c LEFT JOIN contacts_company AS co ON co.id = c.company_id
         WHERE c.id = ANY(%(people)s::bigint[])
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL jit = off")
        cursor.execute(sql, params.at(now) | {"people": list(people)})
        row = cursor.fetchone()
    return [(one, _rounded(edges or [])) for one, edges in zip(properties, row, strict=True)]


def _rounded(edges: Sequence[Decimal]) -> list[int | float]:
    """To two digits that people would choose, each once, without the lowest of all."""
    found: dict[int | float, None] = {}
    for edge in edges:
        value = float(edge)
        if value:
            digits = 1 - floor(log10(abs(value)))
            value = round(value, digits)
        found[int(value) if value == int(value) else value] = None
    return list(found)


def _events(
    found: Gathered, people: Sequence[int], known: Catalogue, now: datetime, many: int, what: Bought | None
) -> list[Condition]:
    made = []
    for name, (done, _nobody) in found.events.items():
        about = f"event:{name}"
        made += [Condition(about, questions.did(name, days)) for days in WINDOWS]
        made += [
            Condition(about, {"event": name, "op": "gte", "value": times, "window": _year()})
            for times in TIMES
            if done.times.mean * 4 >= times
        ]
        if done.revenue.mean:
            made += [
                Condition(
                    about,
                    {"event": name, "measure": "sum", "of": "revenue", "op": "gte", "value": edge, "window": _year()},
                )
                for edge in _spent(name, people, known, now)
            ]
    if what:
        telling = [text for text, n, _others in found.products if _tells(n, many)]
        about = f"event:{what.event}"
        made += [Condition(about, questions.bought(what, text)) for text in telling[:MOST_VALUES]]
    return made


def _spent(event: str, people: Sequence[int], known: Catalogue, now: datetime) -> list[int | float]:
    """Edges of what those who spent anything spent within a year, in the account's currency."""
    sql = f"""
        SELECT percentile_disc(ARRAY[{", ".join(map(str, EDGES))}]::float8[]) WITHIN GROUP (ORDER BY spent) FROM (
            SELECT sum(amount) / {10 ** exponent(known.currency)}::numeric AS spent FROM contacts_event
             WHERE contact_id = ANY(%(people)s::bigint[]) AND currency = %(currency)s
               AND type_id = (SELECT id FROM contacts_eventtype WHERE name = %(event)s)
               AND occurred_at > %(now)s::timestamptz - interval '365 days' AND occurred_at <= %(now)s
             GROUP BY contact_id) AS each
    """
    given: dict[str, Any] = {"people": list(people), "currency": known.currency, "event": event, "now": now}
    with connection.cursor() as cursor:
        cursor.execute(sql, given)
        edges = cursor.fetchone()[0]
    return [edge for edge in _rounded(edges or []) if edge > 0]


def _year() -> Json:
    return {"last": questions.DAYS, "unit": "day"}


def _tells(n: int, many: int) -> bool:
    return SHARES[0] * many <= n <= SHARES[1] * many
