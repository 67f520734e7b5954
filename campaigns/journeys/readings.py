"""Which events an automation has not looked at yet, in order, each exactly once.

Events get their numbers before their transactions end, so one with a low number may appear late. What lies above the
automation's `event_id` is therefore remembered event by event (`EventSeen`), and `event_id` moves up only when nothing
below it can appear any more: a number is noted, and some seconds later the first transaction that is still to begin;
once all before that one have ended, whoever had a number up to the noted one has stored it or never will. A transaction
that lasts for hours delays only the forgetting.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final

from django.db import connection

from segments import catalogue
from segments.definition.compile import events
from segments.definition.nodes import Performed
from segments.definition.sql import Params

from ..models import Automation, EventSeen

LATE: Final = timedelta(days=1)
"""An event that is told later than this after it happened is history and makes nobody enter."""
NUMBERED_WITHIN: Final = timedelta(seconds=10)
"""Between its first number and its first row a transaction takes less than this."""
_LAST = "SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM contacts_event_id_seq"
_NEXT_TRANSACTION = "SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint"
_ALL_ENDED_BEFORE = "SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint"

Happened = tuple[int, int, datetime]
"""An event's number, its contact, and when it happened."""


def begin(automation: Automation) -> None:
    """Whatever has a number by now is none of its business."""
    automation.event_id = _number(_LAST)
    automation.event_mark = automation.event_mark_at = automation.event_mark_xid = None
    if automation.pk:
        EventSeen.objects.filter(automation=automation).delete()


def unseen(automation: Automation, event: Performed, now: datetime, limit: int) -> list[Happened]:
    """The first of those that count, that were not looked at, and whose time has come."""
    known = catalogue.current()
    params = Params(known.zone, known.currency, known.fiscal_start)
    statement = f"""
        SELECT e.id, e.contact_id, e.occurred_at
          FROM contacts_event AS e
          JOIN contacts_contact AS c ON c.id = e.contact_id
          LEFT JOIN contacts_company AS co ON co.id = c.company_id
         WHERE e.id > {params.add(automation.event_id, "bigint")}
           AND {events.of_type(event.event, params)} AND {events.event_filter(event.where, params)}
           AND e.occurred_at >= e.received_at - {params.add(LATE, "interval")}
           AND NOT EXISTS (SELECT FROM campaigns_eventseen AS seen
                            WHERE seen.automation_id = {params.add(automation.pk, "bigint")} AND seen.event_id = e.id)
         ORDER BY e.id
         LIMIT {limit:d}
    """
    with connection.cursor() as cursor:
        cursor.execute(statement, params.at(now))
        return list(cursor.fetchall())


def note(automation: Automation, seen: list[Happened]) -> None:
    """In the transaction of what was made of them."""
    EventSeen.objects.bulk_create(
        [EventSeen(automation=automation, event_id=event_id) for event_id, _contact, _at in seen], ignore_conflicts=True
    )


def is_settled(automation: Automation) -> bool:
    """Whether all who may have had a number up to the mark have ended. Ask before `unseen`, which then sees theirs."""
    xid = automation.event_mark_xid
    return xid is not None and _number(_ALL_ENDED_BEFORE) >= xid


def move_up(automation: Automation, now: datetime, *, settled: bool) -> list[str]:
    """Take the next step towards forgetting, once nothing unseen is left; the fields that moved."""
    if settled:
        automation.event_id = max(automation.event_id, automation.event_mark or 0)
        automation.event_mark = automation.event_mark_at = automation.event_mark_xid = None
        EventSeen.objects.filter(automation=automation, event_id__lte=automation.event_id).delete()
        return ["event_id", "event_mark", "event_mark_at", "event_mark_xid"]
    if automation.event_mark is None or automation.event_mark_at is None:
        last = _number(_LAST)
        if last <= automation.event_id:
            return []
        automation.event_mark, automation.event_mark_at = last, now
        return ["event_mark", "event_mark_at"]
    if automation.event_mark_xid is None and now - automation.event_mark_at >= NUMBERED_WITHIN:
        automation.event_mark_xid = _number(_NEXT_TRANSACTION)
        return ["event_mark_xid"]
    return []


def _number(statement: str, *values: Any) -> int:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return int(cursor.fetchone()[0])
