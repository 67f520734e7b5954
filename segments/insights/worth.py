"""What the members of a list are worth: revenue and net value, their share of all, and how few of them bring most.

The Gini coefficient is that of revenue among those who ordered, by ranks i = 1…n of rising revenue x:

    G = 2 Σ i·xᵢ / (n Σ xᵢ) − (n + 1) / n

C. Gini 1912; in this form A. Sen: On Economic Inequality, Oxford 1973. Revenue below zero counts as zero, because the
coefficient says nothing of debts.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from django.db import connection

from contacts.worth import rules, selectors
from contacts.worth.selectors import Sums

LEAST_BUYERS = 10
"""A tenth of fewer is nobody."""
_MEMBERS = "(SELECT contact_id AS id FROM segments_membership WHERE segment_id = %(list)s) AS people"
_CONCENTRATION = """
    WITH paid AS (
        SELECT greatest(worth.revenue, 0)::numeric AS revenue,
               row_number() OVER (ORDER BY worth.revenue) AS rank, count(*) OVER () AS buyers
          FROM segments_membership AS member JOIN contacts_worth AS worth ON worth.contact_id = member.contact_id
         WHERE member.segment_id = %(list)s AND worth.orders > 0)
    SELECT max(buyers), sum(revenue), sum(rank * revenue),
           sum(revenue) FILTER (WHERE rank > buyers - ceil(buyers / 10.0))
      FROM paid
"""
_POWER = """
    SELECT count(*) FILTER (WHERE nullif(contact.income_band, '') IS NOT NULL), count(contact.budget)
      FROM segments_membership AS member JOIN contacts_contact AS contact ON contact.id = member.contact_id
     WHERE member.segment_id = %(list)s
"""
_ALL = "SELECT coalesce(sum(revenue), 0), coalesce(sum(net_value), 0) FROM contacts_worth"


@dataclass(frozen=True)
class ListWorth:
    """`top_tenth` is the share of revenue that the tenth of buyers with the most brings; unknown below ten buyers."""

    sums: Sums
    share_of_revenue: float | None
    share_of_net_value: float | None
    top_tenth: float | None
    gini: float | None
    income_known: int
    budget_known: int


def of_list(segment_id: int) -> ListWorth:
    """What the present members are worth."""
    asked = {"list": segment_id}
    sums = selectors.sums(_MEMBERS, asked)
    known = rules.current()
    with connection.cursor() as cursor:
        cursor.execute(_ALL)
        revenue, net = (selectors.major(known, amount) for amount in cursor.fetchone())
        cursor.execute(_CONCENTRATION, asked)
        buyers, paid, ranked, top = cursor.fetchone()
        cursor.execute(_POWER, asked)
        income, budget = cursor.fetchone()
    enough = bool(buyers and buyers >= LEAST_BUYERS and paid)
    return ListWorth(
        sums=sums,
        share_of_revenue=_share(sums.revenue, revenue),
        share_of_net_value=_share(sums.net_value, net),
        top_tenth=float(top / paid) if enough else None,
        gini=float(2 * ranked / (buyers * paid) - Decimal(buyers + 1) / buyers) if enough else None,
        income_known=income,
        budget_known=budget,
    )


def _share(part: Decimal, whole: Decimal) -> float | None:
    """Of nothing, or of a loss, there are no shares."""
    return float(part / whole) if whole > 0 else None
