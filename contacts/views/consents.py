"""What a contact agreed to hear, with the evidence, and a new answer."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from crmseg.access.actors import actor_of
from crmseg.access.roles import role_required
from crmseg.common.problems import InvalidInput
from crmseg.web import htmx, problems

from .. import services
from ..forms import ConsentForm
from ..models import Consent, ConsentHistory, Contact
from ..models.consent import ConsentStatus
from . import timeline as moments
from . import wording

MOST_ANSWERS = 200


@dataclass(frozen=True)
class Answer:
    """One answer of the past, and who recorded it."""

    row: ConsentHistory
    who: str

    @property
    def status(self) -> str:
        return self.row.new or ConsentStatus.NEVER.value

    @property
    def label(self) -> str:
        return str(ConsentStatus(self.status).label) if self.status in ConsentStatus.values else self.status


@dataclass(frozen=True)
class Held:
    """A consent that holds, and every answer that led to it, the latest first."""

    consent: Consent
    past: list[Answer] = field(default_factory=list)


def held_by(contact: Contact) -> list[Held]:
    """By channel and topic, with two queries however many there are."""
    found = {(row.channel, row.topic): Held(row) for row in contact.consents.order_by("channel", "topic")}
    if not found:
        return []
    for row in ConsentHistory.objects.filter(contact_id=contact.pk).order_by("-at", "-pk")[:MOST_ANSWERS]:
        if (row.channel, row.topic) in found:
            found[row.channel, row.topic].past.append(Answer(row, wording.who(row.actor)))
    return list(found.values())


@require_POST
@role_required("marketer")
def consent(request: HttpRequest, contact_id: int) -> HttpResponseBase:
    contact = Contact.objects.filter(pk=contact_id).first()
    if contact is None:
        raise Http404
    form = ConsentForm(request.POST)
    if form.is_valid():
        given: dict[str, Any] = form.cleaned_data
        try:
            services.set_consent(
                [contact_id],
                channel=given["channel"],
                topic=given["topic"],
                status=given["status"],
                method=given["method"],
                text_shown=given["text_shown"] or None,
                actor=actor_of(request),
            )
        except InvalidInput as error:
            problems.add_to_form(form, error)
        else:
            if not htmx.wants_part(request):
                return redirect("contacts:contact", contact_id)
            form = ConsentForm()
    context = {"contact": contact, "consents": held_by(contact), "consent_form": form}
    answer = render(request, "contacts/consent.html", context, status=400 if form.errors else 200)
    return answer if form.errors else moments.happened(answer)
