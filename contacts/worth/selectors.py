"""Worth, read: of one contact and of one company, in words and in sums; the grid of RFM, and who moved in it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.db import connection

from .. import money
from ..models import AttributeHistory, Contact, Worth
from . import rules
from .rules import Rules

_GRID = """
    SELECT r, f, count(*), sum(revenue), sum(net_value) FROM contacts_worth
     WHERE r IS NOT NULL GROUP BY r, f
"""
_GROUPS = """
    SELECT rfm_group, count(*), sum(revenue), sum(net_value),
           count(*) FILTER (WHERE rfm_group_since >= %(since)s AND rfm_previous_group IS NOT NULL)
      FROM contacts_worth WHERE r IS NOT NULL GROUP BY rfm_group
"""
# Where each was at that instant: as she is now, unless her history since says what she was first.
_MOVES = """
    WITH since AS (
        SELECT DISTINCT ON (contact_id) contact_id, old #>> '{}' AS before
          FROM contacts_attributehistory WHERE key = 'rfm_group' AND at >= %(since)s
         ORDER BY contact_id, at, id)
    SELECT since.before, worth.rfm_group, count(*)
      FROM since JOIN contacts_worth AS worth USING (contact_id)
     WHERE since.before IS DISTINCT FROM worth.rfm_group AND since.before IS NOT NULL
     GROUP BY 1, 2 ORDER BY 3 DESC, 1, 2
"""
_SUMS = """
    SELECT count(*), count(worth.contact_id) FILTER (WHERE worth.orders > 0), coalesce(sum(worth.orders), 0),
           coalesce(sum(worth.revenue), 0), coalesce(sum(worth.refunds), 0), sum(worth.cost_to_serve),
           coalesce(sum(worth.net_value), 0), min(worth.first_order_at), max(worth.last_order_at),
           count(*) FILTER (WHERE worth.activity = 'active'), count(*) FILTER (WHERE worth.activity = 'at_risk'),
           count(*) FILTER (WHERE worth.activity = 'lost'), sum(worth.expected_orders), sum(worth.expected_spend),
           sum(worth.lifetime_value)
      FROM {people} LEFT JOIN contacts_worth AS worth ON worth.contact_id = people.id
"""


@dataclass(frozen=True)
class Cell:
    """Some people of the grid: a cell of it, or a named group."""

    people: int = 0
    revenue: Decimal = Decimal(0)
    net_value: Decimal = Decimal(0)
    came: int = 0
    """Since the instant that was asked about, from another group."""


@dataclass(frozen=True)
class Sums:
    """What some contacts are worth together, in major units. Orders in other currencies add nothing to revenue."""

    people: int
    buyers: int
    orders: int
    revenue: Decimal
    refunds: Decimal
    cost_to_serve: Decimal | None
    net_value: Decimal
    first_order_at: datetime | None
    last_order_at: datetime | None
    active: int
    at_risk: int
    lost: int
    expected_orders: float | None
    expected_spend: Decimal | None
    lifetime_value: Decimal | None

    @property
    def average_order(self) -> Decimal | None:
        """To the minor unit, as the revenue is known."""
        if not self.orders:
            return None
        unit = Decimal(1).scaleb(int(self.revenue.as_tuple().exponent))
        return (self.revenue / self.orders).quantize(unit, ROUND_HALF_UP)


def of_contact(contact_id: int) -> Worth | None:
    return Worth.objects.filter(contact=contact_id).first()


def grid() -> dict[tuple[int, int], Cell]:
    """The people of each cell by recency and frequency; all 25, however few are in them."""
    known = rules.current()
    with connection.cursor() as cursor:
        cursor.execute(_GRID)
        found = {(r, f): _cell(known, people, revenue, net) for r, f, people, revenue, net in cursor.fetchall()}
    return {(r, f): found.get((r, f), Cell()) for r in range(1, 6) for f in range(1, 6)}


def groups(since: datetime) -> dict[str | None, Cell]:
    """The people of each named group, and of none of them under None."""
    known = rules.current()
    with connection.cursor() as cursor:
        cursor.execute(_GROUPS, {"since": since})
        found = {key: _cell(known, *sums) for key, *sums in cursor.fetchall()}
    named = {group.key: found.pop(group.key, Cell()) for group in known.groups}
    return named | found


def moves(since: datetime) -> list[tuple[str, str | None, int]]:
    """From which group to which, and how many, among those whose group is another than at that instant."""
    with connection.cursor() as cursor:
        cursor.execute(_MOVES, {"since": since})
        return [(before, after, people) for before, after, people in cursor.fetchall()]


def history(contact_id: int, limit: int = 100) -> list[AttributeHistory]:
    """How her group and her activity went, the latest first."""
    rows = AttributeHistory.objects.filter(contact_id=contact_id, key__in=["rfm_group", "activity"])
    return list(rows.order_by("-at", "-id")[:limit])


def of_company(company_id: int) -> Sums:
    """What its people are worth together."""
    return sums("(SELECT id FROM contacts_contact WHERE company_id = %(company)s) AS people", {"company": company_id})


def of_companies(company_ids: Collection[int]) -> dict[int, tuple[int, Decimal, Decimal]]:
    """Orders, revenue and net value of the people of each, for the rows of a page."""
    known = rules.current()
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT company_id, sum(orders), sum(revenue), sum(net_value)
                 FROM contacts_contact AS contact JOIN contacts_worth AS worth ON worth.contact_id = contact.id
                WHERE company_id = ANY(%s) GROUP BY company_id""",
            [list(company_ids)],
        )
        return {
            pk: (int(orders), major(known, revenue), major(known, net))
            for pk, orders, revenue, net in cursor.fetchall()
        }


def of_everyone() -> Sums:
    return sums("(SELECT id FROM contacts_contact) AS people", {})


def sums(people: str, values: Mapping[str, Any]) -> Sums:
    """Of the relation `people`, which has each contact's `id`."""
    known = rules.current()
    with connection.cursor() as cursor:
        cursor.execute(_SUMS.format(people=people), values)
        count, buyers, orders, revenue, refunds, cost, net, first, last, *rest = cursor.fetchone()
    active, at_risk, lost, expected, spend, lifetime = rest
    return Sums(
        people=count,
        buyers=buyers,
        orders=int(orders),
        revenue=major(known, revenue),
        refunds=major(known, refunds),
        cost_to_serve=None if cost is None else major(known, cost),
        net_value=major(known, net),
        first_order_at=first,
        last_order_at=last,
        active=active,
        at_risk=at_risk,
        lost=lost,
        expected_orders=expected,
        expected_spend=None if spend is None else major(known, spend),
        lifetime_value=None if lifetime is None else major(known, lifetime),
    )


def is_known(contact_id: int) -> bool:
    return Contact.objects.filter(pk=contact_id).exists()


def major(known: Rules, amount: int | Decimal) -> Decimal:
    return money.from_minor(int(amount), known.currency)


def _cell(known: Rules, people: int, revenue: Decimal, net: Decimal, came: int = 0) -> Cell:
    return Cell(people, major(known, revenue), major(known, net), came)
