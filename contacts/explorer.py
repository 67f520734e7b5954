"""Looking into events: what their properties hold, the newest that match, and those that arrive while one looks.

No question reads more than a bounded number of events, whatever the size of the table; each answer says how many were
looked at.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import reduce
from operator import or_
from typing import Any

from django.db import connection
from django.db.models import Q, QuerySet

from . import values
from .fields import Field, FieldType
from .models import Event
from .timeline import Position

PAGE = 25
# How many of the newest events one look reads at most where no index leads to those that match.
LOOKED = 5_000
TAIL, FURTHEST_BACK = 30, 5_000
_NUMBER = Field("value", "", "", FieldType.NUMBER)


@dataclass(frozen=True)
class Wanted:
    """Which events are asked for; what is None does not narrow. `since` belongs to it, `until` no more."""

    type_id: int | None = None
    contact_id: int | None = None
    since: datetime | None = None
    until: datetime | None = None
    name: str = ""
    value: str = ""

    @property
    def by_property(self) -> bool:
        return bool(self.name)


@dataclass(frozen=True)
class Found:
    """The newest events that match, `more` says where the next stretch begins; `looked_at` is None where all were."""

    events: list[Event]
    more: str = ""
    looked_at: int | None = None


def newest(wanted: Wanted, *, before: str = "", limit: int = PAGE) -> Found:
    """A stretch of the events that match, the newest first, after the event that `before` names."""
    rows = _narrowed(wanted, before)
    if not wanted.by_property:
        events = list(rows.select_related("type", "contact")[: limit + 1])
        return Found(events[:limit], _position(events[limit - 1]) if len(events) > limit else "")
    looked = list(rows.values_list("pk", "occurred_at")[: LOOKED + 1])
    if not looked:
        return Found([], looked_at=0)
    seen = looked[:LOOKED]
    last_id, last_at = seen[-1]
    within = rows.filter(occurred_at__gte=last_at)
    within = within.filter(Q(occurred_at__gt=last_at) | Q(occurred_at=last_at, pk__gte=last_id))
    events = list(within.filter(_holds(wanted)).select_related("type", "contact")[: limit + 1])
    if len(events) > limit:
        return Found(events[:limit], _position(events[limit - 1]), len(seen))
    further = str(Position(last_at, "event", last_id)) if len(looked) > LOOKED else ""
    return Found(events, further, len(seen))


def count(wanted: Wanted) -> int:
    """How many match, whatever their property; dear where they are very many."""
    return _narrowed(wanted, "").count()


def _narrowed(wanted: Wanted, before: str) -> QuerySet[Event]:
    rows = Event.objects.order_by("-occurred_at", "-pk")
    if wanted.type_id is not None:
        rows = rows.filter(type=wanted.type_id)
    if wanted.contact_id is not None:
        rows = rows.filter(contact=wanted.contact_id)
    if wanted.since is not None:
        rows = rows.filter(occurred_at__gte=wanted.since)
    if wanted.until is not None:
        rows = rows.filter(occurred_at__lt=wanted.until)
    if before:
        start = Position.read(before)
        # Said twice: the first leaves whole partitions out, the second is exact.
        rows = rows.filter(occurred_at__lte=start.at)
        rows = rows.filter(Q(occurred_at__lt=start.at) | Q(pk__lt=start.id))
    return rows


def _holds(wanted: Wanted) -> Q:
    """The property is that value as people read it, or a list that holds it; without a value, it is known."""
    if not wanted.value:
        return Q(properties__has_key=wanted.name)
    meant = [*_readings(wanted.value), [wanted.value]]
    return reduce(or_, (Q(properties__contains={wanted.name: one}) for one in meant))


def _readings(text: str) -> list[Any]:
    """What a typed value may be in JSON: the text, and the number or the truth that it spells."""
    found: list[Any] = [text]
    if text in ("true", "false"):
        found.append(text == "true")
    try:
        found.append(values.to_json(values.read(_NUMBER, text)))
    except ValueError:
        return found
    return found


def _position(event: Event) -> str:
    return str(Position(event.occurred_at, "event", event.pk))


@dataclass(frozen=True)
class Tail:
    """What arrived since a moment, the newest first; `behind` were so many that only the latest were looked at."""

    events: list[Event]
    arrived: int
    behind: bool

    @property
    def seen(self) -> str:
        """Changes when anything arrives, also what was stored earlier and committed late."""
        newest_id = self.events[0].pk if self.events else 0
        return f"{newest_id}-{self.arrived}"


def last_id() -> int:
    """The id that the latest event was given. Whatever arrives from now on has a greater one."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(pg_sequence_last_value(pg_get_serial_sequence('contacts_event', 'id')::regclass), 0)"
        )
        return int(cursor.fetchone()[0])


def tail(since: int, type_id: int | None = None) -> Tail:
    """The events stored after id `since`: as they arrive, whenever they occurred."""
    start = max(since, last_id() - FURTHEST_BACK)
    rows = Event.objects.filter(pk__gt=start)
    if type_id is not None:
        rows = rows.filter(type=type_id)
    events = list(rows.order_by("-pk").select_related("type", "contact")[:TAIL])
    arrived = rows.count() if len(events) == TAIL else len(events)
    return Tail(events, arrived, start > since)
