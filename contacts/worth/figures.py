"""What everyone is worth together: totals, tenths, how much comes from how few, who is active. Money in minor units."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from ..models import Worth

_TOTALS = """
    SELECT count(*), coalesce(sum(orders), 0), coalesce(sum(revenue), 0)::bigint, coalesce(sum(refunds), 0)::bigint,
           coalesce(sum(net_value), 0)::bigint, count(*) FILTER (WHERE order_days > 1),
           count(*) FILTER (WHERE activity = 'active'), count(*) FILTER (WHERE activity = 'at_risk'),
           count(*) FILTER (WHERE activity = 'lost'),
           coalesce(sum(revenue) FILTER (WHERE activity = 'active'), 0)::bigint,
           coalesce(sum(revenue) FILTER (WHERE activity = 'at_risk'), 0)::bigint,
           coalesce(sum(revenue) FILTER (WHERE activity = 'lost'), 0)::bigint,
           sum(expected_orders), sum(expected_spend)::bigint, count(lifetime_at), max(lifetime_at),
           count(*) FILTER (WHERE cost_to_serve IS NOT NULL)
      FROM contacts_worth WHERE orders > 0
"""
_TENTHS = """
    SELECT decile, count(*), sum(orders)::bigint, sum(revenue)::bigint, sum(net_value)::bigint
      FROM contacts_worth WHERE orders > 0 AND decile IS NOT NULL GROUP BY decile ORDER BY decile DESC
"""
# What comes from the best n of all people, at each percent; ties make no difference to sums.
_CURVE = """
    WITH ranked AS (
        SELECT greatest(revenue, 0)::numeric AS revenue, row_number() OVER (ORDER BY revenue DESC) AS place,
               count(*) OVER () AS people
          FROM contacts_worth WHERE orders > 0)
    SELECT ceil(place * 100.0 / people)::int AS percent, sum(revenue), sum(place * revenue), max(people)
      FROM ranked GROUP BY 1 ORDER BY 1
"""


@dataclass(frozen=True, slots=True)
class Totals:
    buyers: int
    orders: int
    revenue: int
    refunds: int
    net_value: int
    repeat_buyers: int
    active: int
    at_risk: int
    lost: int
    active_revenue: int
    at_risk_revenue: int
    lost_revenue: int
    expected_orders: float | None
    expected_spend: int | None
    predicted: int
    predicted_at: datetime | None
    costed: int

    @property
    def average_order(self) -> int | None:
        return round(self.revenue / self.orders) if self.orders else None


@dataclass(frozen=True, slots=True)
class Tenth:
    decile: int
    people: int
    orders: int
    revenue: int
    net_value: int

    @property
    def part(self) -> str:
        return f"decile-{self.decile}"


@dataclass(frozen=True, slots=True)
class Concentration:
    """`curve` holds the share of all revenue that the best 1, 2, … 100 per cent of buyers bring; `gini` is 0 where all
    bring the same, and near 1 where one brings everything."""

    curve: tuple[float, ...]
    gini: float

    def top(self, percent: int) -> float:
        return self.curve[percent - 1]

    @property
    def tenth(self) -> float:
        return self.top(10)


def totals() -> Totals:
    return Totals(*_rows(_TOTALS)[0])


def tenths() -> list[Tenth]:
    """The tenth worth most first; none while there are too few people to sort."""
    return [Tenth(*row) for row in _rows(_TENTHS)]


def concentration() -> Concentration | None:
    """None where nobody brought anything."""
    rows = _rows(_CURVE)
    whole = float(sum(row[1] for row in rows))
    if whole <= 0:
        return None
    people = int(rows[0][3])
    curve, so_far, reached = [], 0.0, {int(row[0]): float(row[1]) for row in rows}
    for percent in range(1, 101):
        so_far += reached.get(percent, 0.0)
        curve.append(min(so_far / whole, 1.0))
    placed = float(sum(row[2] for row in rows))
    return Concentration(tuple(curve), max((people + 1 - 2 * placed / whole) / people, 0.0))


def most_valuable(limit: int = 10) -> list[Worth]:
    rows = Worth.objects.filter(orders__gt=0).select_related("contact")
    return list(rows.order_by("-net_value", "-contact_id")[:limit])


def _rows(sql: str, values: dict[str, Any] | None = None) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        found: list[tuple[Any, ...]] = cursor.fetchall()
    return found
