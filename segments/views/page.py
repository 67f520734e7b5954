"""The first tab of one list: who is in it, now or as of any instant of the past."""

from __future__ import annotations

from datetime import datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Q, QuerySet
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
from segments.models import Membership, Pin, Segment

from .brief import brief
from .shared import segment_of, shared

MEMBER_COLUMNS = {
    "name": Column(gettext_lazy("Name"), order=("last_name", "first_name")),
    "email": Column(gettext_lazy("E-mail"), order=("email",)),
    "lifecycle_stage": Column(gettext_lazy("Stage"), order=("lifecycle_stage",)),
    "company": Column(gettext_lazy("Company"), order=("company__name",)),
    "country": Column(gettext_lazy("Country"), order=("country", "city")),
    "entered_at": Column(gettext_lazy("In since"), order=("entered_at",), numeric=True, descending_first=True),
}
_SHOWN_INSTANT = "%Y-%m-%dT%H:%M"


@require_GET
@signed_in
def members(request: HttpRequest, segment_id: int) -> HttpResponse:
    segment, q, at = segment_of(segment_id), searched_for(request), instant_asked(request)
    if at or q:
        everybody = selectors.members_at(segment_id, at) if at else selectors.members(segment_id)
        table = _table(request, searched(everybody, q))
    elif request.GET.get("sort", "entered_at").lstrip("-") in MEMBER_COLUMNS.keys() - {"entered_at"}:
        table = _table(request, selectors.members(segment_id), count=segment.size)
    else:  # by far the most usual, and much cheaper where it need not look at the contacts
        memberships = Membership.objects.filter(segment=segment)
        table = _table(request, memberships, count=segment.size)
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
        contacts = contacts.filter(by_name | Q(email__icontains=word) | Q(external_id__iexact=word))
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


def _table(request: HttpRequest, rows: QuerySet[Any], count: int | None = None) -> Table:
    if rows.model is Contact:
        rows = rows.select_related("company")
    return Table(request, rows, MEMBER_COLUMNS, sort="-entered_at", id="members", known_count=count)


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
    contacts = with_company.in_bulk([row.contact_id for row in rows if isinstance(row, Membership)])
    found = [(contacts.get(row.contact_id) if isinstance(row, Membership) else row, row.entered_at) for row in rows]
    return [(contact, entered_at) for contact, entered_at in found if contact is not None]


def _pinned(segment: Segment, contact_ids: list[int]) -> dict[int, Pin]:
    if segment.kind != Segment.Kind.ACTIVE:
        return {}
    return {pin.contact_id: pin for pin in selectors.pins(segment.pk).filter(contact_id__in=contact_ids)}
