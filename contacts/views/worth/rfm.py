"""The 5 × 5 grid of RFM, and who moved between groups since a day."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from crmseg.access import account
from crmseg.access.roles import signed_in
from crmseg.common import clock

from ...worth import rules
from ...worth.grid import grid

USUAL_DAYS, LONGEST_DAYS = 30, 3_650


@require_GET
@signed_in
def rfm(request: HttpRequest) -> HttpResponseBase:
    asked = request.GET.get("since", "")
    since, problem = read_day(asked)
    known = rules.current()
    zone = ZoneInfo(account.current().time_zone)
    context = {
        "grid": grid(datetime.combine(since, time.min, zone)),
        "rules": known,
        "least": rules.LEAST["fifths"],
        "since": since,
        "asked": asked or since.isoformat(),
        "problem": problem,
        "today": clock.now().astimezone(zone).date(),
    }
    return render(request, "worth/rfm.html", context)


def read_day(asked: str) -> tuple[date, str]:
    """The day since which moves are counted, and what is wrong with what was asked."""
    today = clock.now().astimezone(ZoneInfo(account.current().time_zone)).date()
    usual = today - timedelta(days=USUAL_DAYS)
    if not asked:
        return usual, ""
    try:
        day = date.fromisoformat(asked)
    except ValueError:
        return usual, _("A date such as 2026-03-31.")
    if not today - timedelta(days=LONGEST_DAYS) <= day <= today:
        return usual, _("A day that has come, at most ten years ago.")
    return day, ""
