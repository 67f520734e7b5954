"""A campaign's results by list, and what it did to lists: who entered and who left, beside those held out.

Who was in a list at the start is read from the memberships and the ledger since, so that it stays the same afterwards.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from segments.insights.power import ALPHA
from segments.models import Segment

from ..models import Campaign
from . import statistics
from .statistics import Sample

MOST_LISTS = 20

# Who entered before the start and is still in, and those whose first change since was to leave.
_BY_LIST = """
    WITH member AS (
        SELECT segment_id, contact_id FROM segments_membership
         WHERE segment_id = ANY(%(lists)s) AND entered_at <= %(start)s
        UNION ALL
        SELECT segment_id, contact_id
          FROM (SELECT DISTINCT ON (segment_id, contact_id) segment_id, contact_id, change
                  FROM segments_ledgerentry
                 WHERE segment_id = ANY(%(lists)s) AND at > %(start)s
                 ORDER BY segment_id, contact_id, at, id) AS since
         WHERE change = 'left'
    )
    SELECT member.segment_id,
           count(*) FILTER (WHERE send.state = 'sent') AS sent,
           count(send.opened_at) FILTER (WHERE send.state = 'sent') AS opened,
           count(send.clicked_at) FILTER (WHERE send.state = 'sent') AS clicked,
           count(send.converted_at) FILTER (WHERE send.state = 'sent') AS converted,
           COALESCE(sum(send.revenue) FILTER (WHERE send.state = 'sent'), 0)::float8 AS revenue,
           count(send.unsubscribed_at) FILTER (WHERE send.state = 'sent') AS unsubscribed,
           count(*) FILTER (WHERE send.state = 'skipped' AND send.reason = 'held_out') AS held_out,
           count(send.converted_at) FILTER (WHERE send.state = 'skipped' AND send.reason = 'held_out')
      FROM member
      JOIN campaigns_send AS send ON send.campaign_id = %(campaign)s AND send.contact_id = member.contact_id
     GROUP BY member.segment_id
"""
_NUMBERS = ("sent", "opened", "clicked", "converted", "revenue", "unsubscribed", "held_out", "held_out_converted")

# What an edited definition moved is no effect of the campaign: such moves are quiet.
_MOVED = """
    SELECT moved.segment_id, moved.change, send.reason = 'held_out' AND send.state = 'skipped' AS held_out,
           count(DISTINCT moved.contact_id)
      FROM segments_ledgerentry AS moved
      JOIN campaigns_send AS send ON send.campaign_id = %(campaign)s AND send.contact_id = moved.contact_id
     WHERE moved.segment_id = ANY(%(lists)s) AND moved.at > %(start)s AND moved.at <= %(end)s AND NOT moved.quiet
       AND (send.state = 'sent' OR (send.state = 'skipped' AND send.reason = 'held_out'))
     GROUP BY 1, 2, 3
"""


def by_list(campaign: Campaign, asked: Iterable[int] = ()) -> list[dict[str, Any]]:
    """The lists of the campaign, and those asked for. Somebody who was in several is counted in each."""
    ids = list(dict.fromkeys([*campaign.include_ids, *asked]))[:MOST_LISTS]
    names = dict(Segment.objects.filter(pk__in=ids).values_list("pk", "name"))
    if campaign.started_at is None or not names:
        return []
    parameters: dict[str, Any] = {"campaign": campaign.pk, "lists": list(names), "start": campaign.started_at}
    with connection.cursor() as cursor:
        cursor.execute(_BY_LIST, parameters)
        found = {pk: dict(zip(_NUMBERS, row, strict=True)) for pk, *row in cursor.fetchall()}
    nothing = dict.fromkeys(_NUMBERS, 0)
    return [{"id": pk, "name": names[pk]} | found.get(pk, nothing) for pk in ids if pk in names]


def effects(campaign: Campaign, sent: int, held_out: int, now: datetime) -> list[dict[str, Any]]:
    """The lists into or out of which people moved between the start and the end of the goal's hours, of those who were
    sent the message and of those held out; the surest effects first, corrected for the number of lists looked at."""
    if campaign.started_at is None:
        return []
    names = dict(Segment.unarchived.values_list("pk", "name"))
    hours = timedelta(hours=campaign.goal_hours)
    parameters: dict[str, Any] = {
        "campaign": campaign.pk,
        "lists": list(names),
        "start": campaign.started_at,
        "end": now if campaign.is_open_ended else min(now, campaign.started_at + hours),
    }
    with connection.cursor() as cursor:
        cursor.execute(_MOVED, parameters)
        counts = {(pk, change, of_held_out): people for pk, change, of_held_out, people in cursor.fetchall()}
    rows = [
        _effect(
            pk,
            names[pk],
            change,
            Sample.of_rate(counts.get((pk, change, False), 0), sent),
            Sample.of_rate(counts.get((pk, change, True), 0), held_out),
        )
        for pk, change in dict.fromkeys((pk, change) for pk, change, _held_out in counts)
    ]
    for row, p in zip(rows, statistics.holm([row["p"] for row in rows]), strict=True):
        row |= {"p": p, "is_proven": p < ALPHA}
    return sorted(rows, key=lambda row: (row["p"], -row["people"], row["name"], row["change"]))[:MOST_LISTS]


def _effect(pk: int, name: str, change: str, treated: Sample, held_out: Sample) -> dict[str, Any]:
    difference = statistics.rates_differ(treated, held_out) if held_out.people else None
    return {
        "id": pk,
        "name": name,
        "change": change,
        "people": int(treated.total),
        "rate": treated.mean,
        "held_out_people": int(held_out.total),
        "held_out_rate": held_out.mean if held_out.people else None,
        "difference": difference.estimate if difference else None,
        "low": difference.low if difference else None,
        "high": difference.high if difference else None,
        "p": statistics.rates_p(treated, held_out),
    }
