"""One contact's page: who she is, what happened, and saying goodbye."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from crmseg.access.actors import actor_of
from crmseg.access.roles import role_required, signed_in

from .. import identity, panels, selectors, services
from ..forms import ConsentForm
from ..models import Contact
from . import presenting
from . import timeline as moments


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
    kind = request.GET.get("kind", "")
    shown = [
        {"name": name, "template": f"contacts/{name}_panel.html", "data": data}
        for name, data in panels.shown(contact).items()
    ]
    return render(
        request,
        "contacts/contact.html",
        {
            "contact": contact,
            "groups": presenting.groups(contact),
            "main_panels": [panel for panel in shown if panel["name"] == "lists"],
            "side_panels": [panel for panel in shown if panel["name"] != "lists"],
            "timeline": moments.stretch(contact_id, kind=kind, before=""),
            "kind": kind,
            "consents": contact.consents.order_by("channel", "topic"),
            "consent_form": ConsentForm(),
            "colleagues": selectors.colleagues(contact)[:5],
            "touches": panels.deletion_notes(contact),
            "merge": services.undoable_merge(contact_id),
        },
    )


@require_GET
@signed_in
def timeline(request: HttpRequest, contact_id: int) -> HttpResponseBase:
    """The next stretch of what happened, or the first one of another kind."""
    contact = contact_or_404(contact_id)
    kind = request.GET.get("kind", "")
    before = request.GET.get("before", "")
    shown = moments.stretch(contact_id, kind=kind, before=before)
    template = "contacts/timeline_rows.html" if before else "contacts/timeline.html"
    return render(request, template, {"contact": contact, "timeline": shown, "kind": kind})


@require_POST
@role_required("marketer")
def delete(request: HttpRequest, contact_id: int) -> HttpResponse:
    contact = contact_or_404(contact_id)
    services.delete_contacts([contact_id], actor=actor_of(request))
    messages.success(request, _("%(contact)s was deleted.") % {"contact": contact})
    return redirect("contacts:list")
