"""The monthly partitions of events.

An event is never refused for want of its month: months near now get a partition, made ahead of time or by the first
event that needs it; every other event, and every event whose month could not be made at once, goes to the DEFAULT
partition and moves to its month when that is made.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import UTC, date, datetime
from time import monotonic
from typing import Any

from django.db import OperationalError, connection, transaction
from psycopg import sql

from crmseg.common import clock

from . import changelog

DEFAULT = "contacts_event_default"
MONTHS_BACK, MONTHS_AHEAD = 36, 3
# Attaching waits for whoever writes to contacts, and holds up whoever comes next; after this long the rows go to
# DEFAULT instead, and nobody tries that month again for a while.
LOCK_TIMEOUT = "500ms"
RETRY_AFTER = 60.0
_given_up: dict[date, float] = {}

log = logging.getLogger(__name__)


def month_of(instant: datetime) -> date:
    return instant.astimezone(UTC).date().replace(day=1)


def shift(month: date, by: int) -> date:
    years, index = divmod(month.year * 12 + month.month - 1 + by, 12)
    return date(years, index + 1, 1)


def name_of(month: date) -> str:
    return f"contacts_event_{month:%Y_%m}"


def ensure_months(months: Iterable[date]) -> list[date]:
    """Create the missing partitions among `months` that lie near now; return those made."""
    this = month_of(clock.now())
    first, last = shift(this, -MONTHS_BACK), shift(this, MONTHS_AHEAD)
    wanted = sorted({month for month in months if first <= month <= last})
    return [month for month in _missing(wanted) if _given_up.get(month, 0) < monotonic() and _create(month)]


def install(**kwargs: object) -> None:
    """Runs after every migrate, behind the change log."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass(%s)", [DEFAULT])
        exists = cursor.fetchone()[0] is not None
    if exists:
        make_ahead()


def make_ahead() -> list[date]:
    """The months to come, and those whose events wait in DEFAULT."""
    this = month_of(clock.now())
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT DISTINCT date_trunc('month', occurred_at, 'UTC') FROM {DEFAULT}")
        waiting = [month_of(instant) for (instant,) in cursor.fetchall()]
    return ensure_months([*(shift(this, by) for by in range(MONTHS_AHEAD + 1)), *waiting])


def _missing(months: list[date]) -> list[date]:
    if not months:
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT month FROM unnest(%s::date[], %s::text[]) AS wanted (month, name) WHERE to_regclass(name) IS NULL",
            [months, [name_of(month) for month in months]],
        )
        return [month for (month,) in cursor.fetchall()]


def _create(month: date) -> bool:
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(
                "SELECT current_setting('lock_timeout'), set_config('lock_timeout', %s, true)", [LOCK_TIMEOUT]
            )
            before = cursor.fetchone()[0]
            cursor.execute("SELECT pg_advisory_xact_lock(hashtext('contacts.partitions'))")
            made = bool(_missing([month]))
            if made:
                _attach(cursor, month)
            cursor.execute("SELECT set_config('lock_timeout', %s, true)", [before])
            return made
    except OperationalError as error:
        _given_up[month] = monotonic() + RETRY_AFTER
        log.warning("The events of %s go to the default partition for now: %s", month, error)
        return False


def _attach(cursor: Any, month: date) -> None:
    """Fill the table before it becomes a partition: DEFAULT may not hold rows of an attached month."""
    partition, default = sql.Identifier(name_of(month)), sql.Identifier(DEFAULT)
    start, end = _midnight(month), _midnight(shift(month, 1))
    cursor.execute(sql.SQL("LOCK TABLE {} IN ACCESS EXCLUSIVE MODE").format(default))
    cursor.execute(
        sql.SQL("CREATE TABLE {} (LIKE contacts_event INCLUDING DEFAULTS INCLUDING CONSTRAINTS)").format(partition)
    )
    within = sql.SQL("occurred_at >= {} AND occurred_at < {}").format(sql.Literal(start), sql.Literal(end))
    cursor.execute(sql.SQL("SELECT EXISTS (SELECT FROM {} WHERE {})").format(default, within))
    if cursor.fetchone()[0]:
        # Moving house is no change to anybody, so the change log does not hear of it.
        cursor.execute(sql.SQL("ALTER TABLE {} DISABLE TRIGGER USER").format(default))
        cursor.execute(
            sql.SQL("WITH moved AS (DELETE FROM {} WHERE {} RETURNING *) INSERT INTO {} SELECT * FROM moved").format(
                default, within, partition
            )
        )
        cursor.execute(sql.SQL("ALTER TABLE {} ENABLE TRIGGER USER").format(default))
    cursor.execute(
        sql.SQL("ALTER TABLE contacts_event ATTACH PARTITION {} FOR VALUES FROM ({}) TO ({})").format(
            partition, sql.Literal(start), sql.Literal(end)
        )
    )
    changelog.watch_partition(cursor, name_of(month))


def _midnight(month: date) -> datetime:
    return datetime(month.year, month.month, 1, tzinfo=UTC)
