"""What the members of a list are worth together, beside them: asked once the panel stands."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from contacts.models import Worth
from crmseg.access.roles import signed_in

from ..insights import worth
from ..models import Segment
from .shared import segment_of


def panel(segment: Segment) -> dict[str, Any] | None:
    """Nothing while nobody has ordered at all."""
    if not segment.size or not Worth.objects.filter(orders__gt=0).exists():
        return None
    return {"url": reverse("segments:worth", args=[segment.pk]), "id": segment.pk}


@require_GET
@signed_in
def figures(request: HttpRequest, segment_id: int) -> HttpResponseBase:
    segment = segment_of(segment_id)
    return render(request, "segments/worth_figures.html", {"segment": segment, "worth": worth.of_list(segment.pk)})
