"""The survey that an address names."""

from __future__ import annotations

from django.http import HttpRequest
from django.shortcuts import get_object_or_404

from segments.models import Segment

from ...models import Survey

LARGEST_ID = 2**63 - 1


def survey_of(survey_id: int) -> Survey:
    return get_object_or_404(Survey, pk=min(survey_id, LARGEST_ID))


def text(request: HttpRequest, name: str, most: int = 200) -> str:
    """A parameter that the database can be asked with."""
    return request.GET.get(name, "").replace("\x00", "").encode("utf-8", "replace").decode().strip()[:most]


def segment_asked(request: HttpRequest) -> Segment | None:
    said = text(request, "segment", 19)
    return Segment.unarchived.filter(pk=min(int(said), LARGEST_ID)).first() if _is_number(said) else None


def _is_number(said: str) -> bool:
    return said.isascii() and said.isdecimal()
