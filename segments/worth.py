"""Lists and worth: it is worked out before the lists that read it, and its renewal for everyone has them look again."""

from __future__ import annotations

from datetime import datetime

from django.db import connection

from contacts.worth import auditing, follow, told
from crmseg.common.actor import SYSTEM

from .engine import companions
from .engine.build import WORTH

# In the order of contacts, as every writer of instants takes them.
_DUE = """
    INSERT INTO segments_contactdue AS kept (contact_id, due_at)
    SELECT worth.contact_id, worth.next_at
      FROM contacts_worth AS worth LEFT JOIN segments_contactdue AS due ON due.contact_id = worth.contact_id
     WHERE worth.next_at IS NOT NULL AND (due.due_at IS NULL OR worth.next_at < due.due_at)
     ORDER BY worth.contact_id
    ON CONFLICT (contact_id) DO UPDATE SET due_at = excluded.due_at WHERE excluded.due_at < kept.due_at
"""


def connect() -> None:
    companions.register(
        WORTH,
        before=follow.follow,
        due=follow.due,
        settle=auditing.settle,
        busy=auditing.is_waiting,
        audit=auditing.compare,
    )
    told.register(renewed)


def renewed(keys: frozenset[str], now: datetime) -> None:
    """Too many moved to name them: lists and scores that read it look at everybody. Each is due at its instant."""
    from . import services
    from .scoring.build import rebuild_readers

    with connection.cursor() as cursor:
        cursor.execute(_DUE)
    if keys:
        services.rebuild_readers(keys, actor=SYSTEM, cause=WORTH)
        rebuild_readers(keys)
