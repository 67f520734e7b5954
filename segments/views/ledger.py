"""The second tab of one list: every entry and exit, with its cause."""

from __future__ import annotations

from datetime import date, timedelta

from django.db.models import F, Max, Min, Q, QuerySet, Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.dateparse import parse_date
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from contacts.models import Contact
from crmseg.access import account
from crmseg.access.roles import signed_in
from crmseg.web.tables import COUNT_LIMIT, Column, Table
from segments import catalogue, selectors
from segments.definition.windows import first_instant
from segments.engine import moves
from segments.models import LedgerEntry, MoveCount

from .causes import words_of
from .page import FOUND_COUNT, searched, searched_for
from .shared import segment_of, shared

COLUMNS = {
    "at": Column(gettext_lazy("When"), order=("at",), descending_first=True),
    "contact": Column(gettext_lazy("Who")),
    "change": Column(gettext_lazy("What")),
    "cause": Column(gettext_lazy("Why")),
    "version": Column(gettext_lazy("Version"), numeric=True),
}


# Why somebody moved, in kinds that people tell apart: exact causes, and how the keys of the others begin.
CAUSES: dict[str, tuple[str | Promise, tuple[str, ...], tuple[str, ...]]] = {
    "attribute": (gettext_lazy("An attribute changed"), (), ("attribute:", "company:", "colleague:attribute:")),
    "event": (gettext_lazy("Something happened"), (), ("event:", "colleague:event:")),
    "consent": (gettext_lazy("A consent changed"), (), ("consent:", "colleague:consent:")),
    "list": (gettext_lazy("Another list"), (), ("segment:", "snapshot:", "colleague:segment:")),
    "time": (gettext_lazy("Time passed"), ("clock", "delay", "pin expired", "percentiles", "worth", "scores"), ()),
    "edit": (
        gettext_lazy("The list was edited or built"),
        ("build", "edit", "refresh", "made active", "restored", "account", "audit"),
        (),
    ),
    "hand": (gettext_lazy("By hand"), ("manual", "copy", "pin", "pin removed", "merge", "unmerge"), ()),
    "file": (gettext_lazy("A file"), ("import",), ()),
    "contact": (gettext_lazy("Created or deleted"), ("created", "deleted"), ()),
}


MANY = 1_000
"""Fewer rows are counted, and looked through, one by one."""
COUNTED = {"entered": "entered", "left": "gone"}
"""Where the counts of moves have each change."""


@require_GET
@signed_in
def ledger(request: HttpRequest, segment_id: int) -> HttpResponse:
    segment, change, q = segment_of(segment_id), request.GET.get("change", ""), searched_for(request)
    narrowed = any(request.GET.get(name) for name in ("q", "change", "cause", "from", "to"))
    table = Table(
        request,
        filtered(request, segment_id),
        COLUMNS,
        sort="-at",
        id="ledger",
        known_count=_many_moves(request, segment_id),
        counted_to=FOUND_COUNT if narrowed else COUNT_LIMIT,
        counted_in_order=narrowed,
    )
    shown = [row for row in table.rows if isinstance(row, LedgerEntry)]
    contacts = Contact.objects.in_bulk([entry.contact_id for entry in shown])
    words = words_of((entry.cause for entry in shown), catalogue.current())
    context = {
        "table": table,
        "entries": [(entry, contacts.get(entry.contact_id), words[entry.cause]) for entry in shown],
        "changes": LedgerEntry.Change.choices,
        "change": change,
        "causes": [(key, label) for key, (label, _whole, _begins) in CAUSES.items()],
        "cause": request.GET.get("cause", ""),
        "first": _day(request, "from"),
        "last": _day(request, "to"),
        "narrowed": narrowed,
        "q": q,
        "tab": "ledger",
    }
    return render(request, "segments/ledger.html", shared(request, segment) | context)


def filtered(request: HttpRequest, segment_id: int) -> QuerySet[LedgerEntry]:
    """`?change=entered`, `?cause=event` (a kind, or one key: `event:Order Completed`), `?from=` and `?to=` (days of the
    account, both included), and `?q=` for a contact: a part of its name or address, its external id, or its number."""
    entries, change, q = selectors.ledger(segment_id), request.GET.get("change", ""), searched_for(request)
    zone = account.current().time_zone
    cause = request.GET.get("cause", "")[:300].replace("\x00", "")
    if change in LedgerEntry.Change.values:
        entries = entries.filter(change=change)
    if cause:
        entries = entries.filter(_because(cause))
    if change or cause:
        entries = entries.filter(_when_moved(segment_id, change, cause))
    if first := _day(request, "from"):
        entries = entries.filter(at__gte=first_instant(first, zone))
    if last := _day(request, "to"):
        entries = entries.filter(at__lt=first_instant(last + timedelta(days=1), zone))
    if not q:
        return entries
    if q.isdecimal() and len(q) < 19:  # those who were deleted have nothing but their number any more
        by_number = entries.filter(contact_id=int(q))
        if by_number.exists():
            return by_number
    return entries.filter(contact_id__in=searched(Contact.objects.all(), q).values("pk"))


def _many_moves(request: HttpRequest, segment_id: int) -> int | None:
    """How many rows there are by the counts of moves, where nothing but the change narrows them and they are many."""
    if any(request.GET.get(name) for name in ("q", "cause", "from", "to")):
        return None
    moved = MoveCount.objects.filter(segment=segment_id).aggregate(
        entered=Sum("entered", default=0), left=Sum("gone", default=0)
    )
    change = request.GET.get("change", "")
    count = int(moved[change]) if change in moved else sum(map(int, moved.values()))
    return count if count > MANY else None


def _when_moved(segment_id: int, change: str, cause: str) -> Q:
    """The stretch of time within which the counts of moves have such rows: of many, the others are not looked through.

    Whom the first build found is most of a large ledger, and is counted apart.
    """
    counts = MoveCount.objects.filter(segment=segment_id)
    if (counts.aggregate(rows=Sum(F("entered") + F("gone")))["rows"] or 0) <= MANY:
        return Q()
    if change in COUNTED:
        counts = counts.filter(**{f"{COUNTED[change]}__gt": 0})
    if cause and moves.FIRST_BUILD not in (cause, *CAUSES.get(cause, ("", (), ()))[1]):
        counts = counts.filter(built=False)
    span = counts.aggregate(first=Min("quarter"), last=Max("quarter"))
    if span["first"] is None:
        return Q(pk__in=[])
    return Q(at__gte=span["first"], at__lt=span["last"] + selectors.QUARTER)


def _because(cause: str) -> Q:
    """A cause is one word, or dependency keys with commas."""
    if cause not in CAUSES:
        return Q(cause=cause) | Q(cause__startswith=f"{cause}, ") | Q(cause__contains=f", {cause}")
    _label, whole, begins = CAUSES[cause]
    found = Q(cause__in=whole)
    for key in begins:
        found |= Q(cause__startswith=key) | Q(cause__contains=f", {key}")
    return found


def _day(request: HttpRequest, name: str) -> date | None:
    try:
        day = parse_date(request.GET.get(name, "")[:10])
    except ValueError:
        return None
    return day if day and 1970 <= day.year < 3000 else None
