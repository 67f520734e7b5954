"""What saving a definition would do, shown before it is saved: who enters and leaves, and what would feel it."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_POST

from contacts.models import Contact
from crmseg.access.roles import role_required
from crmseg.common import clock, json
from segments import catalogue
from segments.definition.dump import dump
from segments.definition.load import load
from segments.engine import impact as engine
from segments.models import Segment

from .builder import answers, asked
from .shared import waiting_in

CAMPAIGN_STATES = {"draft", "sending", "paused"}
SHOWN = 5


@require_POST
@role_required("marketer")
def impact(request: HttpRequest, segment_id: int) -> HttpResponse:
    """The builder's draft, at any time; nothing is saved from here."""
    segment = get_object_or_404(Segment, pk=segment_id)
    given = asked.read(request, catalogue.current(), reader_of=segment_id)
    remarks = asked.unfinished_remarks(given)
    if given.problems or remarks:
        response = render(request, "segments/builder/answer.html", answers.refused(given, remarks), status=422)
        response["HX-Retarget"] = "#preview"
        return response
    return dialog(request, segment, given.definition, saving=False)


def dialog(request: HttpRequest, segment: Segment, definition: dict[str, Any], *, saving: bool) -> HttpResponse:
    """The impact in a dialog over the builder; `saving` asks for the reason and goes on to save.

    InvalidInput when the definition cannot be followed.
    """
    context = impact_of(segment, definition) | {"segment": segment, "saving": saving}
    response = render(request, "segments/impact_dialog.html", context)
    response["HX-Retarget"], response["HX-Reswap"] = "#impact", "innerHTML"
    return response


def impact_of(segment: Segment, definition: object) -> dict[str, Any]:
    """The context of `impact.html`."""
    known = catalogue.current()
    found = engine.impact(segment.pk, definition, clock.now())
    enter, leave = found.entering.sample[:SHOWN], found.leaving.sample[:SHOWN]
    contacts = Contact.objects.in_bulk([*enter, *leave])
    canonical = dump(load(definition, known, reader_of=segment.pk))
    return {
        "impact": found,
        "entering": [contacts[pk] for pk in enter if pk in contacts],
        "leaving": [contacts[pk] for pk in leave if pk in contacts],
        "campaigns": [one for one in found.campaigns if one.state in CAMPAIGN_STATES],
        "waiting": waiting_in(segment.pk),
        "past_campaigns": sum(one.state not in CAMPAIGN_STATES for one in found.campaigns),
        "unchanged": segment.definition is not None and json.canonical(canonical) == json.canonical(segment.definition),
    }
