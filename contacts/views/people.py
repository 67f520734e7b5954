"""The contacts table, its export, and a new contact."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from crmseg.access.actors import actor_of
from crmseg.access.roles import role_required, signed_in
from crmseg.common import clock
from crmseg.common.problems import InvalidInput
from crmseg.web import htmx, problems
from crmseg.web.tables import Column, Table

from .. import filters, selectors, services
from ..export import contacts_csv
from ..forms import ContactForm

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
