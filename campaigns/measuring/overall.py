"""What all campaigns together changed: everyone who was to get any, beside those held out of every one.

Counted from each person's first campaign of the time looked at, by the goal that most of these campaigns have. People
come and go all the time and somebody may look on any day, so the limits are those that hold at all looks.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import Count

from contacts import money
from contacts.models import EventType
from crmseg.access import account

from ..models import Campaign
from . import saying, uplift
from .effect import LARGEST, Capped, Groups
from .figures import Sums

DAYS, MOST_DAYS = 90, 366

# Who is held out of every campaign is so in each; whoever never passed the steps before is in neither group.
_SPENT = """
    WITH person AS MATERIALIZED (
        SELECT send.contact_id, min(campaign.started_at) AS since,
               bool_or(send.state = 'skipped' AND send.reason = 'held_out_always') AS held_out
          FROM campaigns_campaign AS campaign
          JOIN campaigns_send AS send ON send.campaign_id = campaign.id
         WHERE campaign.started_at >= %(since)s
           AND (send.state <> 'skipped' OR send.lease_token IS NOT NULL
                OR send.reason IN ('cancelled', 'deleted', 'held_out', 'held_out_always'))
         GROUP BY send.contact_id
    ), spent AS MATERIALIZED (
        SELECT person.contact_id, person.held_out,
               COALESCE(sum(event.amount) FILTER (WHERE event.currency = %(currency)s), 0)::float8
                   / %(minor)s AS revenue
          FROM person
          JOIN contacts_event AS event
            ON event.contact_id = person.contact_id AND event.type_id = %(type)s
           AND event.occurred_at >= person.since AND event.occurred_at <= %(now)s
         GROUP BY 1, 2
    ), cap AS (
        SELECT percentile_cont(%(largest)s) WITHIN GROUP (ORDER BY revenue) AS most FROM spent WHERE revenue > 0
    )
    SELECT held_out, people, converted, revenue, squares, cubes, capped, capped_squares, cap.most
      FROM (SELECT held_out, count(*) AS people FROM person GROUP BY 1) AS counted
      LEFT JOIN (
            SELECT held_out, count(*) AS converted, sum(revenue) AS revenue, sum(revenue ^ 2) AS squares,
                   sum(revenue ^ 3) AS cubes, sum(LEAST(revenue, most)) AS capped,
                   sum(LEAST(revenue, most) ^ 2) AS capped_squares
              FROM spent CROSS JOIN cap GROUP BY 1
      ) AS summed USING (held_out)
     CROSS JOIN cap
"""


def overall(now: datetime, days: int = DAYS) -> dict[str, Any]:
    """`verdict` and its figures as of a campaign; `no_goal` and `no_holdout` where there is nothing to compare."""
    since = now - timedelta(days=days)
    goals = Campaign.objects.filter(started_at__gte=since).exclude(goal_event="").values_list("goal_event")
    goal = goals.annotate(campaigns=Count("pk")).order_by("-campaigns", "goal_event").first()
    kind = EventType.objects.filter(name=goal[0]).first() if goal else None
    said: dict[str, Any] = {
        "since": since.isoformat(),
        "goal": goal[0] if goal else "",
        "treated": 0,
        "held_out": 0,
        "conversion": None,
        "revenue": None,
    }
    if kind is None:
        return said | {"verdict": "no_goal", "text": saying.WHY_NOTHING["no_goal_at_all"]()}
    groups, cap = _groups(kind.pk, since, now)
    said |= {"treated": groups.treated.people, "held_out": groups.held_out.people}
    if not groups.treated.people or not groups.held_out.people:
        return said | {"verdict": "no_holdout", "text": saying.WHY_NOTHING["no_holdout_at_all"]()}
    return said | uplift.compared(groups, False, lambda: cap)


def _groups(kind: int, since: datetime, now: datetime) -> tuple[Groups, Capped | None]:
    currency = account.current().currency
    parameters = {
        "since": since,
        "now": now,
        "type": kind,
        "currency": currency,
        "minor": 10 ** money.exponent(currency),
        "largest": LARGEST,
    }
    with connection.cursor() as cursor:
        cursor.execute(_SPENT, parameters)
        rows = {held_out: [value or 0 for value in row] for held_out, *row in cursor.fetchall()}
    nothing = [0] * 8
    treated, held_out = rows.get(False, nothing), rows.get(True, nothing)
    capped = {is_held_out: (row[5], row[6]) for is_held_out, row in rows.items()}
    most = max(treated[7], held_out[7])
    return Groups(_sums(treated), _sums(held_out)), Capped(most, capped) if most else None


def _sums(row: list[Any]) -> Sums:
    people, converted, revenue, squares, cubes = row[:5]
    nothing = dict.fromkeys(
        ("delivered", "bounced", "complained", "opened", "machine_opened", "clicked", "unsubscribed"), 0
    )
    return Sums(
        people=people,
        converted=converted,
        revenue=revenue,
        revenue_squares=squares,
        revenue_cubes=cubes,
        **nothing,
    )
