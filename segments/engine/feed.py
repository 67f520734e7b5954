"""The order in which the ledger is read: a gap-free number given to committed rows, in short steps of its own.

A reader that continues after the last number it saw never misses a row of a transaction that committed late, because
such a row has no number yet; and never sees one twice, because numbers do not change.
"""

from __future__ import annotations

from django.db import connection, transaction

from ..models import LedgerEntry
from . import locks

STEP = 10_000
_NUMBER = """
    WITH waiting AS (
        SELECT id, row_number() OVER (ORDER BY id) AS place
          FROM (SELECT id FROM segments_ledgerentry WHERE cursor IS NULL ORDER BY id LIMIT %s) AS first
    ), last AS (
        SELECT COALESCE(max(cursor), 0) AS cursor FROM segments_ledgerentry
    )
    UPDATE segments_ledgerentry AS entry SET cursor = last.cursor + waiting.place
      FROM waiting, last
     WHERE entry.id = waiting.id
"""


def number() -> int:
    """Number every committed row that has none; return how many."""
    total: int = 0
    while True:
        with transaction.atomic():
            locks.lock_feed()
            with connection.cursor() as cursor:
                cursor.execute(_NUMBER, [STEP])
                done: int = cursor.rowcount
        total += done
        if done < STEP:
            return total


def read(
    *, after: int = 0, limit: int = 100, segment_id: int | None = None, contact_id: int | None = None
) -> list[LedgerEntry]:
    """The membership changes that follow cursor `after`, in the order in which none is skipped or repeated.

    Numbers what a crash left without a number first, so that a reader is never behind what was committed.
    """
    number()
    entries = LedgerEntry.objects.filter(cursor__gt=after).order_by("cursor")
    if segment_id is not None:
        entries = entries.filter(segment_id=segment_id)
    if contact_id is not None:
        entries = entries.filter(contact_id=contact_id)
    return list(entries[:limit])


def number_soon() -> None:
    """Number once the present transaction has committed; a crash in between is made good by the next reader."""
    waiting: list[object] = [call[1] for call in connection.run_on_commit]
    if number not in waiting:
        transaction.on_commit(number, robust=True)
