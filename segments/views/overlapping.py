"""The tab of one list that says which other lists hold the same people."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from crmseg.access.roles import signed_in
from segments.insights import overlap as counting
from segments.insights.choice import Choice
from segments.insights.neighbours import neighbours
from segments.models import Segment

from .shared import segment_of, shared


@require_GET
@signed_in
def overlap(request: HttpRequest, segment_id: int) -> HttpResponse:
    """The ten lists most alike, and `?with=` one of choice, counted exactly."""
    segment = segment_of(segment_id)
    others = Segment.unarchived.exclude(pk=segment_id)
    wanted = request.GET.get("with", "")
    chosen = others.filter(pk=int(wanted)).first() if wanted.isdecimal() and len(wanted) < 16 else None
    context = {
        "found": neighbours(segment) if segment.size else None,
        "others": list(others.order_by("name").values_list("pk", "name")),
        "chosen": chosen,
        "tab": "overlap",
    }
    return render(request, "segments/overlap.html", shared(request, segment) | context)


@require_GET
@signed_in
def pair(request: HttpRequest, segment_id: int, other_id: int) -> HttpResponse:
    """Two lists: who is in both, and who in one of them only, with links to them."""
    segment, other = segment_of(segment_id), segment_of(other_id)
    ids = (segment.pk, other.pk)
    counts = counting.count_masks(ids)
    parts = [
        (counting.in_all(ids, counts), Choice(within=ids)),
        (counting.only_in(0, counts), Choice(within=ids[:1], without=ids[1:])),
        (counting.only_in(1, counts), Choice(within=ids[1:], without=ids[:1])),
    ]
    context = {"segment": segment, "other": other, "parts": parts, "union": counting.in_any(counts)}
    return render(request, "segments/overlap_pair.html", context)
