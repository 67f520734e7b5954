"""Time alone moves people: re-evaluate the contacts whose due instant has come."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from ..definition import depends
from ..models import ContactDue
from .refresh import refresh

BATCH = 500


def pop_due(now: datetime) -> int:
    """Re-evaluate one batch of due contacts; return how many there were.

    The rows stay until the refresh replaces them with later ones, in the same transaction.
    """
    with transaction.atomic():
        due = ContactDue.objects.filter(due_at__lte=now).order_by("due_at")
        contact_ids = list(due.values_list("contact_id", flat=True)[:BATCH])
        refresh({contact_id: {depends.CLOCK} for contact_id in contact_ids}, now)
    return len(contact_ids)
