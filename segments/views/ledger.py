"""The second tab of one list: every entry and exit, with its cause."""

from __future__ import annotations

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from contacts.models import Contact
from crmseg.access.roles import signed_in
from crmseg.web.tables import Column, Table
from segments import catalogue, selectors
from segments.models import LedgerEntry

from .causes import words_of
from .page import searched, searched_for
from .shared import segment_of, shared

COLUMNS = {
    "at": Column(gettext_lazy("When"), order=("at",), descending_first=True),
    "contact": Column(gettext_lazy("Who")),
    "change": Column(gettext_lazy("What")),
    "cause": Column(gettext_lazy("Why")),
    "version": Column(gettext_lazy("Version"), numeric=True),
}


@require_GET
@signed_in
def ledger(request: HttpRequest, segment_id: int) -> HttpResponse:
    segment, change, q = segment_of(segment_id), request.GET.get("change", ""), searched_for(request)
    table = Table(request, filtered(request, segment_id), COLUMNS, sort="-at", id="ledger")
    shown = [row for row in table.rows if isinstance(row, LedgerEntry)]
    contacts = Contact.objects.in_bulk([entry.contact_id for entry in shown])
    words = words_of((entry.cause for entry in shown), catalogue.current())
    context = {
        "table": table,
        "entries": [(entry, contacts.get(entry.contact_id), words[entry.cause]) for entry in shown],
        "changes": LedgerEntry.Change.choices,
        "change": change,
        "q": q,
        "tab": "ledger",
    }
    return render(request, "segments/ledger.html", shared(request, segment) | context)


def filtered(request: HttpRequest, segment_id: int) -> QuerySet[LedgerEntry]:
    """`?change=entered`, and `?q=` for a contact: a part of its name or address, its external id, or its number."""
    entries, change, q = selectors.ledger(segment_id), request.GET.get("change", ""), searched_for(request)
    if change in LedgerEntry.Change.values:
        entries = entries.filter(change=change)
    if not q:
        return entries
    if q.isdecimal() and len(q) < 19:  # those who were deleted have nothing but their number any more
        by_number = entries.filter(contact_id=int(q))
        if by_number.exists():
            return by_number
    return entries.filter(contact_id__in=searched(Contact.objects.all(), q).values("pk"))
