"""The contacts table, one contact's page, a new contact, and saying goodbye to one."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from crmseg.access.actors import actor_of
from crmseg.access.roles import role_required, signed_in
from crmseg.common import clock
from crmseg.common.problems import InvalidInput
from crmseg.web import htmx, problems
from crmseg.web.tables import Column, Table

from .. import filters, identity, panels, selectors, services
from ..export import contacts_csv
from ..forms import ConsentForm, ContactForm
from ..models import Contact
from . import presenting
from . import timeline as moments

COLUMNS = {
    "name": Column(gettext_lazy("Name"), order=("last_name", "first_name")),
    "stage": Column(gettext_lazy("Stage"), order=("lifecycle_stage",)),
    "company": Column(gettext_lazy("Company")),
    "place": Column(gettext_lazy("Place"), order=("country", "city")),
    "source": Column(gettext_lazy("Source"), order=("source",)),
    "created": Column(gettext_lazy("Created"), order=("created_at",), descending_first=True),
}
VIEWS = {
    "": gettext_lazy("All"),
    "leads": gettext_lazy("Leads"),
    "customers": gettext_lazy("Customers"),
}


@require_GET
@signed_in
def table(request: HttpRequest) -> HttpResponseBase:
    rows, chosen = _chosen(request)
    shown = Table(request, rows.select_related("company"), COLUMNS, sort="-created", id="contacts-table")
    context = {
        "table": shown,
        "views": [
            (key, label, shown.url(view=key or None, page=None), key == chosen["view"]) for key, label in VIEWS.items()
        ],
        "chosen": chosen,
        "lists": filters.choices("segment"),
        "export_url": f"{reverse('contacts:export')}?{request.GET.urlencode()}",
        "is_filtered": any(chosen.values()),
    }
    return htmx.varying(render(request, "contacts/table.html", context))


def _chosen(request: HttpRequest) -> tuple[Any, dict[str, str]]:
    """The contacts that the address asks for; what it asks wrongly is left out."""
    chosen = {key: request.GET.get(key, "").strip()[:200].replace("\x00", "") for key in ("q", "view", "segment")}
    if chosen["view"] not in VIEWS:
        chosen["view"] = ""
    rows = selectors.contacts_table(q=chosen["q"], view=chosen["view"], segment=chosen["segment"])
    return rows, chosen


@require_GET
@signed_in
def export(request: HttpRequest) -> HttpResponseBase:
    rows, _chosen_values = _chosen(request)
    response = StreamingHttpResponse(contacts_csv(rows), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="contacts-{clock.now():%Y-%m-%d}.csv"'
    return response


@require_http_methods(["GET", "POST"])
@role_required("marketer")
def new(request: HttpRequest) -> HttpResponseBase:
    form = ContactForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            contact = services.create_contact(data=form.data_for_service(), actor=actor_of(request))
        except InvalidInput as error:
            problems.add_to_form(form, error, {"consent.email.method": "method", "consent.email": "consent"})
        else:
            messages.success(request, _("%(contact)s was added.") % {"contact": contact})
            return redirect("contacts:contact", contact.pk)
    return render(request, "contacts/new.html", {"form": form}, status=400 if form.errors else 200)


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
