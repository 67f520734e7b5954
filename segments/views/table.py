"""The table of all lists: what each is, how large, where it is heading, and how fresh."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from crmseg.access import account
from crmseg.access.roles import signed_in
from crmseg.common import clock
from crmseg.web.tables import Column, Table
from segments import selectors, sentences, trends
from segments.models import Build, Segment

COLUMNS = {
    "name": Column(_("Name"), order=("name",)),
    "kind": Column(_("Kind"), order=("kind",)),
    "state": Column(_("State"), order=("state",)),
    "size": Column(_("Size"), order=("size",), numeric=True, descending_first=True),
    "trend": Column(_("30 days")),
    "moved": Column(_("Last 24 hours"), numeric=True),
    "owner": Column(_("Owner"), order=("owner__name", "owner__email")),
    "review_on": Column(_("Review"), order=("review_on",)),
}
TREND_DAYS = 30


@dataclass(frozen=True)
class Movement:
    """What a row shows beside the list itself: a small line of its sizes, their change, and the build under way."""

    line: str
    since: int
    days: int
    build: Build | None


@require_GET
@signed_in
def table(request: HttpRequest) -> HttpResponse:
    now = clock.now()
    shown = Table(request, _matching(request), COLUMNS, sort="name", id="lists")
    segments = [row for row in shown.rows if isinstance(row, Segment)]
    moved = movements(segments, now)
    said = sentences.at_a_glance(segment for segment in segments if not segment.description)
    context = {
        "table": shown,
        "rows": [(segment, moved[segment.pk], said.get(segment.pk, "")) for segment in segments],
        "kinds": Segment.Kind.choices,
        "kind": request.GET.get("kind", ""),
        "q": request.GET.get("q", ""),
        "fresh_as_of": selectors.fresh_as_of(),
        "building": any(segment.state == Segment.State.BUILDING for segment in segments),
        "none_at_all": not segments and not Segment.objects.exists(),
        "today": now.date(),
    }
    return render(request, "segments/table.html", context)


def _matching(request: HttpRequest) -> QuerySet[Segment]:
    rows = selectors.segments_table()
    if (kind := request.GET.get("kind")) in Segment.Kind.values:
        rows = rows.filter(kind=kind)
    if (state := request.GET.get("state")) in Segment.State.values:
        rows = rows.filter(state=state)
    if q := request.GET.get("q", "").strip():
        rows = rows.filter(Q(name__icontains=q) | Q(description__icontains=q))
    return rows


def movements(segments: Sequence[Segment], now: datetime) -> dict[int, Movement]:
    sizes = {segment.pk: segment.size for segment in segments}
    began = {segment.pk: segment.created_at for segment in segments}
    trends_by_id = trends.sizes_by_day(sizes, began, TREND_DAYS, now, account.current().time_zone)
    open_builds = Build.objects.filter(segment__in=list(sizes), state__in=["queued", "running"])
    builds = {build.segment_id: build for build in open_builds}
    return {
        segment_id: Movement(_line(trend, TREND_DAYS), trend[-1] - trend[0], len(trend), builds.get(segment_id))
        for segment_id, trend in trends_by_id.items()
    }


def _line(values: Sequence[int], days: int, width: int = 96, height: int = 24) -> str:
    """The values as the path of a small line that ends today, drawn between their least and their greatest."""
    low, high = min(values), max(values)
    step, span = width / max(days - 1, 1), high - low
    heights = [height - 2 - (value - low) / span * (height - 4) if span else height / 2 for value in values]
    left = width - step * (len(values) - 1)
    points = [f"{left + index * step:.1f} {y:.1f}" for index, y in enumerate(heights)]
    if len(points) == 1:  # a list of today is a point, drawn as a dash
        points = [f"{width - 4} {heights[0]:.1f}", *points]
    return "M" + "L".join(points)
