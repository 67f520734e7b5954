"""What of contacts can be kept for a time: events month by month, and what attributes were before.

A month of events that is wholly too old is emptied and dropped at once. Emptying tells the change log whose events they
were, so lists that read them are true the moment they are gone. The ids of messages stay taken: no old one comes again.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime

from django.db import OperationalError, connection, transaction
from django.utils.translation import gettext_lazy as _

from crmseg.access.retention import STEP, Kept, count_rows, delete_rows, register

from . import partitions, signals

HISTORIES = ("contacts_attributehistory", "contacts_companyhistory")
_MONTH = re.compile(r"contacts_event_(\d{4})_(\d{2})")


def connect() -> None:
    register(
        Kept(
            "events",
            _("Events"),
            _("What contacts did. Whole months are deleted, each once all of it is too old; lists forget them too."),
            count_events,
            prune_events,
        )
    )
    register(
        Kept(
            "history",
            _("History of facts"),
            _("What attributes of contacts and companies were before. What they are now stays, and so do consents."),
            lambda before, most: min(sum(count_rows(table, "at", before, most) for table in HISTORIES), most),
            lambda before: sum(delete_rows(table, "at", before) for table in HISTORIES),
        )
    )


def count_events(before: datetime, most: int) -> int:
    total = 0
    for table in [*_months_before(before), partitions.DEFAULT]:
        total += count_rows(table, "occurred_at", before, most - total)
    return total


def prune_events(before: datetime) -> int:
    total = 0
    for table in _months_before(before):
        try:
            total += _drop(table)
        except OperationalError:
            break  # somebody works there: the next night will do
    return total + _delete_elsewhere(before)


def _months_before(before: datetime) -> list[str]:
    """The partitions of months that ended before that instant, the oldest first."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'contacts_event'::regclass")
        names = sorted(name for (name,) in cursor.fetchall())
    last = partitions.month_of(before)
    return [name for name in names if (month := _month(name)) and month < last]


def _month(name: str) -> date | None:
    found = _MONTH.fullmatch(name)
    return datetime(int(found[1]), int(found[2]), 1, tzinfo=UTC).date() if found else None


def _drop(table: str) -> int:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT set_config('lock_timeout', %s, true)", [partitions.LOCK_TIMEOUT])
        cursor.execute(f"SELECT count(*) FROM {table}")
        rows = int(cursor.fetchone()[0])
        cursor.execute(f"TRUNCATE {table}")
        cursor.execute(f"DROP TABLE {table}")
        signals.ring()
    return rows


def _delete_elsewhere(before: datetime) -> int:
    """Events of months without a partition of their own."""
    total = 0
    while True:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(
                f"""DELETE FROM {partitions.DEFAULT} WHERE id IN (
                        SELECT id FROM {partitions.DEFAULT} WHERE occurred_at < %s LIMIT %s)""",
                [before, STEP],
            )
            done: int = cursor.rowcount
            signals.ring()
        total += done
        if done < STEP:
            return total
