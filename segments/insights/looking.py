"""A look at the members of a list, however many it has: at each of them, or at some drawn by the hash of their ids.

The same members are drawn each time, spread evenly over the list, so that a figure only changes when people do.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from math import sqrt
from typing import Any

from django.db import connection, transaction
from django.db.models import Max

from contacts import headcount
from contacts.models import Contact, EventType
from crmseg.access import account

from ..definition.compile.people import reachable
from ..definition.nodes import Reachable
from ..definition.schema import Property
from ..definition.sql import Params, value
from ..models import Segment
from .power import interval

MOST_LOOKED_AT = 5_000
COST_OF_A_TRY = 10
"""Looking up an id that was drawn costs as much as passing over so many members."""
SPENT_DAYS = 365
_MEMBERS = "SELECT contact_id FROM segments_membership WHERE segment_id = %(segment)s"
_EVERYBODY = "SELECT id AS contact_id FROM contacts_contact"


@dataclass(frozen=True)
class Figure:
    """A figure of a list, over `known` people. Where some were drawn, it lies between `low` and `high` in all."""

    value: Decimal
    known: int
    looked_at: int
    drawn: bool = False
    low: Decimal | None = None
    high: Decimal | None = None


@dataclass(frozen=True)
class Traits:
    """Of the members looked at: how many show what they can spend, and how many can be written to by e-mail."""

    looked_at: int
    drawn: bool
    show_means: int
    reached: int


def traits(segment: Segment, now: datetime) -> Traits:
    """Means are an income band, a budget, or a purchase with an amount in the last year."""
    params = _params()
    sql = f"""
        WITH looked AS MATERIALIZED ({drawn_members(segment.size)})
        SELECT count(*),
               count(*) FILTER (WHERE c.income_band <> '' OR c.budget IS NOT NULL OR EXISTS (
                   SELECT FROM contacts_event AS e
                    WHERE e.contact_id = c.id AND e.amount > 0
                      AND e.occurred_at > %(since)s AND e.occurred_at <= %(now)s)),
               count(*) FILTER (WHERE {reachable(Reachable("email"), params)})
          FROM looked JOIN contacts_contact AS c ON c.id = looked.contact_id
    """
    since = now - timedelta(days=SPENT_DAYS)
    looked_at, means, reached = _one(sql, params.at(now) | {"segment": segment.pk, "since": since, "now": now})
    return Traits(looked_at, segment.size > MOST_LOOKED_AT, means, reached)


def did(segment: Segment | None, event: EventType, days: int, now: datetime) -> Figure:
    """The share in percent of the members, or of everybody, who did something in the last days."""
    size = segment.size if segment else headcount.everybody()
    people, column = (_MEMBERS, "contact_id") if segment else (_EVERYBODY, "id")
    sql = f"""
        WITH looked AS MATERIALIZED ({_drawn(people, size, column)})
        SELECT count(*), count(*) FILTER (WHERE EXISTS (
                   SELECT FROM contacts_event AS e
                    WHERE e.contact_id = looked.contact_id AND e.type_id = %(type)s
                      AND e.occurred_at > %(since)s AND e.occurred_at <= %(now)s))
          FROM looked
    """
    given = {"segment": segment.pk if segment else None, "type": event.pk, "since": now - timedelta(days=days)}
    looked_at, done = _one(sql, given | {"now": now})
    drawn, rate = size > MOST_LOOKED_AT, Decimal(done) / (looked_at or 1)
    low, high = (Decimal(str(edge)) * 100 for edge in interval(done, looked_at))
    return Figure(rate * 100, done, looked_at, drawn, *((low, high) if drawn else ()))


def average(segment: Segment, asked: Property, now: datetime) -> Figure | None:
    """The average of a number of those whose value is known; None where nobody's is."""
    params = _params()
    sql = f"""
        WITH looked AS MATERIALIZED ({drawn_members(segment.size)}),
             known AS (SELECT ({value(asked, params)})::numeric AS value
                         FROM looked JOIN contacts_contact AS c ON c.id = looked.contact_id
                         LEFT JOIN contacts_company AS co ON co.id = c.company_id)
        SELECT count(*), count(value), avg(value), COALESCE(stddev_samp(value), 0) FROM known
    """
    looked_at, known, mean, deviation = _one(sql, params.at(now) | {"segment": segment.pk})
    if not known:
        return None
    if segment.size <= MOST_LOOKED_AT:
        return Figure(mean, known, looked_at)
    half = Decimal(str(1.959964 * float(deviation) / sqrt(known)))
    return Figure(mean, known, looked_at, True, mean - half, mean + half)


def drawn_members(size: int) -> str:
    """SQL for `contact_id` of the members of the list %(segment)s to look at, given how many it has."""
    return _drawn(_MEMBERS, size, "contact_id")


def _drawn(people: str, size: int, column: str) -> str:
    """Everybody, or about so many as can be looked at while somebody waits.

    Of a list that holds a good part of all contacts, ids are drawn and looked up; of others, each member is asked.
    """
    every = -(-size // MOST_LOOKED_AT)
    if every < 2:
        return people
    span = 1 << (Contact.objects.aggregate(last=Max("pk"))["last"] or 1).bit_length()
    tries = MOST_LOOKED_AT * span // size
    if tries * COST_OF_A_TRY < size:
        ids = f"SELECT DISTINCT hashint8extended(try, 0) & {span - 1} AS id FROM generate_series(1, {tries}) AS try"
        return (
            f"SELECT people.contact_id FROM ({ids}) AS drawn JOIN ({people}) AS people ON people.contact_id = drawn.id"
        )
    return f"{people} {'AND' if 'WHERE' in people else 'WHERE'} hashint8({column}) %% {every} = 0"


def _params() -> Params:
    known = account.current()
    return Params(known.time_zone, known.currency, known.fiscal_start_month)


def _one(sql: str, given: dict[str, Any]) -> tuple[Any, ...]:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL jit = off")
        cursor.execute(sql, given)
        found: tuple[Any, ...] = cursor.fetchone()
        return found
