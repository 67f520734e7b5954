"""When things happened: by the hour at first, then by the day or the week, so that a report never has too many bars."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from ..models import Campaign

WIDTHS = (("hour", timedelta(hours=1)), ("day", timedelta(days=1)), ("week", timedelta(weeks=1)))
MOST = 72
KINDS = ("sent", "opened", "clicked", "converted", "unsubscribed")

# Each first time counts, at its own instant; from the start on in steps of equal width.
_COUNTED = """
    SELECT floor(extract(epoch FROM happened.at - %(start)s) / %(seconds)s)::int AS step, happened.kind, count(*)
      FROM campaigns_send AS send
     CROSS JOIN LATERAL (VALUES ('sent', send.sent_at), ('opened', send.opened_at), ('clicked', send.clicked_at),
                                ('converted', send.converted_at), ('unsubscribed', send.unsubscribed_at))
           AS happened (kind, at)
     WHERE send.campaign_id = %(campaign)s AND send.state = 'sent'
       AND happened.at >= %(start)s AND happened.at < %(end)s
     GROUP BY 1, 2
"""


def over_time(campaign: Campaign, now: datetime) -> tuple[str, list[dict[str, Any]]]:
    """The width of a step, and what happened in each from the start to the last in which anything did."""
    if campaign.started_at is None:
        return WIDTHS[0][0], []
    name, width = _width(now - campaign.started_at)
    parameters: dict[str, Any] = {
        "campaign": campaign.pk,
        "start": campaign.started_at,
        "end": campaign.started_at + MOST * width,
        "seconds": width.total_seconds(),
    }
    with connection.cursor() as cursor:
        cursor.execute(_COUNTED, parameters)
        counts = {(step, kind): people for step, kind, people in cursor.fetchall()}
    last = max((step for step, _kind in counts), default=-1)
    return name, [
        {"at": (campaign.started_at + step * width).isoformat()} | {kind: counts.get((step, kind), 0) for kind in KINDS}
        for step in range(last + 1)
    ]


def _width(passed: timedelta) -> tuple[str, timedelta]:
    return next((one for one in WIDTHS if passed <= MOST * one[1]), WIDTHS[-1])
