"""One contact's page: who she is, what to know, what happened, and saying goodbye."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from crmseg.access.actors import actor_of
from crmseg.access.roles import has_role, role_required, signed_in

from .. import activity, histories, identity, panels, selectors, services
from ..forms import ConsentForm
from ..models import Contact
from . import consents, notes, presenting
from . import timeline as moments

COLLEAGUES = 5


def contact_or_404(contact_id: int) -> Contact:
    contact = Contact.objects.select_related("company").filter(pk=contact_id).first()
    if contact is None:
        raise Http404
    return contact


@require_GET
@signed_in
def page(request: HttpRequest, contact_id: int) -> HttpResponseBase:
    try:
        contact = contact_or_404(contact_id)
    except Http404:
        became = identity.survivor_of(contact_id)
        if became is None:
            raise
        messages.info(request, _("The contact you asked for was merged into this one."))
        return redirect("contacts:contact", became)
    shown = [
        {"name": name, "template": f"contacts/{name}_panel.html", "data": data}
        for name, data in panels.shown(contact).items()
    ]
    context = {
        "groups": presenting.groups(contact, histories.changed_of_contact(contact_id)),
        "may_change": has_role(request.user, "sales"),
        "main_panels": [panel for panel in shown if panel["name"] == "lists"],
        "side_panels": [panel for panel in shown if panel["name"] != "lists"],
        "last_seen": activity.last_seen(contact_id),
        "consents": consents.held_by(contact),
        "consent_form": ConsentForm(),
        "colleagues": selectors.colleagues(contact)[:COLLEAGUES],
        "touches": panels.deletion_notes(contact),
        "merge": services.undoable_merge(contact_id),
    }
    return render(
        request, "contacts/contact.html", context | notes.card(request, contact) | _timeline(request, contact)
    )


@require_GET
@signed_in
def timeline(request: HttpRequest, contact_id: int) -> HttpResponseBase:
    """The next stretch of what happened, or the first one of what is asked now; the address of the page follows."""
    contact = contact_or_404(contact_id)
    context = _timeline(request, contact)
    if context["timeline"].asked.before:
        return render(request, "contacts/timeline_rows.html", context)
    return moments.addressed(request, render(request, "contacts/timeline.html", context), context)


def _timeline(request: HttpRequest, contact: Contact) -> dict[str, Any]:
    asked = moments.Asked.read(request)
    entries = selectors.contact_timeline(contact.pk, **asked.wanted(), limit=moments.ROWS + 1)
    return {
        "contact": contact,
        "timeline": moments.stretch(entries, asked, moments.kinds()),
        "event_types": activity.event_types_of(contact.pk),
        "page_url": reverse("contacts:contact", args=[contact.pk]),
        "timeline_url": reverse("contacts:timeline", args=[contact.pk]),
        "began_at": contact.created_at,
    }


@require_POST
@role_required("marketer")
def delete(request: HttpRequest, contact_id: int) -> HttpResponse:
    contact = contact_or_404(contact_id)
    services.delete_contacts([contact_id], actor=actor_of(request))
    messages.success(request, _("%(contact)s was deleted.") % {"contact": contact})
    return redirect("contacts:list")
