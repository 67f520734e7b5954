"""Which campaigns take people from another: those of a higher priority that write to them on the same channel that day.

A day is a day of the account's clock. A campaign that has started takes whoever it writes to, or wrote to; one that is
scheduled for later the same day takes whoever it would write to as things are now. Equal priorities take nobody from
each other, and all are equal until somebody says otherwise.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Q

from crmseg.access import account

from ..models import Campaign
from ..ways import BEST

State = Campaign.State


@dataclass(frozen=True)
class Rivals:
    started: list[int] = field(default_factory=list)
    scheduled: list[Campaign] = field(default_factory=list)


def of(campaign: Campaign, at: datetime) -> Rivals:
    """Those that matter to a campaign which goes out at `at`."""
    zone = ZoneInfo(account.current().time_zone)
    today = at.astimezone(zone).date()
    begin = datetime.combine(today, time.min, zone)
    end = datetime.combine(today + timedelta(days=1), time.min, zone)
    above = Campaign.objects.filter(priority__gt=campaign.priority).exclude(pk=campaign.pk)
    if campaign.channel != BEST:
        above = above.filter(channel__in=[campaign.channel, BEST])
    running = Q(state__in=[State.SENDING, State.PAUSED, State.SENT], started_at__gte=begin, started_at__lt=end)
    waiting = Q(state=State.DRAFT, kind=Campaign.Kind.ONCE, scheduled_at__gte=at, scheduled_at__lt=end)
    found = list(above.filter(running | waiting).order_by("pk"))
    return Rivals(
        started=[one.pk for one in found if one.state != State.DRAFT],
        scheduled=[one for one in found if one.state == State.DRAFT and one.include],
    )
