"""Two people on one definition: the second sees what the first changed, and chooses. Nothing of either is lost."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from crmseg.common import json
from crmseg.common.problems import InvalidInput, Problem
from crmseg.web.locking import ChangedMeanwhile
from segments.definition.load import load
from segments.definition.schema import Catalogue
from segments.models import Segment, SegmentVersion
from segments.sentences import sentence_of

from ..comparison import Comparison, compare
from ..shared import who


@dataclass(frozen=True)
class Compared:
    """What `comparison.html` shows; the problems say why a definition can no longer be read."""

    comparison: Comparison | None = None
    problems: list[Problem] = field(default_factory=list)


def is_outdated(request: HttpRequest, segment: Segment) -> bool:
    """Whether another version was saved since the page was drawn."""
    return request.POST.get("version") != str(segment.version)


def refuse_unseen(request: HttpRequest, segment: Segment) -> None:
    if is_outdated(request, segment):
        raise ChangedMeanwhile[Model](segment, str(segment.version))


def newer(request: HttpRequest, segment: Segment | None) -> SegmentVersion | None:
    """The version that somebody saved since the page was drawn, for the page to say at once."""
    if segment is None or "version" not in request.POST or not is_outdated(request, segment):
        return None
    return SegmentVersion.objects.filter(segment=segment, number=segment.version).defer("definition").first()


def dialog(request: HttpRequest, segment: Segment, definition: dict[str, Any], known: Catalogue) -> HttpResponse:
    """What they changed and what yours changes, both against what you began with, over the builder."""
    segment.refresh_from_db()
    newest = SegmentVersion.objects.filter(segment=segment, number=segment.version).first()
    number = request.POST.get("version", "")
    began = SegmentVersion.objects.filter(segment=segment, number=int(number) if number.isdecimal() else 0).first()
    context: dict[str, Any] = {"segment": segment, "newest": newest, "who": who(newest.saved_by) if newest else ""}
    context["same"] = json.canonical(segment.definition) == json.canonical(definition)
    context["theirs_json"] = json.dumps(segment.definition).decode()
    if newest is not None:
        context["sentence"] = sentence_of(newest.definition, known)
    if began is not None:
        context["theirs"] = _compared(began.definition, segment.definition, known, segment)
        context["yours"] = _compared(began.definition, definition, known, segment)
    said = _("Somebody saved version %(number)s of this list in the meantime.") % {"number": segment.version}
    response = render(request, "segments/builder/changed.html", context | {"title": said}, status=409)
    response["HX-Retarget"], response["HX-Reswap"] = "#impact", "innerHTML"
    return response


def _compared(before: object, after: object, known: Catalogue, segment: Segment) -> Compared:
    try:
        was, now = (load(one, known, reader_of=segment.pk) for one in (before, after))
    except InvalidInput as error:
        return Compared(problems=error.problems)
    return Compared(compare(was, now, known))
