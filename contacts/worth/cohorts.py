"""Retention by month of the first order: who of each month's new buyers ordered again in each month after, and how long
people stay.

People of a month are a cohort. The heat map counts whoever ordered in a month; the survival curve is Kaplan and Meier's
of the time from the first order to the last, where a contact that lapsed has left and all others may still be here.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from django.db import connection
from numpy.typing import NDArray

from crmseg.access import account

from ..models import EventType
from . import rules
from .among import Among, within

SAMPLE = 50_000
MOST_MONTHS = 24
LEAST_OF_A_COHORT = 10
"""Fewer people than this tell nothing as a share."""
_FIRST = """
    SELECT contact_id, date_trunc('month', first_order_at AT TIME ZONE %s)::date AS month
      FROM contacts_worth WHERE order_days > 0 AND first_order_at >= %s AND {among}
     ORDER BY contact_id * 2654435761 %% 4294967296 LIMIT %s
"""
_SIZES = """
    SELECT date_trunc('month', first_order_at AT TIME ZONE %s)::date, count(*), sum(revenue)::bigint
      FROM contacts_worth WHERE order_days > 0 AND first_order_at >= %s AND {among} GROUP BY 1
"""
_RETURNED = """
    WITH people AS MATERIALIZED ({first}),
         months AS (SELECT DISTINCT contact_id, month,
                           date_trunc('month', occurred_at AT TIME ZONE %s)::date AS ordered
                      FROM people JOIN contacts_event USING (contact_id)
                     WHERE type_id = %s AND occurred_at >= %s AND occurred_at <= %s)
    SELECT month, (extract(year FROM age(ordered, month)) * 12 + extract(month FROM age(ordered, month)))::int, count(*)
      FROM months GROUP BY 1, 2
    UNION ALL SELECT month, -1, count(*) FROM people GROUP BY month
"""
_STAYED = """
    SELECT date_trunc('{unit}', first_order_at AT TIME ZONE %s)::date,
           floor(extract(epoch FROM CASE WHEN activity = 'lost' THEN last_order_at ELSE %s END - first_order_at)
                 / 2629746)::int,
           count(*) FILTER (WHERE activity = 'lost'), count(*) FILTER (WHERE activity IS DISTINCT FROM 'lost')
      FROM contacts_worth WHERE order_days > 0 AND first_order_at <= %s AND {among} GROUP BY 1, 2
"""


@dataclass(frozen=True, slots=True)
class Cohort:
    """`returned` holds the share that ordered in the first month, the second, …; None for months not over yet."""

    month: date
    people: int
    revenue: int
    returned: tuple[float | None, ...]
    missing: range = range(0)
    """Months that other cohorts have had, and this one has not."""


@dataclass(frozen=True, slots=True)
class Retention:
    cohorts: list[Cohort]
    sampled: int | None
    """How many people the shares were taken from, where it was not everyone."""

    @property
    def months(self) -> int:
        return max((len(cohort.returned) for cohort in self.cohorts), default=0)

    def average(self) -> list[float | None]:
        """Of all cohorts together, weighted by their people."""
        found: list[float | None] = []
        for place in range(self.months):
            told = [
                (cohort.people, share)
                for cohort in self.cohorts
                if place < len(cohort.returned) and (share := cohort.returned[place]) is not None
            ]
            weight = sum(people for people, _share in told)
            found.append(sum(people * share for people, share in told) / weight if weight else None)
        return found


def retention(now: datetime, *, months: int = 12, among: Among = None) -> Retention:
    """Of those whose first order lies within the last so many months."""
    zone = account.current().time_zone
    months = max(1, min(months, MOST_MONTHS))
    since = _months_back(now, months - 1)
    condition, values = within(among)
    type_id = EventType.objects.filter(name=rules.current().order_event).values_list("pk", flat=True).first()
    first = _FIRST.format(among=condition)
    with connection.cursor() as cursor:
        cursor.execute(_SIZES.format(among=condition), [zone, since, *values])
        sizes = {month: (people, revenue) for month, people, revenue in cursor.fetchall()}
        asked = [zone, since, *values, SAMPLE, zone, type_id, since, now]
        cursor.execute(_RETURNED.format(first=first), asked)
        counted: dict[date, dict[int, int]] = defaultdict(dict)
        for month, place, people in cursor.fetchall():
            counted[month][place] = people
    last = now.astimezone(since.tzinfo).date().replace(day=1)
    oldest = min(sizes, default=last)
    cohorts = [
        Cohort(
            month,
            *sizes[month],
            _shares(counted.get(month, {}), _between(month, last)),
            range(_between(oldest, month)),
        )
        for month in sorted(sizes)
    ]
    everyone = sum(people for people, _revenue in sizes.values())
    return Retention(cohorts, SAMPLE if everyone > SAMPLE else None)


def _shares(counted: dict[int, int], over: int) -> tuple[float | None, ...]:
    people = counted.get(-1, 0)
    return tuple(counted.get(place, 0) / people if people else None for place in range(over + 1))


@dataclass(frozen=True, slots=True)
class Curve:
    """The share still here after 0, 1, 2, … months, and its bounds at 95 % (Greenwood, on the log-log scale)."""

    name: str
    people: int
    lost: int
    share: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]

    @property
    def half_year(self) -> tuple[float, float, float] | None:
        """After six months, with its bounds."""
        return (self.share[6], self.low[6], self.high[6]) if len(self.share) > 6 else None

    def median(self) -> int | None:
        """After how many months half have left; None while more than half are here."""
        return next((month for month, share in enumerate(self.share) if share <= 0.5), None)


def survival(now: datetime, *, unit: str = "year", among: Among = None, most: int = 5) -> list[Curve]:
    """By year or quarter of the first order, the latest ones, and before them everyone's."""
    unit = unit if unit in ("year", "quarter") else "year"
    condition, values = within(among)
    zone = account.current().time_zone
    with connection.cursor() as cursor:
        cursor.execute(_STAYED.format(unit=unit, among=condition), [zone, now, now, *values])
        rows = cursor.fetchall()
    by_cohort: dict[date, list[tuple[int, int, int]]] = defaultdict(list)
    for begun, months, lost, here in rows:
        by_cohort[begun].append((max(months, 0), lost, here))
    every = [one for found in by_cohort.values() for one in found]
    curves = [kaplan_meier("", every)] if every else []
    for begun in sorted(by_cohort)[-most:]:
        curve = kaplan_meier(_cohort_name(begun, unit), by_cohort[begun])
        if curve.people >= LEAST_OF_A_COHORT:
            curves.append(curve)
    return curves


def kaplan_meier(name: str, told: Iterable[tuple[int, int, int]]) -> Curve:
    """From (months, how many left then, how many were last seen then). Whoever leaves in a month was here all of it."""
    rows = np.array(list(told), dtype=np.int64).reshape(-1, 3)
    longest = int(rows[:, 0].max()) if len(rows) else 0
    left = np.bincount(rows[:, 0], rows[:, 1], longest + 1)
    seen = np.bincount(rows[:, 0], rows[:, 2], longest + 1)
    ends = left + seen
    at_risk = ends[::-1].cumsum()[::-1]
    with np.errstate(divide="ignore", invalid="ignore"):
        stays: NDArray[np.float64] = np.where(at_risk > 0, 1 - left / at_risk, 1.0)
        share = np.cumprod(stays)
        spread = np.cumsum(np.where(at_risk > left, left / (at_risk * (at_risk - left)), 0.0))
        reach = 1.96 * np.sqrt(spread) / np.abs(np.log(share))
        low = np.where((share > 0) & (share < 1), share ** np.exp(reach), share)
        high = np.where((share > 0) & (share < 1), share ** np.exp(-reach), share)
    known = at_risk >= LEAST_OF_A_COHORT
    until = int(np.nonzero(known)[0].max()) + 1 if known.any() else 0
    return Curve(name, int(ends.sum()), int(left.sum()), *(_from_start(values, until) for values in (share, low, high)))


def _from_start(values: NDArray[Any], until: int) -> tuple[float, ...]:
    """At the beginning everyone is here."""
    return (1.0, *(float(value) for value in values[:until]))


def _cohort_name(begun: date, unit: str) -> str:
    return str(begun.year) if unit == "year" else f"{begun.year} Q{(begun.month + 2) // 3}"


def _months_back(now: datetime, months: int) -> datetime:
    local = now.astimezone(ZoneInfo(account.current().time_zone))
    years, index = divmod(local.year * 12 + local.month - 1 - months, 12)
    return local.replace(year=years, month=index + 1, day=1, hour=0, minute=0, second=0, microsecond=0)


def _between(first: date, last: date) -> int:
    return (last.year - first.year) * 12 + last.month - first.month
