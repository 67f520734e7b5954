"""Events, in bulk: read, drop what was there already, store, and let the first order make a customer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext as _

from crmseg.access import account, audit
from crmseg.common import clock
from crmseg.common.actor import Actor, acting
from crmseg.common.problems import Conflict, InvalidInput, Problem

from .. import guards, identity, partitions, signals, values
from ..events import NewEvent, read_event
from ..lifecycle import FIRST_ORDER, lift_stages
from ..models import Event, EventType


@dataclass
class EventBatchResult:
    created: int = 0
    duplicates: int = 0
    problems: list[Problem] = field(default_factory=list)


Placed = tuple[identity.Found, NewEvent]
COPY = """
    COPY contacts_event
         (contact_id, type_id, occurred_at, received_at, properties, amount, currency, message_id, source{id})
    FROM STDIN
"""
IDS = "SELECT nextval(pg_get_serial_sequence('contacts_event', 'id')) FROM generate_series(1, %s)"
# By a merge of the one who was named, and by those of whoever she became in turn.
OF_MERGES = """
    WITH RECURSIVE owed (merge_id, event_id, survivor_id) AS (
        SELECT merge.id, given.event_id, merge.survivor_id
          FROM unnest(%s::bigint[], %s::bigint[]) AS given (merge_id, event_id)
          JOIN contacts_merge merge ON merge.id = given.merge_id
         UNION
        SELECT merge.id, owed.event_id, merge.survivor_id
          FROM owed JOIN contacts_merge merge ON merge.merged_id = owed.survivor_id AND merge.undone_at IS NULL
    )
    INSERT INTO contacts_mergedevent (merge_id, event_id) SELECT merge_id, event_id FROM owed
"""


def record_events(
    events: Sequence[Mapping[str, object]], *, actor: Actor, source: str | None = None
) -> EventBatchResult:
    """Good events are stored, bad ones reported with pointers such as `/events/3/contact`; repeats are counted."""
    now = clock.now()
    result = EventBatchResult()
    currency = account.current().currency
    read: list[tuple[int, NewEvent]] = []
    for index, raw in enumerate(events):
        try:
            read.append((index, read_event(raw, now=now, currency=currency, source=source)))
        except InvalidInput as error:
            result.problems += [problem.under(f"/events/{index}") for problem in error.problems]
    # Apart from the events, because attaching a partition holds up every writer until its transaction ends.
    partitions.ensure_months({partitions.month_of(event.occurred_at) for _index, event in read})
    with acting(actor):
        contacts = identity.hold([event.contact for _index, event in read])
        known: list[Placed] = []
        for (index, event), found in zip(read, contacts, strict=True):
            if found is None:
                message = _("There is no such contact.")
                result.problems.append(Problem(f"/events/{index}/contact", message))
            else:
                known.append((found, event))
        new = _without_repeats(known, now)
        result.duplicates = len(known) - len(new)
        result.created = len(new)
        if new:
            _store(new, now)
            signals.ring()
    result.problems.sort(key=lambda problem: int(problem.pointer.split("/")[2]))
    return result


def _without_repeats(events: list[Placed], now: datetime) -> list[Placed]:
    """Claims the message ids; a claim that another transaction is about to make is waited for."""
    ids = sorted({event.message_id for _contact, event in events if event.message_id})
    if not ids:
        return events
    with connection.cursor() as cursor:
        cursor.execute(
            """INSERT INTO contacts_eventmessage (message_id, received_at)
               SELECT message_id, %s FROM unnest(%s::text[]) AS message_id
               ON CONFLICT DO NOTHING RETURNING message_id""",
            [now, ids],
        )
        fresh = {message_id for (message_id,) in cursor.fetchall()}
    kept = []
    for found, event in events:
        if event.message_id is None or event.message_id in fresh:
            fresh.discard(event.message_id or "")
            kept.append((found, event))
    return kept


def _store(events: list[Placed], now: datetime) -> None:
    """Events for somebody who was merged are noted, so that the undo of the merge finds them."""
    types = _type_ids({event.name for _found, event in events})
    buyers = {found.contact_id for found, event in events if event.name == FIRST_ORDER}
    if buyers:
        lift_stages(buyers, types[FIRST_ORDER])
    owed = [found.merge_id for found, _event in events if found.merge_id]
    with connection.cursor() as cursor:
        ids: list[int] = []
        if owed:
            cursor.execute(IDS, [len(events)])
            ids = [event_id for (event_id,) in cursor.fetchall()]
        with cursor.copy(COPY.format(id=", id" if ids else "")) as copy:
            for place, (found, event) in enumerate(events):
                row = (
                    found.contact_id,
                    types[event.name],
                    event.occurred_at,
                    now,
                    event.properties,
                    event.amount,
                    event.currency,
                    event.message_id,
                    event.source,
                )
                copy.write_row((*row, *ids[place : place + 1]))
        if owed:
            noted = [event_id for event_id, (found, _event) in zip(ids, events, strict=True) if found.merge_id]
            cursor.execute(OF_MERGES, [owed, noted])


def _type_ids(names: set[str]) -> dict[str, int]:
    known = dict(EventType.objects.filter(name__in=names).values_list("name", "id"))
    new = sorted(names - known.keys())
    if new:
        with connection.cursor() as cursor:
            cursor.execute(
                """INSERT INTO contacts_eventtype (name, description, created_at)
                   SELECT name, '', statement_timestamp() FROM unnest(%s::text[]) AS name ON CONFLICT DO NOTHING""",
                [new],
            )
        known = dict(EventType.objects.filter(name__in=names).values_list("name", "id"))
    return known


def describe_event_type(name: object, *, description: object = None, actor: Actor) -> EventType:
    """Create an event type or change its description; its name is what events and lists call it, and stays."""
    problems = []
    texts: dict[str, Any] = {}
    for key, raw in (("name", name), ("description", description)):
        try:
            texts[key] = values.read_text(raw)
        except ValueError as error:
            problems.append(Problem(f"/{key}", str(error)))
    if not problems and not 1 <= len(texts["name"] or "") <= 200:
        problems.append(Problem("/name", _("Expected a name of 1 to 200 characters.")))
    if problems:
        raise InvalidInput(problems)
    with acting(actor):
        event_type, made = EventType.objects.get_or_create(name=texts["name"])
        if made or event_type.description != (texts["description"] or ""):
            event_type.description = texts["description"] or ""
            event_type.save(update_fields=["description"])
            audit.record(actor, "created" if made else "updated", event_type, {"description": event_type.description})
    return event_type


def delete_event_type(event_type_id: int, *, actor: Actor) -> None:
    with acting(actor):
        event_type = EventType.objects.select_for_update().get(pk=event_type_id)
        guards.check_unused([f"event:{event_type.name}"])
        if Event.objects.filter(type=event_type).exists():
            raise Conflict(_("Events of this type are kept, so the type stays too."))
        audit.record(actor, "deleted", event_type)
        with transaction.atomic():
            event_type.delete()
