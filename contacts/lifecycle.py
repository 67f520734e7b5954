"""The first order makes a customer: once, never back by itself, and never against a later change by hand."""

from __future__ import annotations

from collections.abc import Collection

from django.db import connection

FIRST_ORDER = "Order Completed"
CUSTOMER = "customer"
BEYOND = ("customer", "evangelist")


def lift_stages(contact_ids: Collection[int], order_type_id: int) -> int:
    """In the caller's transaction, before their orders are stored: lift those who never ordered before.

    The rows are locked first, so of two first orders at once the second sees what the first did.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT id FROM contacts_contact
                WHERE id = ANY(%s) AND (lifecycle_stage IS NULL OR lifecycle_stage <> ALL(%s))
                ORDER BY id FOR NO KEY UPDATE""",
            [sorted(contact_ids), list(BEYOND)],
        )
        below = [contact_id for (contact_id,) in cursor.fetchall()]
        if not below:
            return 0
        cursor.execute(
            """UPDATE contacts_contact SET lifecycle_stage = %s, updated_at = statement_timestamp()
                WHERE id = ANY(%s) AND NOT EXISTS (
                      SELECT FROM contacts_event
                       WHERE contact_id = contacts_contact.id AND type_id = %s)""",
            [CUSTOMER, below, order_type_id],
        )
        return int(cursor.rowcount)
