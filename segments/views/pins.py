"""Contacts that are in a list, or out of it, whatever its rule says; and those who wait for its delay to pass."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from contacts.models import Contact
from contacts.selectors import search
from crmseg.access.actors import actor_of
from crmseg.access.roles import role_required, signed_in
from crmseg.common.ids import read_id
from crmseg.common.problems import InvalidInput
from crmseg.web.formats import number
from crmseg.web.htmx import go
from crmseg.web.problems import add_to_form
from crmseg.web.tables import Column, Table
from segments import selectors, services
from segments.forms import PinForm
from segments.models import Membership, PendingMove, Pin, Segment

from .shared import segment_of, shared, who

COLUMNS = {
    "contact": Column(gettext_lazy("Who")),
    "direction": Column(gettext_lazy("Pinned"), order=("direction",)),
    "reason": Column(gettext_lazy("Why")),
    "author": Column(gettext_lazy("By"), order=("author",)),
    "created_at": Column(gettext_lazy("Since"), order=("created_at",), descending_first=True),
    "expires_at": Column(gettext_lazy("Until"), order=("expires_at",)),
}
WAITING_COLUMNS = {
    "contact": Column(gettext_lazy("Who")),
    "entering": Column(gettext_lazy("Waits"), order=("entering",), descending_first=True),
    "since": Column(gettext_lazy("Since"), order=("since",), descending_first=True),
    "due_at": Column(gettext_lazy("Moves"), order=("due_at",)),
}
OFFERED = 8
MOST_CHOSEN = 50


@require_http_methods(["GET", "POST"])
@signed_in
def pins(request: HttpRequest, segment_id: int) -> HttpResponseBase:
    """`?contact=7&direction=out` has those ready to be pinned; `?find=ada` looks for some."""
    segment = segment_of(segment_id)
    if request.method == "POST":
        return _pin(request, segment)
    form = PinForm(initial={"direction": request.GET.get("direction") or Pin.Direction.IN})
    return _page(request, segment, form, _ids(request.GET.getlist("contact")), request.GET.get("find", ""))


@role_required("marketer")
def _pin(request: HttpRequest, segment: Segment) -> HttpResponseBase:
    form, chosen, find = PinForm(request.POST), _ids(request.POST.getlist("contact")), request.POST.get("find", "")
    if not chosen and find.strip():  # the search field's Enter
        return _page(request, segment, PinForm(initial=request.POST.dict()), chosen, find)
    valid = form.is_valid()
    if not chosen:
        form.add_error(None, _("Choose who is to be pinned."))
    elif valid:
        try:
            pinned = services.pin(segment.pk, chosen, actor=actor_of(request), **form.details())
        except InvalidInput as error:
            add_to_form(form, error)
        else:
            said = ngettext("%(n)s contact was pinned.", "%(n)s contacts were pinned.", pinned)
            messages.success(request, said % {"n": number(pinned)})
            return redirect("segments:pins", segment.pk)
    return _page(request, segment, form, chosen, find, status=422)


@require_GET
@role_required("marketer")
def pin_contact(request: HttpRequest) -> HttpResponseBase:
    """`?contact=7&list=12`: from a contact's page to the pins of a list, with the contact chosen."""
    chosen = _ids([request.GET.get("list", "")])
    segment = get_object_or_404(Segment, pk=chosen[0] if chosen else 0)
    query = urlencode([("contact", pk) for pk in _ids(request.GET.getlist("contact"))])
    return redirect(f"{reverse('segments:pins', args=[segment.pk])}?{query}")


@require_POST
@role_required("marketer")
def unpin(request: HttpRequest, segment_id: int, contact_id: int) -> HttpResponseBase:
    get_object_or_404(Segment, pk=segment_id)
    try:
        services.unpin(segment_id, [contact_id], actor=actor_of(request))
    except InvalidInput as error:
        messages.error(request, error.problems[0].message)
    else:
        messages.success(request, _("Unpinned. The rule counts again."))
    return go(request, reverse("segments:pins", args=[segment_id]))


@require_GET
@signed_in
def waiting(request: HttpRequest, segment_id: int) -> HttpResponse:
    """Who will enter or leave when the delay has passed, unless the rule changes its mind before."""
    segment = segment_of(segment_id)
    table = Table(request, selectors.pending_moves(segment_id), WAITING_COLUMNS, sort="due_at", id="waiting")
    rows = [row for row in table.rows if isinstance(row, PendingMove)]
    contacts = Contact.objects.in_bulk([row.contact_id for row in rows])
    shown = [(row, contacts[row.contact_id]) for row in rows if row.contact_id in contacts]
    return render(
        request, "segments/waiting.html", shared(request, segment) | {"table": table, "rows": shown, "tab": "waiting"}
    )


def _page(
    request: HttpRequest, segment: Segment, form: PinForm, chosen: list[int], find: str, status: int = 200
) -> HttpResponse:
    table = Table(request, selectors.pins(segment.pk), COLUMNS, sort="-created_at", id="pins")
    rows = [row for row in table.rows if isinstance(row, Pin)]
    contacts = Contact.objects.in_bulk([row.contact_id for row in rows])
    context = {
        "table": table,
        "pins": [(row, contacts[row.contact_id], who(row.author)) for row in rows if row.contact_id in contacts],
        "form": form,
        "found": _offered(segment, chosen, find),
        "find": find,
        "opened": bool(chosen or find or form.is_bound or not rows),
        "tab": "pins",
    }
    return render(request, "segments/pins.html", shared(request, segment) | context, status=status)


def _offered(segment: Segment, chosen: list[int], find: str) -> list[dict[str, Any]]:
    """Those chosen already, then some whom the search finds, each with whether it is in the list now."""
    picked = list(Contact.objects.filter(pk__in=chosen).order_by("pk"))
    q = find.strip()[:200].replace("\x00", "")
    if q:
        picked += search(Contact.objects.exclude(pk__in=chosen), q).order_by("last_name", "first_name", "pk")[:OFFERED]
    ids = [contact.pk for contact in picked]
    members = set(Membership.objects.filter(segment=segment, contact_id__in=ids).values_list("contact_id", flat=True))
    return [{"contact": one, "chosen": one.pk in chosen, "inside": one.pk in members} for one in picked]


def _ids(texts: list[str]) -> list[int]:
    return [pk for text in texts if (pk := read_id(text)) is not None][:MOST_CHOSEN]
