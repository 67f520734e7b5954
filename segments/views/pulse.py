"""Whether anybody entered or left a list since its page was drawn, asked every few seconds while the page is seen."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET

from crmseg.access.roles import signed_in
from segments.models import LedgerEntry, Segment


def beat_of(segment: Segment) -> str:
    """Another text after every entry, exit, and change of the size."""
    numbered = LedgerEntry.objects.filter(segment_id=segment.pk, cursor__isnull=False).order_by("-cursor")
    return f"{numbered.values_list('cursor', flat=True).first() or 0}-{segment.size}"


@require_GET
@signed_in
def pulse(request: HttpRequest, segment_id: int) -> HttpResponse:
    """Nothing while all is as it was; else the new beat, with word to the page to draw its figures and members anew."""
    beat = beat_of(get_object_or_404(Segment, pk=segment_id))
    if request.GET.get("seen") == beat:
        return HttpResponse(status=204)
    response = render(request, "segments/pulse.html", {"segment_id": segment_id, "beat": beat})
    response["HX-Trigger-After-Settle"] = "list-moved"
    return response
