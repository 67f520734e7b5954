"""What this room itself puts into the change log: contacts to be looked at again, and why."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from django.db import connection


def tell(contact_ids: Collection[int], keys: Sequence[str], now: datetime) -> None:
    """Have the contacts looked at again by the lists that read `keys`, once the present transaction has committed."""
    if contact_ids:
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO contacts_contactchange (contact_id, keys, at)"
                " SELECT one, %s, %s FROM unnest(%s::bigint[]) AS one",
                [list(keys), now, list(contact_ids)],
            )
