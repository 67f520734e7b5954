"""Which channel a contact and a list answer to best, and asking somebody to confirm that she may be written to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from contacts.channels import CHANNELS
from contacts.consent_topics import topic_names
from contacts.models import Contact
from crmseg.access.actors import actor_of
from crmseg.access.roles import role_required, signed_in
from crmseg.common.problems import Conflict
from crmseg.web import formats
from segments.models import Segment

from .. import optin
from ..models import Campaign
from ..tracking import best
from ..tracking.best import Answer


@dataclass(frozen=True)
class Shown:
    """A channel, and how it is answered to, in words."""

    label: str
    messages: int
    responses: int
    score: str


def of_contact(contact: Contact) -> dict[str, Any] | None:
    """What stands on a contact's page; nothing where nobody could be written to, or asked."""
    answers = best.of_contact(contact.pk)
    waiting = optin.waiting_of(contact.pk) if contact.email else None
    may_ask = bool(contact.email) and all(answer.channel != optin.CHANNEL for answer in answers)
    if not answers and not may_ask:
        return None
    return {
        "answers": shown(answers),
        "waiting": waiting,
        "ask_url": reverse("campaigns:ask-opt-in", args=[contact.pk]) if may_ask or topic_names() else "",
        "topics": topic_names(),
    }


def of_list(segment: Segment) -> dict[str, Any] | None:
    """What asks for the panel of a list, once anything was sent at all."""
    if not Campaign.objects.exclude(started_at=None).exists():
        return None
    return {"url": reverse("campaigns:list-answers", args=[segment.pk])}


@require_GET
@signed_in
def list_answers(request: HttpRequest, segment_id: int) -> HttpResponse:
    segment = get_object_or_404(Segment, pk=segment_id)
    answers = best.of_list(segment.pk, segment.size or 0)
    context = {"answers": shown(answers), "sampled": (segment.size or 0) > best.LARGE}
    return render(request, "campaigns/list_answers.html", context)


@require_POST
@role_required("marketer")
def ask(request: HttpRequest, contact_id: int) -> HttpResponse:
    if not Contact.objects.filter(pk=contact_id).exists():
        raise Http404
    try:
        optin.ask(contact_id, topic=request.POST.get("topic", ""), actor=actor_of(request))
        messages.success(request, _("The question was sent. The consent counts once it is confirmed."))
    except Conflict as error:
        messages.error(request, str(error))
    return redirect("contacts:contact", contact_id)


def shown(answers: list[Answer]) -> list[Shown]:
    return [
        Shown(str(CHANNELS[one.channel].label), one.messages, one.responses, formats.percent(one.score, 1))
        for one in answers
    ]
