"""The definitions that a list has had: which is followed, what changed between any two, and the way back."""

from __future__ import annotations

from dataclasses import dataclass, field

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from crmseg.access.actors import actor_of
from crmseg.access.roles import role_required, signed_in
from crmseg.common import json
from crmseg.common.problems import InvalidInput, Problem
from crmseg.web.problems import tell
from crmseg.web.tables import Column, Table
from segments import catalogue, guards, selectors, services
from segments.definition.load import load
from segments.definition.schema import Catalogue
from segments.models import Segment, SegmentVersion
from segments.sentences import sentence_of

from .comparison import Comparison, compare
from .impact import impact_of
from .shared import readable, segment_of, shared, who

COLUMNS = {"number": Column(gettext_lazy("Version"), order=("number",), descending_first=True)}
ON_A_PAGE = 20
LONGEST_REASON = 1000


@dataclass(frozen=True)
class Told:
    """A version as the page tells it. `same` says that the list has this definition already."""

    version: SegmentVersion
    who: str
    sentence: str
    text: str
    same: bool


@dataclass(frozen=True)
class Compared:
    """Two versions and what differs; the problems say why one of them can no longer be read."""

    before: SegmentVersion
    after: SegmentVersion
    comparison: Comparison | None = None
    problems: list[Problem] = field(default_factory=list)


@require_GET
@signed_in
def versions(request: HttpRequest, segment_id: int) -> HttpResponse:
    segment, known = segment_of(segment_id), catalogue.current()
    rows = selectors.versions(segment_id)
    table = Table(request, rows, COLUMNS, sort="-number", id="versions", page_size=ON_A_PAGE)
    shown = [row for row in table.rows if isinstance(row, SegmentVersion)]
    context = {
        "table": table,
        "versions": [_told(version, segment, known) for version in shown],
        "numbers": list(rows.values_list("number", "saved_at")),
        "compared": _compared(request, segment, known),
        "uses": guards.uses(segment_id),
        "tab": "versions",
    }
    return render(request, "segments/versions.html", shared(request, segment) | context)


@require_http_methods(["GET", "POST"])
@role_required("marketer")
def roll_back(request: HttpRequest, segment_id: int, number: int) -> HttpResponseBase:
    """An earlier definition becomes the newest version. The page shows first what that would do."""
    segment = get_object_or_404(Segment, pk=segment_id)
    version = get_object_or_404(SegmentVersion, segment=segment, number=number)
    if request.method == "POST":
        return _roll_back(request, segment, number)
    known = catalogue.current()
    context = {"segment": segment, "version": version, "sentence": sentence_of(version.definition, known)}
    try:
        context["compared"] = _compare(segment, _newest(segment), version, known)
        context |= impact_of(segment, version.definition)
    except InvalidInput as error:
        context["problems"] = error.problems
    return render(request, "segments/roll_back.html", context)


def _roll_back(request: HttpRequest, segment: Segment, number: int) -> HttpResponseBase:
    reason, quiet = request.POST.get("reason", "").strip()[:LONGEST_REASON], "quiet" in request.POST
    try:
        services.rollback(segment.pk, number, reason=reason, quiet=quiet, actor=actor_of(request))
    except InvalidInput as error:
        tell(request, error)
        return redirect("segments:versions", segment.pk)
    said = _("Version %(number)s is back, as the newest version. The list is being built.")
    messages.success(request, said % {"number": number})
    return redirect("segments:versions", segment.pk)


def _told(version: SegmentVersion, segment: Segment, known: Catalogue) -> Told:
    same = json.canonical(version.definition) == json.canonical(segment.definition)
    said = sentence_of(version.definition, known)
    return Told(version, who(version.saved_by), said, readable(version.definition), same)


def _compared(request: HttpRequest, segment: Segment, known: Catalogue) -> Compared | None:
    """`?from=1&to=3`; without a word, the newest and the one before it."""
    by_number = {str(one.number): one for one in selectors.versions(segment.pk).defer("definition")}
    if len(by_number) < 2:
        return None
    after = by_number.get(request.GET.get("to", "")) or next(iter(by_number.values()))
    previous = next((one for one in by_number.values() if one.number < after.number), after)
    before = by_number.get(request.GET.get("from", "")) or previous
    return _compare(segment, before, after, known)


def _compare(segment: Segment, before: SegmentVersion, after: SegmentVersion, known: Catalogue) -> Compared:
    try:
        was, now = (load(one.definition, known, reader_of=segment.pk) for one in (before, after))
    except InvalidInput as error:
        return Compared(before, after, problems=error.problems)
    return Compared(before, after, compare(was, now, known))


def _newest(segment: Segment) -> SegmentVersion:
    return SegmentVersion.objects.get(segment=segment, number=segment.version)
