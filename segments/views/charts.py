"""The figures behind the charts of a list, from the day on which it began, with what happened around them."""

from __future__ import annotations

from datetime import datetime, time
from zoneinfo import ZoneInfo

from django.http import HttpRequest, JsonResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from crmseg.access import account
from crmseg.access.roles import signed_in
from crmseg.common import clock
from segments import selectors
from segments.annotations import of_list
from segments.models import Segment

from .shared import days_asked, segment_of


@require_GET
@signed_in
def size_chart(request: HttpRequest, segment_id: int) -> JsonResponse:
    """Size as an area; entered and left as bars above and below the axis; edits and campaigns as notes."""
    segment, zone = segment_of(segment_id), ZoneInfo(account.current().time_zone)
    days = _days(segment, days_asked(request))
    since = datetime.combine(days[0].day, time.min, zone) if days else clock.now()
    notes = [
        {"at": f"{one.at.astimezone(zone):%Y-%m-%d}", "text": one.mark, "said": one.text}
        for one in of_list(segment, since)
    ]
    series = [
        {"name": _("Size"), "values": [day.size for day in days]},
        {"name": _("Entered"), "values": [day.entered for day in days]},
        {"name": _("Left"), "values": [-day.left for day in days]},
    ]
    labels = [day.day.isoformat() for day in days]
    return JsonResponse(
        {"kind": "size", "labels": labels, "series": series, "notes": notes, "noted": _("What happened")}
    )


def _days(segment: Segment, days: int) -> list[selectors.Day]:
    """The last days, without those on which the list was not there yet: nobody was in, and nobody was out."""
    found = selectors.size_by_day(segment.pk, days)
    began = segment.created_at.astimezone(ZoneInfo(account.current().time_zone)).date()
    moved = min((day.day for day in found if day.entered or day.left), default=began)
    return [day for day in found if day.day >= min(began, moved)]
