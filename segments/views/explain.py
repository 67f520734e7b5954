"""Test a contact: why it is in this list or not, condition by condition, and what would turn the answer."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET

from contacts.models import Contact
from contacts.selectors import search
from crmseg.access.roles import signed_in
from crmseg.common.problems import InvalidInput
from crmseg.web.htmx import varying, wants_part
from segments import catalogue
from segments.engine.explain import UnknownContact, explain
from segments.models import Segment

from .explaining import Row, people_in, rows
from .page import searched_for
from .shared import segment_of, shared

MOST_FOUND = 10
_LONGEST_ID = 18


@require_GET
@signed_in
def explain_page(request: HttpRequest, segment_id: int) -> HttpResponse:
    """The tab: a search for a contact, and the truth tree of the one that is chosen."""
    segment, q, chosen = segment_of(segment_id), searched_for(request), request.GET.get("contact", "")
    context = {"segment": segment, "q": q, "found": _found(q), "tab": "explain"}
    if wants_part(request, "explain-found"):
        return _answer(render(request, "segments/explain_found.html", context))
    if chosen:
        contact = get_object_or_404(Contact, pk=_number(chosen))
        context |= {"contact": contact} | _told(segment, contact)
    return _answer(render(request, "segments/explain.html", shared(request, segment) | context))


@require_GET
@signed_in
def explain_contact(request: HttpRequest) -> HttpResponseBase:
    """`?contact=7&list=12`: from a contact's page to the explanation, or into that page."""
    segment = get_object_or_404(Segment, pk=_number(request.GET.get("list", "")))
    contact = get_object_or_404(Contact, pk=_number(request.GET.get("contact", "")))
    if wants_part(request):
        context = {"segment": segment, "contact": contact, "apart": True} | _told(segment, contact)
        return _answer(render(request, "segments/explain_told.html", context))
    return redirect(f"{reverse('segments:explain', args=[segment.pk])}?contact={contact.pk}#explain-title")


def _told(segment: Segment, contact: Contact) -> dict[str, Any]:
    try:
        told = explain(segment, contact.pk)
    except InvalidInput as error:
        return {"unreadable": error.problems[0].message}
    except UnknownContact:  # deleted in this moment
        raise Http404 from None
    return {"told": told, "rows": _rows(told["tree"]) if told["tree"] else []}


def _rows(tree: dict[str, Any]) -> list[Row]:
    names = {pk: str(contact) for pk, contact in Contact.objects.in_bulk(people_in(tree)).items()}
    return rows(tree, catalogue.current(), names)


def _found(q: str) -> list[Contact]:
    return list(search(Contact.objects.all(), q).order_by("last_name", "first_name", "pk")[:MOST_FOUND]) if q else []


def _number(text: str) -> int:
    """0 is nobody."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= _LONGEST_ID else 0


def _answer(response: HttpResponse) -> HttpResponse:
    varying(response)
    return response
