"""Who would have entered an automation in the past: the ledger, the events or the calendar, read again by day."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from django.db import connection
from django.db.models import Min

from contacts.models import Contact, Event
from segments import catalogue
from segments.definition.compile import events
from segments.definition.sql import Params
from segments.engine.moves import FIRST_BUILD
from segments.models import LedgerEntry, Segment

from ..audience import bucket
from . import dates
from .schema import DateTrigger, EventTrigger, Journey, ListTrigger

CHUNK: Final = timedelta(days=30)
SAMPLE_SEED: Final = -2
Happened = tuple[int, datetime]
"""A contact, and when she would have entered."""


def known_since(journey: Journey) -> datetime | None:
    """Before this nothing is known: the list was not there, or nobody had done that yet."""
    match journey.trigger:
        case ListTrigger(list=pk):
            return Segment.objects.filter(pk=pk).values_list("created_at", flat=True).first()
        case EventTrigger(event=event):
            first: datetime | None = Event.objects.filter(type__name=event.event).aggregate(at=Min("occurred_at"))["at"]
            return first
    made: datetime | None = Contact.objects.aggregate(at=Min("created_at"))["at"]
    return made


def count(journey: Journey, since: datetime, until: datetime) -> int:
    """How many times somebody would have come to the door."""
    if isinstance(journey.trigger, DateTrigger):
        return sum(len(found) for found in happened(journey, since, until, 1.0))
    sql, params = _source(journey, since, until, 1.0)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM ({sql}) AS found", params.at(until))
        return int(cursor.fetchone()[0])


def happened(journey: Journey, since: datetime, until: datetime, share: float) -> Iterator[list[Happened]]:
    """By some days at a time, in order; of a `share` of the contacts, which are always the same."""
    begin = since
    while begin < until:
        end = min(begin + CHUNK, until)
        yield (
            _dated(journey.trigger, begin, end, share)
            if isinstance(journey.trigger, DateTrigger)
            else _read(journey, begin, end, share)
        )
        begin = end


def _read(journey: Journey, since: datetime, until: datetime, share: float) -> list[Happened]:
    sql, params = _source(journey, since, until, share)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT contact_id, at FROM ({sql}) AS found ORDER BY at, number", params.at(until))
        return list(cursor.fetchall())


def _dated(trigger: DateTrigger, since: datetime, until: datetime, share: float) -> list[Happened]:
    """Who was not there yet did not have her date here."""
    found = [(pk, at) for pk, _day, at in dates.between(trigger, since, until)]
    there = dict(Contact.objects.filter(pk__in={pk for pk, _at in found}).values_list("pk", "created_at"))
    kept = sampled(list(there), share)
    return [(pk, at) for pk, at in found if pk in kept and there[pk] <= at]


def everybody(most: int) -> tuple[list[int], float]:
    """All contacts, or a share of them that is about so many."""
    share = min(1.0, most / max(Contact.objects.count(), 1))
    return sorted(sampled(list(Contact.objects.values_list("pk", flat=True)), share)), share


def sampled(ids: list[int], share: float) -> set[int]:
    """Always the same ones; of a smaller share some of those of a larger one."""
    if share >= 1:
        return set(ids)
    with connection.cursor() as cursor:
        chosen = f"SELECT id FROM unnest(%s::bigint[]) AS one (id) WHERE {bucket('id', SAMPLE_SEED)} < %s"
        cursor.execute(chosen, [ids, share])
        return {pk for (pk,) in cursor.fetchall()}


def _source(journey: Journey, since: datetime, until: datetime, share: float) -> tuple[str, Params]:
    known = catalogue.current()
    params = Params(known.zone, known.currency, known.fiscal_start)
    first, last = params.add(since, "timestamptz"), params.add(until, "timestamptz")
    sampled = f"AND {bucket('{}', SAMPLE_SEED)} < {params.add(share, 'float8')}" if share < 1 else ""
    match journey.trigger:
        case ListTrigger(list=pk, leaves=leaves):
            change = LedgerEntry.Change.LEFT if leaves else LedgerEntry.Change.ENTERED
            return (
                f"""
                SELECT entry.contact_id, entry.at, entry.id AS number
                  FROM segments_ledgerentry AS entry
                 WHERE entry.segment_id = {params.add(pk, "bigint")} AND entry.change = {params.add(change, "text")}
                   AND NOT entry.quiet AND entry.cause <> {params.add(FIRST_BUILD, "text")}
                   AND entry.at >= {first} AND entry.at < {last}
                   AND EXISTS (SELECT FROM contacts_contact AS c WHERE c.id = entry.contact_id)
                   {sampled.format("entry.contact_id")}
                """,
                params,
            )
        case EventTrigger(event=event):
            return (
                f"""
                SELECT e.contact_id, e.occurred_at AS at, e.id AS number
                  FROM contacts_event AS e
                  JOIN contacts_contact AS c ON c.id = e.contact_id
                  LEFT JOIN contacts_company AS co ON co.id = c.company_id
                 WHERE e.occurred_at >= {first} AND e.occurred_at < {last}
                   AND {events.of_type(event.event, params)} AND {events.event_filter(event.where, params)}
                   {sampled.format("e.contact_id")}
                """,
                params,
            )
    raise TypeError("dates are read otherwise")
