"""The survey that an address names."""

from __future__ import annotations

from django.http import HttpRequest
from django.shortcuts import get_object_or_404

from crmseg.common.ids import LARGEST_ID, read_id
from segments.models import Segment

from ...models import Survey


def survey_of(survey_id: int) -> Survey:
    return get_object_or_404(Survey, pk=min(survey_id, LARGEST_ID))


def text(request: HttpRequest, name: str, most: int = 200) -> str:
    """A parameter that the database can be asked with."""
    return request.GET.get(name, "").replace("\x00", "").encode("utf-8", "replace").decode().strip()[:most]


def segment_asked(request: HttpRequest) -> Segment | None:
    return Segment.unarchived.filter(pk=read_id(text(request, "segment")) or 0).first()
