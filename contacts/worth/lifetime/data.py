"""What the fit reads: everyone's orders as the table of worth has them, and day by day of a sample for the checks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

import numpy as np
from django.db import connection

from contacts.models import EventType
from crmseg.access import account

from .bgnbd import Floats, Past
from .gamma_gamma import Baskets

MOST_PEOPLE, MOST_BASKETS = 200_000, 100_000
"""So many that their parameters are known to less than one in a hundred."""
SAMPLE = 20_000
LEAST_REPEAT_BUYERS, LEAST_WEEKS = 100, 26


@dataclass(frozen=True, slots=True)
class Readiness:
    """How much there is to learn from, against what it takes."""

    buyers: int
    repeat_buyers: int
    weeks: float

    @property
    def enough(self) -> bool:
        return self.repeat_buyers >= LEAST_REPEAT_BUYERS and self.weeks >= LEAST_WEEKS


def readiness(now: datetime) -> Readiness:
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT count(*) FILTER (WHERE order_days > 0), count(*) FILTER (WHERE order_days > 1),
                      extract(epoch FROM %s - min(first_order_at)) / 604800
                 FROM contacts_worth""",
            [now],
        )
        buyers, repeat_buyers, weeks = cursor.fetchone()
    return Readiness(buyers, repeat_buyers, max(float(weeks or 0), 0.0))


def pasts(now: datetime) -> Past:
    """Everybody who ordered, people with the same numbers together; of very many, those whom a multiplier of their id
    scatters first."""
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT order_days - 1,
                      date(last_order_at AT TIME ZONE %(zone)s) - date(first_order_at AT TIME ZONE %(zone)s),
                      date(%(now)s::timestamptz AT TIME ZONE %(zone)s) - date(first_order_at AT TIME ZONE %(zone)s),
                      count(*)
                 FROM (SELECT * FROM contacts_worth WHERE order_days > 0 AND first_order_at <= %(now)s
                        ORDER BY contact_id * 2654435761 %% 4294967296 LIMIT %(most)s) AS people
                GROUP BY 1, 2, 3""",
            {"zone": account.current().time_zone, "now": now, "most": MOST_PEOPLE},
        )
        rows = np.array(cursor.fetchall(), dtype=np.float64).reshape(-1, 4)
    recency = np.where(rows[:, 0] > 0, rows[:, 1] / 7, 0.0)
    return Past.of(rows[:, 0], recency, np.maximum(rows[:, 2] / 7, recency), rows[:, 3])


def baskets() -> Baskets:
    """What repeat purchases were worth, of everybody who made some; of very many people, of such a part."""
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT order_days - 1, repeat_revenue::float8 / (order_days - 1)
                 FROM contacts_worth WHERE order_days > 1 AND repeat_revenue > 0
                ORDER BY contact_id * 2654435761 %% 4294967296 LIMIT %s""",
            [MOST_BASKETS],
        )
        rows = np.array(cursor.fetchall(), dtype=np.float64).reshape(-1, 2)
    return Baskets(rows[:, 0], rows[:, 1], np.ones(len(rows)))


@dataclass(frozen=True, slots=True)
class Days:
    """Days with an order of a sample of people, as ordinals: `person` counts up from 0, days ascend within each."""

    person: Floats
    day: Floats
    people: int

    def first(self) -> Floats:
        first = np.full(self.people, np.inf)
        np.minimum.at(first, self.person.astype(np.intp), self.day)
        return first


def order_days(order_event: str, now: datetime) -> Days:
    """Of at most `SAMPLE` people who ordered, spread over all ids."""
    type_id = EventType.objects.filter(name=order_event).values_list("pk", flat=True).first()
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT DISTINCT contact_id, date(occurred_at AT TIME ZONE %(zone)s) - date '1970-01-01'
                 FROM contacts_event
                WHERE contact_id = ANY(ARRAY(SELECT contact_id FROM contacts_worth WHERE order_days > 0
                                              ORDER BY contact_id * 2654435761 %% 4294967296 LIMIT %(most)s))
                  AND type_id = %(type)s AND occurred_at <= %(now)s
                ORDER BY 1, 2""",
            {"zone": account.current().time_zone, "type": type_id, "now": now, "most": SAMPLE},
        )
        rows = np.array(cursor.fetchall(), dtype=np.float64).reshape(-1, 2)
    known, person = np.unique(rows[:, 0], return_inverse=True)
    return Days(person.astype(np.float64), rows[:, 1], len(known))


def ordinal(day: date) -> int:
    return (day - date(1970, 1, 1)).days
