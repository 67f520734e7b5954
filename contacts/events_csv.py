"""Events as CSV, row by row, however many; the properties as one cell of JSON, exact numbers kept."""

from __future__ import annotations

from crmseg.common import json

from . import money, values
from .export import line
from .models import Event

COLUMNS = (
    "id",
    "event",
    "occurred_at",
    "received_at",
    "contact.id",
    "contact.external_id",
    "contact.email",
    "amount",
    "currency",
    "source",
    "message_id",
    "properties",
)


def event_line(event: Event) -> str:
    """An event with its type and its contact at hand."""
    currency = event.currency or "USD"
    return line(
        [
            event.pk,
            event.type.name,
            values.dump(event.occurred_at),
            values.dump(event.received_at),
            event.contact_id,
            event.contact.external_id,
            event.contact.email,
            None if event.amount is None else money.from_minor(event.amount, currency),
            event.currency,
            event.source,
            event.message_id,
            json.dumps(event.properties).decode(),
        ]
    )
