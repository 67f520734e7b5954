"""What a campaign changed: everyone who was to get it, beside those held out by chance.

By intention to treat: whoever was to get the message counts as such, also where it failed or they unsubscribed before
their turn, for those held out were never asked whether theirs would have arrived. While conversions still come in, the
limits hold however often somebody looks; once all are in, they are those of one look, and narrower.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from ..models import Campaign
from . import effect, saying
from .effect import LARGEST, Capped, Groups
from .figures import Figures

AT_ONCE = 0.1
"""Where sending takes a longer part of the goal's hours than this, people are not alike before all hours are over."""

_CAPPED = """
    WITH spent AS MATERIALIZED (
        SELECT send.revenue::float8 AS revenue, COALESCE(send.reason = 'held_out', false) AS held_out
          FROM campaigns_send AS send
         WHERE send.campaign_id = %(campaign)s AND send.revenue > 0
    ), cap AS (SELECT percentile_cont(%(largest)s) WITHIN GROUP (ORDER BY revenue) AS most FROM spent)
    SELECT cap.most, spent.held_out, sum(LEAST(spent.revenue, cap.most)), sum(LEAST(spent.revenue, cap.most) ^ 2)
      FROM spent CROSS JOIN cap
     GROUP BY 1, 2
"""


def measured_until(campaign: Campaign) -> datetime | None:
    """When the last conversion that counts can happen, as far as is known now; None where nothing is measured, or
    where people may still be written to."""
    if not campaign.goal_event or campaign.finished_at is None:
        return None
    return campaign.finished_at + timedelta(hours=campaign.goal_hours)


def uplift(campaign: Campaign, found: Figures, now: datetime) -> dict[str, Any]:
    until = measured_until(campaign)
    final = until is not None and until <= now
    groups = Groups(found.meant(), found.held_out())
    verdict = _nothing_to_say(campaign, groups) or _not_alike(campaign, found, final)
    said: dict[str, Any] = {
        "treated": groups.treated.people,
        "held_out": groups.held_out.people,
        "until": until.isoformat() if until else None,
        "is_final": final,
        "conversion": None,
        "revenue": None,
        "verdict": verdict,
    }
    if verdict:
        return said | {"text": saying.WHY_NOTHING[verdict]()}
    return said | compared(groups, final, (lambda: _cap(campaign)) if campaign.goal_amount else None)


def compared(groups: Groups, final: bool, cap: Callable[[], Capped | None] | None) -> dict[str, Any]:
    """Conversion and, where amounts are known (`cap`), revenue; the verdict and its sentence."""
    smallest, conversion = groups.smallest_lift(), effect.conversion(groups, final)
    revenue = effect.revenue(groups, final, cap) if cap else None
    if groups.are_too_few():
        verdict, text = "too_small", saying.too_small(smallest)
    else:
        verdict = conversion["verdict"]
        text = " ".join(filter(None, [saying.conversions(conversion), saying.spent(revenue)]))
    return {
        "smallest_lift": smallest,
        "conversion": conversion,
        "revenue": revenue,
        "verdict": verdict,
        "text": text,
    }


def _nothing_to_say(campaign: Campaign, groups: Groups) -> str:
    if campaign.started_at is None:
        return "not_started"
    if not campaign.goal_event:
        return "no_goal"
    if not groups.held_out.people:
        return "no_holdout"
    return ""


def _not_alike(campaign: Campaign, found: Figures, final: bool) -> str:
    """Those held out have had their hours since the start. Where many were written to much later, or never, they have
    had less time to convert: until all hours are over, the two cannot be compared."""
    if found.skipped().get("cancelled"):
        return "cancelled"
    if final or campaign.is_open_ended:
        return ""
    began, ended = campaign.started_at, campaign.finished_at
    took_long = not began or not ended or (ended - began) > AT_ONCE * timedelta(hours=campaign.goal_hours)
    return "waiting" if took_long else ""


def _cap(campaign: Campaign) -> Capped | None:
    with connection.cursor() as cursor:
        cursor.execute(_CAPPED, {"campaign": campaign.pk, "largest": LARGEST})
        rows = cursor.fetchall()
    if not rows:
        return None
    return Capped(rows[0][0], {held_out: (total, squares) for _most, held_out, total, squares in rows})
