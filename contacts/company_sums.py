"""What the contacts of some companies add up to: people, customers, and what they paid for orders.

Asked for the rows of one page only; whole tables are never added up.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db import connection

from crmseg.access import account

from . import money
from .selectors import CUSTOMER_STAGES

_PEOPLE = """
    SELECT company_id, count(*), count(*) FILTER (WHERE lifecycle_stage = ANY(%s))
      FROM contacts_contact WHERE company_id = ANY(%s) GROUP BY company_id
"""
_PAID = """
    SELECT c.company_id, sum(w.revenue)
      FROM contacts_contact AS c JOIN contacts_worth AS w ON w.contact_id = c.id
     WHERE c.company_id = ANY(%s) AND w.orders > 0
     GROUP BY c.company_id
"""


@dataclass(frozen=True)
class Sums:
    people: int = 0
    customers: int = 0


def people_of(companies: Sequence[int]) -> dict[int, Sums]:
    """How many people each company has, and how many of them are customers."""
    with connection.cursor() as cursor:
        cursor.execute(_PEOPLE, [list(CUSTOMER_STAGES), list(companies)])
        found = {pk: Sums(people, customers) for pk, people, customers in cursor.fetchall()}
    return {pk: found.get(pk, Sums()) for pk in companies}


def paid_by(companies: Sequence[int]) -> dict[int, Decimal]:
    """The revenue of their people's orders less refunds, in the account's currency; no other is converted."""
    currency = account.current().currency
    with connection.cursor() as cursor:
        cursor.execute(_PAID, [list(companies)])
        return {pk: money.from_minor(int(amount), currency) for pk, amount in cursor.fetchall()}
