"""The table of all lists: what each is, how large, where it is heading, how fresh, who uses it, and what to mend."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Max
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext, pgettext_lazy
from django.views.decorators.http import require_GET

from crmseg.access import account
from crmseg.access.roles import signed_in
from crmseg.common import clock
from crmseg.web import formats
from crmseg.web.tables import Column, Table
from segments import guards, hints, selectors, sentences, services, shelves, trends
from segments.guards import Place
from segments.hints import Hint
from segments.models import Build, HintFound, Segment

from . import listed
from .following import followed_by

COLUMNS = {
    "name": Column(_("Name"), order=("name",)),
    "kind": Column(_("Kind"), order=("kind",)),
    "state": Column(_("State"), order=("state",)),
    "size": Column(_("Size"), order=("size",), numeric=True, descending_first=True),
    "trend": Column(_("30 days")),
    "moved": Column(_("Last 24 hours"), numeric=True),
    "used": Column(_("Used"), numeric=True),
    "owner": Column(_("Owner"), order=("owner__name", "owner__email")),
    "review_on": Column(_("Review"), order=("review_on",)),
    "archived_at": Column(pgettext_lazy("lists", "Archived"), order=("archived_at",), descending_first=True),
    "deleted": Column(_("Deleted on")),
}
TREND_DAYS = 30


@dataclass(frozen=True)
class Movement:
    """What a row shows beside the list itself: a small line of its sizes, their change, and the build under way."""

    line: str
    since: int
    days: int
    build: Build | None

    @property
    def said(self) -> str:
        said = ngettext("%(change)s in %(days)s day", "%(change)s in %(days)s days", self.days)
        return said % {"change": formats.number(self.since), "days": self.days}


@dataclass(frozen=True)
class Row:
    """One list, and all that its row says of it."""

    segment: Segment
    moved: Movement
    said: str = ""
    places: Sequence[Place] = ()
    followed: bool = False
    hints: list[Hint] = field(default_factory=list)
    deleted_at: datetime | None = None


@require_GET
@signed_in
def table(request: HttpRequest) -> HttpResponse:
    if kept := listed.kept_filters(request):
        return redirect(f"{request.path}?{urlencode(kept)}")
    listed.keep_filters(request)
    asked, found = listed.read(request), hints.current()
    sort = "-archived_at" if asked.archived else "name"
    shown = Table(request, listed.matching(asked, request.user, found), COLUMNS, sort=sort, id="lists")
    rows = rows_of(request, shown, [hint for hint in found if hint.kind == asked.hint])
    tree = shelves.tree()
    context = {
        "table": shown,
        "rows": rows,
        "asked": asked,
        "kinds": Segment.Kind.choices,
        "states": Segment.State.choices,
        "tree": tree,
        "folder": listed.folder_of(asked),
        "shelves": list(tree.each()),
        "tags": shelves.tags_in_use(),
        "owners": list(listed.owners(request.user)),
        "mend": to_mend(request, found),
        "mended_as_of": HintFound.objects.aggregate(last=Max("found_at"))["last"] if asked.hint else None,
        "fresh_as_of": selectors.fresh_as_of(),
        "building": [row.segment.pk for row in rows if row.segment.state == Segment.State.BUILDING],
        "none_at_all": not tree.everything and not tree.shelves and not asked.archived and not _any_archived(),
        "today": clock.now().date(),
        "here": request.get_full_path(),
        "export_url": f"{reverse('segments:export_table')}?{request.GET.urlencode()}",
        "archive_days": services.KEPT.days,
    }
    return render(request, "segments/table.html", context)


def rows_of(request: HttpRequest, shown: Table, found: Sequence[Hint]) -> list[Row]:
    segments = [row for row in shown.rows if isinstance(row, Segment)]
    moved = movements(segments, clock.now())
    said = sentences.at_a_glance(segment for segment in segments if not segment.description)
    places, followed = guards.places([segment.pk for segment in segments]), followed_by(request)
    return [
        Row(
            segment,
            moved[segment.pk],
            said.get(segment.pk, ""),
            places.get(segment.pk, ()),
            segment.pk in followed,
            [hint for hint in found if hint.segment_id == segment.pk],
            segment.archived_at + services.KEPT if segment.archived_at else None,
        )
        for segment in segments
    ]


def to_mend(request: HttpRequest, found: Sequence[Hint]) -> list[dict[str, Any]]:
    """Each kind of hint, how many lists have it, and the address that shows these."""
    counts = Counter(kind for kind, _segment in {(hint.kind, hint.segment_id) for hint in found})
    at = reverse("segments:list")
    return [
        {"kind": kind, "label": label, "count": counts[kind], "url": f"{at}?hint={kind}"}
        for kind, label in hints.LABELS.items()
        if counts[kind]
    ]


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


def _any_archived() -> bool:
    return Segment.objects.exclude(archived_at=None).exists()


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
