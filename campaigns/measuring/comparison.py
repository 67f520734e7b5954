"""A campaign beside those on the same channel that were started before it."""

from __future__ import annotations

from statistics import median
from typing import Any

from django.utils.translation import gettext as _

from ..models import Campaign
from . import figures, waterfall
from .figures import Figures

MOST = 10
RATES = ("delivered", "opened", "clicked", "converted", "unsubscribed", "bounced", "complained", "revenue_per_person")


def rates(found: Figures) -> dict[str, float | None]:
    """Of those it was delivered to; deliveries and bounces of those written to. None where there is nobody."""
    numbers, sent = waterfall.counts(found), found.sent()
    delivered, tried = numbers["delivered"], sent.people + found.in_state("failed")
    return {
        "delivered": _share(delivered, tried),
        "opened": _share(numbers["opened"], delivered),
        "clicked": _share(numbers["clicked"], delivered),
        "click_to_open": _share(numbers["clicked"], numbers["opened"]),
        "converted": _share(numbers["converted"], delivered),
        "unsubscribed": _share(numbers["unsubscribed"], delivered),
        "bounced": _share(numbers["bounced"], tried),
        "complained": _share(numbers["complained"], delivered),
        "revenue_per_person": _share(sent.revenue, delivered),
    }


def comparison(campaign: Campaign, found: Figures) -> list[dict[str, Any]]:
    """This one, the middle of the earlier ones, and each of them, the latest first."""
    if campaign.started_at is None:
        return []
    before = Campaign.objects.filter(channel=campaign.channel, started_at__lt=campaign.started_at)
    earlier = list(before.order_by("-started_at")[:MOST])
    counted = figures.count_several([one.pk for one in earlier])
    rows = [_row(one, counted[one.pk]) for one in earlier]
    rows = [row for row in rows if row["sent"]]
    return [_row(campaign, found) | {"kind": "this"}, *_middle(rows), *rows]


def _row(campaign: Campaign, found: Figures) -> dict[str, Any]:
    started = campaign.started_at.isoformat() if campaign.started_at else None
    own = rates(found)
    shown = {key: own[key] for key in RATES}
    return {
        "kind": "earlier",
        "id": campaign.pk,
        "name": campaign.name,
        "started_at": started,
        "sent": found.sent().people,
    } | shown


def _middle(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    if len(rows) < 2:
        return []
    middle: dict[str, Any] = {
        "kind": "median",
        "id": None,
        "name": _("Median of earlier campaigns"),
        "started_at": None,
    }
    for key in ("sent", *RATES):
        known = [row[key] for row in rows if row[key] is not None]
        middle[key] = median(known) if known else None
    return [middle]


def _share(part: float, whole: int) -> float | None:
    return part / whole if whole else None
