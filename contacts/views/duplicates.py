"""Contacts that may be one person: looked for, compared, merged, or called different people."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from crmseg.access.actors import actor_of
from crmseg.access.roles import role_required, signed_in
from crmseg.web import htmx
from crmseg.web.tables import Column, Table

from .. import duplicates
from ..models import Contact, Duplicate

COLUMNS = {"weight": Column(gettext_lazy("Why"), order=("weight",), descending_first=True)}
PAGE_SIZE = 25


@dataclass(frozen=True)
class Pair:
    id: int
    first: Contact
    second: Contact
    reasons: list[str | Promise]


@require_GET
@signed_in
def page(request: HttpRequest) -> HttpResponseBase:
    """While a worker looks, the page asks again every second."""
    scan = duplicates.latest_scan()
    looking = duplicates.is_looking(scan)
    if htmx.wants_part(request) and "looking" in request.GET:
        if looking:
            return render(request, "contacts/duplicates_looking.html")
        answer = HttpResponse()
        answer["HX-Refresh"] = "true"
        return answer
    reason, dismissed = request.GET.get("reason", ""), "dismissed" in request.GET
    rows = duplicates.offered(reason=reason, dismissed=dismissed)
    table = Table(request, rows, COLUMNS, sort="-weight", id="duplicates-table", page_size=PAGE_SIZE)
    here = reverse("contacts:duplicates")
    tabs: list[tuple[str, str | Promise, str, bool]] = [("", _("All"), here, not reason and not dismissed)]
    tabs += [(key, label, f"{here}?reason={key}", key == reason) for key, label in duplicates.LABELS.items()]
    context = {
        "table": table,
        "pairs": _pairs(table),
        "tabs": [*tabs, ("dismissed", _("Different people"), f"{here}?dismissed=1", dismissed)],
        "scan": scan,
        "looking": looking,
        "dismissed": dismissed,
        "is_filtered": bool(reason),
    }
    return htmx.varying(render(request, "contacts/duplicates.html", context))


def _pairs(table: Table) -> list[Pair]:
    """The rows whose contacts are both still there."""
    rows = [row for row in table.rows if isinstance(row, Duplicate)]
    ids = {pk for row in rows for pk in (row.first_id, row.second_id)}
    people = Contact.objects.select_related("company").in_bulk(ids)
    return [
        Pair(
            row.pk,
            people[row.first_id],
            people[row.second_id],
            [duplicates.LABELS[reason] for reason in row.reasons if reason in duplicates.LABELS],
        )
        for row in rows
        if row.first_id in people and row.second_id in people
    ]


@require_POST
@role_required("marketer")
def look(request: HttpRequest) -> HttpResponseBase:
    duplicates.ask()
    return redirect("contacts:duplicates")


@require_POST
@role_required("marketer")
def dismiss(request: HttpRequest, pair_id: int) -> HttpResponseBase:
    if duplicates.dismiss([pair_id], actor=actor_of(request)):
        messages.success(request, _("These are different people now, and are not offered again."))
    return _back(request)


@require_POST
@role_required("marketer")
def offer_again(request: HttpRequest, pair_id: int) -> HttpResponseBase:
    duplicates.offer_again([pair_id])
    messages.success(request, _("These are offered for merging again."))
    return _back(request)


def _back(request: HttpRequest) -> HttpResponseBase:
    return htmx.back(request, request.POST.get("next", ""), reverse("contacts:duplicates"))
