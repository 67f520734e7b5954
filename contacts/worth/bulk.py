"""Worth of everyone: compared anew every hour, and counted anew when what counts has changed.

Contacts that are followed meanwhile keep what was found of them, which is newer. What is compared with is stored while
nobody is in the middle of comparing; whoever begins later compares with the new, and the rest is brought up afterwards.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction

from crmseg.common import clock, parallel

from .. import signals
from ..models import WorthSettings
from . import facts, grades, keys, rules, told, writing
from .ranges import ranges
from .rules import Rules

FEW = 2_000
"""Contacts that move are named to the lists one by one up to here; beyond, the lists look at everybody."""
BATCH = 25_000
"""Contacts that are counted, and written, in one transaction."""
STALE = timedelta(hours=1)
GROWN = 1.2
_ONE_AT_A_TIME = 71_021
_MEMORY = "SET LOCAL work_mem = '128MB'"
_NEW = "CREATE UNLOGGED TABLE worth_facts AS {facts} WITH NO DATA"
_MAKE = """
    WITH every AS (SELECT * FROM worth_facts WHERE contact_id BETWEEN %(low)s AND %(high)s
                      AND EXISTS (SELECT FROM contacts_contact WHERE id = worth_facts.contact_id)),
         {made}
    SELECT keys, count(*), (array_agg(contact_id))[1:{some}] FROM written GROUP BY keys
"""
_SILENT = """
    WITH every AS (
        SELECT contact_id, {nothing}, NULL::timestamptz AS coming_at FROM contacts_worth AS kept
         WHERE NOT EXISTS (SELECT FROM worth_facts WHERE contact_id = kept.contact_id) AND seen_at < %(started)s
           AND (orders, rfm_count, refunds) <> (0, 0, 0)),
         {made}
    SELECT keys, count(*), (array_agg(contact_id))[1:{some}] FROM written GROUP BY keys
"""
_COMPARE = "WITH {compared} SELECT keys, count(*), (array_agg(contact_id))[1:{some}] FROM written GROUP BY keys"
_ORPHANS = "DELETE FROM contacts_worth AS kept WHERE NOT EXISTS (SELECT FROM contacts_contact WHERE id = contact_id)"
_OLDER = "kept.seen_at < %(started)s AND ({kept}) IS DISTINCT FROM ({excluded})"

Block = dict[str, int]
"""The least id and the greatest, as parameters."""
Moved = list[tuple[list[str], int, list[int]]]
"""By the keys that moved: how many contacts, and some of them."""


@dataclass
class Renewal:
    """What a renewal moved: each key with how many contacts, and the contacts while they are few."""

    keys: dict[str, int]
    contacts: dict[int, set[str]]
    rows: int = 0
    counted: bool = False

    def take(self, rows: Moved) -> None:
        for moved, count, some in rows:
            if not moved:
                continue
            self.rows += count
            for key in moved:
                self.keys[key] = self.keys.get(key, 0) + count
            if len(self.contacts) <= FEW:
                for contact_id in some:
                    self.contacts.setdefault(contact_id, set()).update(moved)

    @property
    def is_few(self) -> bool:
        return self.rows <= FEW


def is_due(now: datetime) -> bool:
    """Whether what everyone is compared with is old, or found under other settings or of far fewer, or untold."""
    row = rules.row()
    if row.found_at is None or row.counted_version != row.version or row.found_at <= now - STALE:
        return True
    if row.found.get("untold"):
        return True
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_get_live_tuples('contacts_worth'::regclass)")
        rows = int(cursor.fetchone()[0])
    return rows >= rules.LEAST["gap"] and rows > GROWN * int(row.found.get("rows") or 0)


def renew(now: datetime | None = None, *, count: bool | None = None) -> Renewal | None:
    """Compare everyone anew; with `count` also read all events again, which happens by itself when it is needed.

    None when another process is at it.
    """
    now = now or clock.now()
    with _alone() as mine:
        if not mine:
            return None
        with transaction.atomic():
            rules.hold_alone()  # whoever follows by former settings has finished
            known = rules.current()
        counted = count if count is not None else known.counted_version != known.version
        renewal = Renewal({}, {}, counted=counted)
        if rules.row().found.get("untold"):
            # A renewal before this one died between writing and telling: nobody knows whom it moved.
            renewal.keys, renewal.rows = dict.fromkeys(keys.all_keys(), FEW + 1), FEW + 1
        known = _count(known, now, renewal) if counted else _found(known, "contacts_worth", now)
        renewal.take(_run(_COMPARE.format(compared=writing.compare(known), some=FEW + 1), {"now": now}))
        _tell(renewal, now)
    return renewal


def _count(known: Rules, now: datetime, renewal: Renewal) -> Rules:
    """Read the events of everyone, compare, and write what differs."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        started = cursor.fetchone()[0]
        cursor.execute("DROP TABLE IF EXISTS worth_facts")
    try:
        blocks = [{"low": low, "high": high} for low, high in ranges("contacts_contact", "id", BATCH)]
        _read(known, now, blocks)
        known = _found(known, "worth_facts", now)
        made = writing.make(known, "every", seen_at="%(started)s", unless=_older())
        write = _MAKE.format(made=made, some=FEW + 1)
        for moved in parallel.each(lambda block: _run(write, {**block, "now": now, "started": started}), blocks):
            renewal.take(moved)
        silent = _SILENT.format(made=made, some=FEW + 1, nothing=facts.NOTHING)
        renewal.take(_run(silent, {"now": now, "started": started}))
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DROP TABLE IF EXISTS worth_facts")
            cursor.execute(_ORPHANS)
    WorthSettings.objects.filter(pk=1).update(counted_at=now, counted_version=known.version)
    return known


def _read(known: Rules, now: datetime, blocks: list[Block]) -> None:
    """The facts of everyone, where each connection sees them. What a killed renewal left of them is gone by now."""
    statement = facts.select(known, some=False)

    def count(block: Block) -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(_MEMORY)
            cursor.execute(f"INSERT INTO worth_facts {statement}", {**block, "now": now})

    with connection.cursor() as cursor:
        cursor.execute(_NEW.format(facts=statement), {"now": now, "low": 0, "high": 0})
        parallel.each(count, blocks)
        cursor.execute("CREATE INDEX ON worth_facts (contact_id)")
        cursor.execute("ANALYZE worth_facts")


def _older() -> str:
    """Rows that nobody has followed since, and that say otherwise."""
    return _OLDER.format(
        kept=", ".join(f"kept.{column}" for column in writing.COLUMNS),
        excluded=", ".join(f"excluded.{column}" for column in writing.COLUMNS),
    )


def _found(known: Rules, table: str, now: datetime) -> Rules:
    """What everyone is compared with from now on, stored while nobody compares."""
    found = replace(grades.look(known, table), at=now)
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT count(*) FROM {table}")
            rows = int(cursor.fetchone()[0])
        rules.hold_alone()
        WorthSettings.objects.filter(pk=1).update(found={**found.out(), "rows": rows, "untold": True}, found_at=now)
    return replace(known, found=found)


def _run(statement: str, values: dict[str, Any]) -> Moved:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_MEMORY)
        cursor.execute(statement, values)
        return list(cursor.fetchall())


def _tell(renewal: Renewal, now: datetime) -> None:
    """Lists look again: at these contacts while they are few, else at everybody."""
    with transaction.atomic():
        if renewal.is_few and renewal.contacts:
            with connection.cursor() as cursor:
                cursor.execute(
                    "INSERT INTO contacts_contactchange (contact_id, keys, at)"
                    " SELECT contact_id, string_to_array(keys, ' '), %s FROM unnest(%s::bigint[], %s::text[])"
                    " AS one (contact_id, keys)",
                    [now, list(renewal.contacts), [" ".join(sorted(moved)) for moved in renewal.contacts.values()]],
                )
            signals.ring()
        told.tell(frozenset() if renewal.is_few else frozenset(renewal.keys), now)
        with connection.cursor() as cursor:
            cursor.execute("UPDATE contacts_worthsettings SET found = found - 'untold' WHERE id = 1")


class _alone:
    """One renewal at a time, whichever process does it."""

    def __enter__(self) -> bool:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_lock(%s, 0)", [_ONE_AT_A_TIME])
            self.mine = bool(cursor.fetchone()[0])
        return self.mine

    def __exit__(self, *_error: object) -> None:
        if self.mine:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s, 0)", [_ONE_AT_A_TIME])
