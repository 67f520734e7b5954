"""Which event of this account is a purchase."""

from __future__ import annotations

from django.db import connection

from contacts.models import EventType

USUAL = ("Order Completed", "Order Placed", "Purchase", "Order", "Payment Received", "Subscription Started")
RECENT = 20_000


def purchase_event() -> EventType | None:
    """The usual name where it was recorded; else what most often came with revenue among the latest events."""
    known = {event.name: event for event in EventType.objects.filter(name__in=USUAL)}
    if named := next((known[name] for name in USUAL if name in known), None):
        return named
    sql = """
        SELECT type_id FROM (SELECT type_id, amount FROM contacts_event ORDER BY id DESC LIMIT %(recent)s) AS recent
         WHERE amount > 0 GROUP BY type_id ORDER BY count(*) DESC, type_id LIMIT 1
    """
    with connection.cursor() as cursor:
        cursor.execute(sql, {"recent": RECENT})
        found = cursor.fetchone()
    return EventType.objects.get(pk=found[0]) if found else None
