"""The first tab of one list: who is in it, now or as of any instant of the past."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Q, QuerySet
from django.db.models.functions import Left, Lower
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.timezone import is_naive
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from contacts.models import Contact
from crmseg.access import account
from crmseg.access.roles import signed_in
from crmseg.web.htmx import wants_part
from crmseg.web.tables import Column, Table
from segments import catalogue, selectors
from segments.models import LedgerEntry, Membership, Pin, Segment

from .brief import brief
from .shared import segment_of, shared

# Along the indexes of contacts: of a million members, a page is looked up in the order asked, never all sorted.
MEMBER_COLUMNS = {
    "name": Column(gettext_lazy("Name"), order=(Left("last_name", 200), Left("first_name", 200)), known="last_name"),
    "email": Column(gettext_lazy("E-mail"), order=(Lower("email"),), known="email"),
    "lifecycle_stage": Column(gettext_lazy("Stage"), order=("lifecycle_stage",)),
    "company": Column(gettext_lazy("Company"), order=(Lower("company__name"),), known="company__name", apart=True),
    "country": Column(gettext_lazy("Country"), order=("country", Left("city", 200))),
    "entered_at": Column(gettext_lazy("In since"), order=("entered_at",), numeric=True, descending_first=True),
}
PAST_COLUMNS = MEMBER_COLUMNS | {"entered_at": replace(MEMBER_COLUMNS["entered_at"], order=("at",))}
FOUND_COUNT = 10_000
"""Who is found by a name is counted so far: then the table says "more than". Beyond it, a past size is the moves'."""
_SHOWN_INSTANT = "%Y-%m-%dT%H:%M"


@require_GET
@signed_in
def members(request: HttpRequest, segment_id: int) -> HttpResponse:
    segment, q, at = segment_of(segment_id), searched_for(request), instant_asked(request)
    table = _table(request, segment, q, at)
    found = _with_contacts(table.rows)
    pinned = _pinned(segment, [contact.pk for contact, _since in found]) if not at else {}
    zone = ZoneInfo(account.current().time_zone)
    context = {
        "table": table,
        "members": [(contact, since, pinned.get(contact.pk)) for contact, since in found],
        "q": q,
        "at": at,
        "at_value": at.astimezone(zone).strftime(_SHOWN_INSTANT) if at else "",
        "before_it_was": at is not None and at < segment.created_at,
        "chooses": not at and ("remove" if segment.kind == Segment.Kind.STATIC else "pin"),
        "tab": "members",
        "export_query": _export_query(request),
    }
    if not wants_part(request, "members"):
        context |= brief(request, segment, catalogue.current())
    return render(request, "segments/members.html", shared(request, segment) | context)


@require_GET
@signed_in
def standing(request: HttpRequest, segment_id: int) -> HttpResponse:
    """The head of the page alone, asked again while a build runs."""
    segment = segment_of(segment_id)
    response = render(request, "segments/standing.html", shared(request, segment))
    if segment.state != Segment.State.BUILDING:
        response["HX-Refresh"] = "true"  # built, stopped or failed: members and figures are others now
    return response


def searched_for(request: HttpRequest) -> str:
    return request.GET.get("q", "").strip()[:200].replace("\x00", "")


def searched(contacts: QuerySet[Contact], q: str) -> QuerySet[Contact]:
    for word in q.split()[:5]:
        by_name = Q(first_name__icontains=word) | Q(last_name__icontains=word)
        # Spelled in the usual ways, for no index folds external ids.
        by_id = Q(external_id__in={word, word.lower(), word.upper()})
        contacts = contacts.filter(by_name | Q(email__icontains=word) | by_id)
    return contacts


def instant_asked(request: HttpRequest) -> datetime | None:
    """`?at=`: an instant of the account's clock, to the minute; a day alone is its end."""
    text, zone = request.GET.get("at", "")[:40], ZoneInfo(account.current().time_zone)
    try:
        day = parse_date(text)
        instant = datetime.combine(day, time.max) if day else parse_datetime(text)
        if instant is not None and is_naive(instant):
            instant = instant.replace(tzinfo=zone)
        return instant.astimezone(zone) if instant else None
    except (ValueError, OverflowError):
        return None


class MembersTable(Table):
    """Sorted by what contacts are; read are the memberships of those of one page."""

    def __init__(self, request: HttpRequest, segment_id: int, rows: QuerySet[Contact], **how: Any):
        self._segment_id = segment_id
        super().__init__(request, rows, MEMBER_COLUMNS, **how)

    def fetch(self, rows: QuerySet[Any]) -> list[Any]:
        ids = list(rows.values_list("pk", flat=True))
        own = Membership.objects.filter(segment=self._segment_id, contact_id__in=ids)
        found = {membership.contact_id: membership for membership in own}
        return [found[pk] for pk in ids if pk in found]


def _table(request: HttpRequest, segment: Segment, q: str, at: datetime | None) -> Table:
    how: dict[str, Any] = {"sort": "-entered_at", "id": "members", "known_count": None if q or at else segment.size}
    by_entry = request.GET.get("sort", "entered_at").lstrip("-") not in MEMBER_COLUMNS.keys() - {"entered_at"}
    named: Any = searched(Contact.objects.all(), q).values("pk")
    if at and not q:
        size = selectors.size_at(segment, at)
        how["known_count"] = size if size > FOUND_COUNT else None
    if at and by_entry:
        entries = selectors.entries_at(segment.pk, at)
        return Table(request, entries.filter(contact_id__in=named) if q else entries, PAST_COLUMNS, **how)
    if at:
        past = searched(selectors.members_at(segment.pk, at), q).select_related("company")
        return Table(request, past, MEMBER_COLUMNS, **how)
    if q and segment.kind == Segment.Kind.ACTIVE:
        how["counted_to"] = FOUND_COUNT
    if by_entry:  # by far the most usual, and much cheaper where it need not look at the contacts
        memberships = Membership.objects.filter(segment=segment)
        return Table(request, memberships.filter(contact_id__in=named) if q else memberships, MEMBER_COLUMNS, **how)
    ids = Membership.objects.filter(segment=segment).values("contact_id")
    return MembersTable(request, segment.pk, searched(Contact.objects.filter(pk__in=ids), q), **how)


def _export_query(request: HttpRequest) -> str:
    """What of this address narrows the members: whoever the table shows, the file holds."""
    query = QueryDict(mutable=True)
    for name in ("q", "at"):
        if value := request.GET.get(name):
            query[name] = value
    return query.urlencode()


def _with_contacts(rows: list[Any]) -> list[tuple[Contact, datetime]]:
    """Each contact with when it entered, in the order of the rows."""
    with_company = Contact.objects.select_related("company")
    contacts = with_company.in_bulk([row.contact_id for row in rows if not isinstance(row, Contact)])
    found = [(row if isinstance(row, Contact) else contacts.get(row.contact_id), _since(row)) for row in rows]
    return [(contact, entered_at) for contact, entered_at in found if contact is not None]


def _since(row: Any) -> datetime:
    entered_at: datetime = row.at if isinstance(row, LedgerEntry) else row.entered_at
    return entered_at


def _pinned(segment: Segment, contact_ids: list[int]) -> dict[int, Pin]:
    if segment.kind != Segment.Kind.ACTIVE:
        return {}
    return {pin.contact_id: pin for pin in selectors.pins(segment.pk).filter(contact_id__in=contact_ids)}
