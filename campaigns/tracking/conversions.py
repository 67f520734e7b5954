"""Who did what a campaign is for, in the hours in which it counts, and for how much.

Counted for everybody the message went to, whether or not she clicked, and in the same way for whoever was held out:
only so can the two be compared. The hours begin when the message went out; for the held out when it would have: when
the campaign started, or her own hour where she had one. Whoever was to get it and did not (it failed, or she left
before her turn) is counted too: of the held out nobody knows to whom that would have happened. One order counts for
every campaign in whose hours it falls.

Read set-based from the events that came since the last look. Numbers of events are given out before their transactions
end, so what may still arrive with a low number (`PATIENCE`) is looked at again once a minute; counting twice changes
nothing, because each send that is touched is summed anew.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.core.cache import cache
from django.db import connection, transaction

from contacts import money
from crmseg.access import account

from ..models import EventReading

AT_ONCE = 200_000
PATIENCE, AGAIN = timedelta(minutes=10), timedelta(minutes=1)
_SEEN = "campaigns.conversions.seen"
_GOALS = """
    SELECT DISTINCT type.id FROM campaigns_campaign AS campaign
      JOIN contacts_eventtype AS type ON type.name = campaign.goal_event
     WHERE campaign.started_at IS NOT NULL
"""
_SUM = """
    WITH touched AS MATERIALIZED (
        SELECT DISTINCT send.id, send.contact_id, event.type_id, campaign.goal_amount, hours.began,
               hours.began + campaign.goal_hours * interval '1 hour' AS ended
          FROM contacts_event AS event
          JOIN campaigns_send AS send ON send.contact_id = event.contact_id
          JOIN campaigns_campaign AS campaign ON campaign.id = send.campaign_id
          JOIN contacts_eventtype AS type ON type.id = event.type_id AND type.name = campaign.goal_event
         CROSS JOIN LATERAL (
               SELECT CASE WHEN send.state = 'sent' THEN send.sent_at
                           WHEN send.state = 'skipped' AND send.reason = 'held_out'
                           THEN COALESCE(send.next_attempt_at, campaign.started_at)
                           WHEN send.state IN ('failed', 'uncertain')
                             OR (send.state = 'skipped'
                                 AND (send.lease_token IS NOT NULL OR send.reason IN ('cancelled', 'deleted')))
                           THEN COALESCE(send.attempt_at, campaign.started_at) END AS began
         ) AS hours
         WHERE event.id > %(after)s AND event.id <= %(upto)s AND event.type_id = ANY(%(types)s)
           AND event.occurred_at >= hours.began
           AND event.occurred_at < hours.began + campaign.goal_hours * interval '1 hour'
    ),
    summed AS (
        SELECT touched.id, min(event.occurred_at) AS first, sum(paid.amount) AS revenue
          FROM touched
          JOIN contacts_event AS event
            ON event.contact_id = touched.contact_id AND event.type_id = touched.type_id
           AND event.occurred_at >= touched.began AND event.occurred_at < touched.ended
         CROSS JOIN LATERAL (SELECT event.properties -> touched.goal_amount AS given) AS property
         CROSS JOIN LATERAL (
               SELECT CASE
                   WHEN touched.goal_amount = 'revenue' AND event.amount IS NOT NULL
                   THEN CASE WHEN event.currency = %(currency)s THEN event.amount / %(minor)s::numeric END
                   WHEN jsonb_typeof(property.given) = 'number' THEN (property.given #>> '{}')::numeric
                   WHEN property.given #>> '{}' ~ '^-?[0-9]{1,12}([.][0-9]{1,6})?$'
                   THEN (property.given #>> '{}')::numeric
               END AS amount
         ) AS read
         CROSS JOIN LATERAL (SELECT CASE WHEN abs(read.amount) < 1e12 THEN read.amount END AS amount) AS paid
         GROUP BY touched.id
    )
    UPDATE campaigns_send AS send
       SET converted_at = summed.first, revenue = round(summed.revenue, 4)
      FROM summed
     WHERE send.id = summed.id
       AND (send.converted_at, send.revenue) IS DISTINCT FROM (summed.first, round(summed.revenue, 4))
"""


@transaction.atomic
def attribute(now: datetime) -> int:
    """Count what is new; how many sends it changed. Whoever comes while another counts does nothing."""
    EventReading.objects.get_or_create(pk=1)
    reading = EventReading.objects.select_for_update(skip_locked=True).filter(pk=1).first()
    if reading is None:
        return 0
    again = reading.read_at is None or now - reading.read_at >= AGAIN
    after = reading.event_id if again else max(reading.event_id, cache.get(_SEEN) or 0)
    newest = _number("SELECT COALESCE(max(id), 0) FROM contacts_event", [])
    types = _types() if newest > after else []
    changed = 0
    while after < newest and types:
        upto = min(after + AT_ONCE, newest)
        changed += _sum(after, upto, types)
        after = upto
    if again:
        reading.event_id, reading.read_at = _settled(reading.event_id, now), now
        reading.save(update_fields=["event_id", "read_at"])
    cache.set(_SEEN, newest, 3600)
    return changed


def _sum(after: int, upto: int, types: list[int]) -> int:
    currency = account.current().currency
    parameters: dict[str, Any] = {
        "after": after,
        "upto": upto,
        "types": types,
        "currency": currency,
        "minor": 10 ** money.exponent(currency),
    }
    with connection.cursor() as cursor:
        cursor.execute(_SUM, parameters)
        return int(cursor.rowcount)


def _settled(after: int, now: datetime) -> int:
    """The highest number below which nothing is expected any more."""
    old = "SELECT COALESCE(max(id), %s) FROM contacts_event WHERE id > %s AND received_at < %s"
    return _number(old, [after, after, now - PATIENCE])


def _types() -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(_GOALS)
        return [pk for (pk,) in cursor.fetchall()]


def _number(statement: str, parameters: list[Any]) -> int:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return int(cursor.fetchone()[0])
