"""Figures of events that pages show: counted on the spot while there are few, by a worker when there are many.

A worker counts partition by partition, and again only those whose rows have moved since. Each figure says when it was
true. Nothing here reads more of a large table than a page may wait for.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import Sum

from crmseg.access import account
from crmseg.common import clock

from . import signals
from .models import EventDay, EventPart, EventTypeCount

FEW = 50_000
# A worker spends at most this share of its time on counting one partition, or the last days, again and again.
SHARE = 20
LATELY = "the last 30 days"
STALE = timedelta(minutes=10)

_DAYS = """
    SELECT type_id, (occurred_at AT TIME ZONE %(zone)s)::date AS day, count(*)
      FROM {table} WHERE true {only}
     GROUP BY 1, 2
"""
_LATELY = """
    SELECT type_id, count(*) FILTER (WHERE occurred_at > %(now)s - interval '1 day'),
           count(*) FILTER (WHERE occurred_at > %(now)s - interval '7 days'), count(*), count(DISTINCT contact_id)
      FROM contacts_event
     WHERE occurred_at > %(now)s - interval '30 days' AND occurred_at <= %(now)s {only}
     GROUP BY 1
"""
# By the index of each partition, the latest first; what is dated in the future has not been seen.
_LAST = """
    SELECT type.id, (SELECT occurred_at FROM contacts_event
                      WHERE type_id = type.id AND occurred_at <= %(now)s ORDER BY occurred_at DESC LIMIT 1)
      FROM contacts_eventtype AS type WHERE true {of}
"""
# The counters of the server say whether rows moved; they may lag, and then the next look finds the difference.
_MARKS = """
    SELECT inhrelid::regclass::text,
           concat_ws(':', pg_relation_filenode(inhrelid), pg_stat_get_tuples_inserted(inhrelid),
                     pg_stat_get_tuples_updated(inhrelid), pg_stat_get_tuples_deleted(inhrelid), %s::text)
      FROM pg_inherits WHERE inhparent = 'contacts_event'::regclass
"""
_REMEMBERED = """
    SELECT coalesce(sum(greatest(reltuples, 0)), 0) FROM pg_class
     WHERE relkind = 'r' AND (oid = %(table)s::regclass
           OR oid IN (SELECT inhrelid FROM pg_inherits WHERE inhparent = %(table)s::regclass))
"""


@dataclass(frozen=True)
class Lately:
    """One event type of late: how many events in 1, 7 and 30 days, and how many people did them in 30."""

    last_at: datetime | None = None
    events_1d: int = 0
    events_7d: int = 0
    events_30d: int = 0
    people_30d: int = 0


@dataclass(frozen=True)
class Figures:
    """By event type, true at `as_of`; None where they were just counted."""

    by_type: dict[int, Lately]
    as_of: datetime | None


def events_are_few() -> bool:
    return rows_are_few("contacts_event", FEW)


def rows_are_few(table: str, few: int) -> bool:
    """Whether the table, or all its partitions together, have at most so many rows.

    What the server remembers of its size suffices where it is far beyond; it may be too small or missing.
    """
    with connection.cursor() as cursor:
        cursor.execute(_REMEMBERED, {"table": table})
        if cursor.fetchone()[0] > 2 * few:
            return False
        cursor.execute(f"SELECT count(*) FROM (SELECT FROM {table} LIMIT %s) AS counted", [few + 1])
        return int(cursor.fetchone()[0]) <= few


def lately() -> Figures:
    """For the table of all event types."""
    if events_are_few():
        return Figures(_lately(clock.now()), None)
    found = {
        row.type_id: Lately(row.last_at, row.events_1d, row.events_7d, row.events_30d, row.people_30d)
        for row in EventTypeCount.objects.all()
    }
    as_of = EventTypeCount.objects.order_by("counted_at").values_list("counted_at", flat=True).first()
    ask_when_stale(as_of)
    return Figures(found, as_of or clock.now())


def lately_of(type_id: int) -> tuple[Lately, datetime | None]:
    """For the page of one type."""
    if events_are_few():
        return _lately(clock.now(), type_id).get(type_id, Lately()), None
    row = EventTypeCount.objects.filter(type=type_id).first()
    ask_when_stale(row.counted_at if row else None)
    if row is None:
        return Lately(), clock.now()
    return Lately(row.last_at, row.events_1d, row.events_7d, row.events_30d, row.people_30d), row.counted_at


def by_day(since: date, type_id: int | None = None) -> dict[date, int]:
    """Events of each day of the account, of one type or of all; days without any are left out."""
    if events_are_few():
        only = "AND type_id = %(type)s" if type_id else ""
        found: dict[date, int] = {}
        for _type, day, events in _read(_DAYS.format(table="contacts_event", only=only), clock.now(), type_id):
            if day >= since:
                found[day] = found.get(day, 0) + events
        return found
    rows = EventDay.objects.filter(day__gte=since)
    rows = rows.filter(type=type_id) if type_id else rows
    return dict(rows.values("day").annotate(n=Sum("events")).values_list("day", "n"))


def ask_when_stale(as_of: datetime | None) -> None:
    if as_of is None or as_of < clock.now() - STALE:
        signals.counts_asked.send_robust(sender=None)


def count() -> list[str]:
    """A worker's work: the partitions that moved, then the last 30 days; the names of the partitions counted."""
    now, zone = clock.now(), account.current().time_zone
    with connection.cursor() as cursor:
        cursor.execute(_MARKS, [zone])
        marks = dict(cursor.fetchall())
    known = {part.name: part for part in EventPart.objects.all()}
    gone = [name for name in known if name.startswith("contacts_event") and name not in marks]
    EventPart.objects.filter(pk__in=gone).delete()
    EventDay.objects.exclude(part__in=marks).delete()
    moved = [name for name, mark in marks.items() if name not in known or _is_due(known[name], mark, now)]
    for name in moved:
        _count_part(name, marks[name], now)
    if LATELY not in known or _is_due(known[LATELY], f"{now:%Y-%m-%dT%H:%M}", now):
        _keep_lately(now)
    return moved


def _is_due(part: EventPart, mark: str, now: datetime) -> bool:
    return part.mark != mark and now - part.counted_at >= part.took * SHARE


def _count_part(name: str, mark: str, now: datetime) -> None:
    started = clock.now()
    table = connection.ops.quote_name(name)
    rows = _read(_DAYS.format(table=table, only=""), now)
    with transaction.atomic():
        EventDay.objects.filter(part=name).delete()
        EventDay.objects.bulk_create(
            (EventDay(part=name, type_id=type_id, day=day, events=events) for type_id, day, events in rows),
            batch_size=2_000,
            ignore_conflicts=True,
        )
        EventPart.objects.update_or_create(
            name=name, defaults={"mark": mark, "counted_at": now, "took": clock.now() - started}
        )


def _keep_lately(now: datetime) -> None:
    started, found = clock.now(), _lately(now)
    EventTypeCount.objects.bulk_create(
        (EventTypeCount(type_id=type_id, counted_at=now, **vars(one)) for type_id, one in found.items()),
        update_conflicts=True,
        unique_fields=["type"],
        update_fields=["last_at", "events_1d", "events_7d", "events_30d", "people_30d", "counted_at"],
    )
    taken = {"mark": f"{now:%Y-%m-%dT%H:%M}", "counted_at": now, "took": clock.now() - started}
    EventPart.objects.update_or_create(name=LATELY, defaults=taken)


def _lately(now: datetime, type_id: int | None = None) -> dict[int, Lately]:
    only, of = ("AND type_id = %(type)s", "AND type.id = %(type)s") if type_id else ("", "")
    counts = {row[0]: row[1:] for row in _read(_LATELY.format(only=only), now, type_id)}
    last: Iterable[tuple[int, datetime | None]] = _read(_LAST.format(of=of), now, type_id)
    return {type_id: Lately(at, *counts.get(type_id, ())) for type_id, at in last}


def _read(sql: str, now: datetime, type_id: int | None = None) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(sql, {"now": now, "zone": account.current().time_zone, "type": type_id})
        rows: list[Any] = cursor.fetchall()
    return rows
