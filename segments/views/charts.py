"""The figures behind the charts of a list, from the day on which it began."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from django.http import HttpRequest, JsonResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from crmseg.access import account
from crmseg.access.roles import signed_in
from segments import selectors
from segments.models import Segment

from .shared import segment_of

CHART_DAYS = 90


@require_GET
@signed_in
def size_chart(request: HttpRequest, segment_id: int) -> JsonResponse:
    segment = segment_of(segment_id)
    days, zone = _days(request, segment), ZoneInfo(account.current().time_zone)
    saved = segment.versions.filter(number__gt=1).values_list("saved_at", "number")
    edits: dict[str, int] = {}
    for at, number in saved.order_by("number"):  # of a day's versions the last stands for all
        edits[f"{at.astimezone(zone):%Y-%m-%d}"] = number
    notes = [{"at": day, "text": _("Version %(number)s") % {"number": number}} for day, number in edits.items()]
    labels = [day.day.isoformat() for day in days]
    series = [{"name": _("Size"), "values": [day.size for day in days]}]
    shown = [note for note in notes if note["at"] in labels]
    return JsonResponse({"kind": "area", "labels": labels, "series": series, "notes": shown})


@require_GET
@signed_in
def movement_chart(request: HttpRequest, segment_id: int) -> JsonResponse:
    days = _days(request, segment_of(segment_id))
    series = [
        {"name": _("Entered"), "values": [day.entered for day in days]},
        {"name": _("Left"), "values": [-day.left for day in days]},
    ]
    return JsonResponse({"kind": "bars", "labels": [day.day.isoformat() for day in days], "series": series})


def _days(request: HttpRequest, segment: Segment) -> list[selectors.Day]:
    """The last days, without those on which the list was not there yet: nobody was in, and nobody was out."""
    asked = request.GET.get("days", "")
    days = min(max(int(asked), 2), 730) if asked.isdecimal() and len(asked) < 5 else CHART_DAYS
    found = selectors.size_by_day(segment.pk, days)
    began = segment.created_at.astimezone(ZoneInfo(account.current().time_zone)).date()
    moved = min((day.day for day in found if day.entered or day.left), default=began)
    return [day for day in found if day.day >= min(began, moved)]
