"""Empty the change log: take a batch of rows, make the lists true for their contacts, and commit both at once.

A row leaves the log only in the transaction that covers it. Batches are taken alternately from the oldest and the
newest end, so that a change made now does not wait behind a large import.
"""

from __future__ import annotations

from typing import Literal

from django.db import connection, transaction

from contacts import signals
from crmseg.common import clock

from .live import QUIET
from .refresh import refresh

OLDEST, NEWEST = 1000, 100
# Materialized, because a subquery that is run again for each row would take more than its limit.
_TAKE = """
    WITH taken AS MATERIALIZED (
        SELECT id FROM contacts_contactchange ORDER BY id {order} LIMIT %s FOR UPDATE SKIP LOCKED
    )
    DELETE FROM contacts_contactchange AS change USING taken WHERE change.id = taken.id
    RETURNING change.contact_id, change.keys
"""


def drain() -> int:
    """Work until nothing is left; return how many rows of the log were handled."""
    total = 0
    while True:
        newest, told = _batch("newest")
        total += newest
        if newest < NEWEST and not told:
            return total
        if newest == NEWEST:
            total += drain_batch("oldest")


def drain_batch(end: Literal["oldest", "newest"] = "oldest") -> int:
    """Handle one batch; return how many rows of the log it was."""
    return _batch(end)[0]


def _batch(end: Literal["oldest", "newest"]) -> tuple[int, bool]:
    """How many rows of the log were handled, and whether that may have put others into it."""
    order, limit = ("ASC", OLDEST) if end == "oldest" else ("DESC", NEWEST)
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(_TAKE.format(order=order), [limit])
            rows = cursor.fetchall()
        moved: dict[int, set[str]] = {}
        for contact_id, keys in rows:
            moved.setdefault(contact_id, set()).update(keys)
        for contact_id in {contact_id for contact_id, keys in rows if QUIET not in keys}:
            moved[contact_id].discard(QUIET)
        refresh(moved, clock.now())
        told = bool(rows) and signals.is_ringing()
    return len(rows), told
