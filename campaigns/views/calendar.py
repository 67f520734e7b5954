"""Campaigns by the day on which they went out or will, month by month."""

from __future__ import annotations

import calendar as months
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from operator import itemgetter
from zoneinfo import ZoneInfo

from django.db.models import Q
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.utils.formats import get_format
from django.views.decorators.http import require_GET

from crmseg.access import account
from crmseg.access.roles import signed_in
from crmseg.common import clock

from ..models import Campaign

MOST_DRAFTS = 20
YEARS = range(1971, 9999)


@dataclass(frozen=True)
class Day:
    """A day of the grid, and what goes out on it by its local time."""

    date: date
    in_month: bool
    is_today: bool
    campaigns: list[tuple[datetime, Campaign]]


@require_GET
@signed_in
def calendar(request: HttpRequest) -> HttpResponseBase:
    zone = ZoneInfo(account.current().time_zone)
    today = clock.now().astimezone(zone).date()
    first = _month_asked(request.GET.get("month", ""), today)
    weeks = _weeks(first, today, zone)
    context = {
        "month": first,
        "previous": first - timedelta(days=1),
        "next": first + timedelta(days=31),
        "is_now": (first.year, first.month) == (today.year, today.month),
        "weeks": weeks,
        "weekdays": [day.date for day in weeks[0]],
        "busy": [day for week in weeks for day in week if day.campaigns and day.in_month],
        "drafts": Campaign.objects.filter(state=Campaign.State.DRAFT, scheduled_at=None).order_by("-updated_at")[
            :MOST_DRAFTS
        ],
    }
    return render(request, "campaigns/calendar.html", context)


def _month_asked(text: str, today: date) -> date:
    """`?month=2026-11`; this month where it says anything else."""
    year, _dash, month = text.partition("-")
    if year.isdecimal() and month.isdecimal() and int(year) in YEARS and 1 <= int(month) <= 12:
        return date(int(year), int(month), 1)
    return today.replace(day=1)


def _weeks(first: date, today: date, zone: ZoneInfo) -> list[list[Day]]:
    """Whole weeks, from the day on which the reader's language begins them."""
    # Django counts from Sunday, Python from Monday.
    grid = months.Calendar((int(get_format("FIRST_DAY_OF_WEEK")) - 1) % 7).monthdatescalendar(first.year, first.month)
    by_day = _by_day(grid[0][0], grid[-1][-1], zone)
    return [
        [Day(day, day.month == first.month, day == today, sorted(by_day[day], key=itemgetter(0))) for day in week]
        for week in grid
    ]


def _by_day(first: date, last: date, zone: ZoneInfo) -> dict[date, list[tuple[datetime, Campaign]]]:
    begin = datetime.combine(first, time.min, zone)
    end = datetime.combine(last + timedelta(days=1), time.min, zone)
    started = Q(started_at__gte=begin, started_at__lt=end)
    waiting = Q(state=Campaign.State.DRAFT, scheduled_at__gte=begin, scheduled_at__lt=end)
    found: defaultdict[date, list[tuple[datetime, Campaign]]] = defaultdict(list)
    for campaign, instant in _with_instants(Campaign.objects.filter(started | waiting)):
        local = instant.astimezone(zone)
        found[local.date()].append((local, campaign))
    return found


def _with_instants(campaigns: Iterable[Campaign]) -> Iterable[tuple[Campaign, datetime]]:
    for campaign in campaigns:
        instant = campaign.started_at or campaign.scheduled_at
        if instant is not None:
            yield campaign, instant
