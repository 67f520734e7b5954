"""The page of one list, a tab to an address: members, movement, versions, and what people should know about it."""

from __future__ import annotations

import json
from datetime import datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.dateparse import parse_date
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from contacts.models import Contact
from crmseg.access import account
from crmseg.access.actors import actor_of
from crmseg.access.roles import role_required, signed_in
from crmseg.common.problems import InvalidInput
from crmseg.web.problems import add_to_form
from crmseg.web.tables import Column, Table
from segments import catalogue, guards, selectors, services
from segments.definition import describe
from segments.definition.load import load
from segments.definition.schema import Catalogue
from segments.forms import SettingsForm, SnapshotForm
from segments.models import LedgerEntry, Membership, Segment

from .causes import words_of

MEMBER_COLUMNS = {
    "name": Column(gettext_lazy("Name"), order=("last_name", "first_name")),
    "email": Column(gettext_lazy("E-mail"), order=("email",)),
    "lifecycle_stage": Column(gettext_lazy("Stage"), order=("lifecycle_stage",)),
    "country": Column(gettext_lazy("Country"), order=("country", "city")),
    "entered_at": Column(gettext_lazy("In since"), order=("entered_at",), numeric=True, descending_first=True),
}
LEDGER_COLUMNS = {
    "at": Column(gettext_lazy("When"), order=("at",), descending_first=True),
    "contact": Column(gettext_lazy("Who")),
    "change": Column(gettext_lazy("What")),
    "cause": Column(gettext_lazy("Why")),
    "version": Column(gettext_lazy("Version"), numeric=True),
}
CHART_DAYS = 90


@require_GET
@signed_in
def members(request: HttpRequest, segment_id: int) -> HttpResponse:
    segment, q = _segment(segment_id), searched_for(request)
    at = _instant(request.GET.get("at", ""))
    if at or q:
        everybody = selectors.members_at(segment_id, at) if at else selectors.members(segment_id)
        table = _members_table(request, searched(everybody, q))
    elif request.GET.get("sort", "entered_at").lstrip("-") in MEMBER_COLUMNS.keys() - {"entered_at"}:
        table = _members_table(request, selectors.members(segment_id), count=segment.size)
    else:  # by far the most usual, and much cheaper where it need not look at the contacts
        memberships = Membership.objects.filter(segment=segment)
        table = _members_table(request, memberships, count=segment.size)
    context = {
        "table": table,
        "members": _with_contacts(table.rows),
        "q": q,
        "at": request.GET.get("at", "") if at else "",
        "tab": "members",
    }
    return render(request, "segments/members.html", _shared(request, segment) | context)


def _members_table(request: HttpRequest, rows: QuerySet[Any], count: int | None = None) -> Table:
    return Table(request, rows, MEMBER_COLUMNS, sort="-entered_at", id="members", known_count=count)


def _with_contacts(rows: list[Any]) -> list[tuple[Contact, datetime]]:
    """Each contact with when it entered, in the order of the rows."""
    contacts = Contact.objects.in_bulk([row.contact_id for row in rows if isinstance(row, Membership)])
    found = [(contacts.get(row.contact_id) if isinstance(row, Membership) else row, row.entered_at) for row in rows]
    return [(contact, entered_at) for contact, entered_at in found if contact is not None]


@require_GET
@signed_in
def ledger(request: HttpRequest, segment_id: int) -> HttpResponse:
    segment, change = _segment(segment_id), request.GET.get("change", "")
    entries = selectors.ledger(segment_id)
    if change in LedgerEntry.Change.values:
        entries = entries.filter(change=change)
    table = Table(request, entries, LEDGER_COLUMNS, sort="-at", id="ledger")
    shown = [row for row in table.rows if isinstance(row, LedgerEntry)]
    contacts = Contact.objects.in_bulk([entry.contact_id for entry in shown])
    words = words_of((entry.cause for entry in shown), catalogue.current())
    context = {
        "table": table,
        "entries": [(entry, contacts.get(entry.contact_id), words[entry.cause]) for entry in shown],
        "changes": LedgerEntry.Change.choices,
        "change": change,
        "tab": "ledger",
    }
    return render(request, "segments/ledger.html", _shared(request, segment) | context)


@require_GET
@signed_in
def versions(request: HttpRequest, segment_id: int) -> HttpResponse:
    segment, known = _segment(segment_id), catalogue.current()
    told = [
        (version, _who(version.saved_by), sentence_of(version.definition, known), _readable(version.definition))
        for version in segment.versions.order_by("-number")
    ]
    context = {"versions": told, "uses": guards.uses(segment_id), "tab": "versions"}
    return render(request, "segments/versions.html", _shared(request, segment) | context)


@require_http_methods(["GET", "POST"])
@signed_in
def about(request: HttpRequest, segment_id: int) -> HttpResponseBase:
    """What people should know about the list; those who may, change it here."""
    segment = _segment(segment_id)
    if request.method == "POST":
        return _save_details(request, segment)
    form, snapshot = SettingsForm(instance=segment), SnapshotForm(initial=_snapshot_of(segment))
    return _about_page(request, segment, form, snapshot)


@role_required("marketer")
def _save_details(request: HttpRequest, segment: Segment) -> HttpResponseBase:
    form = SettingsForm(request.POST, instance=Segment.objects.get(pk=segment.pk))
    snapshot = SnapshotForm(request.POST if segment.kind == Segment.Kind.STATIC else None)
    if form.is_valid() and (not snapshot.is_bound or snapshot.is_valid()):
        details = dict(form.details()) | (snapshot.details() if snapshot.is_bound else {})
        try:
            services.update_segment(segment.pk, actor=actor_of(request), **details)
        except InvalidInput as error:
            add_to_form(form, error)
        else:
            messages.success(request, _("Saved."))
            return redirect("segments:about", segment.pk)
    return _about_page(request, segment, form, snapshot, status=422)


def _about_page(
    request: HttpRequest, segment: Segment, form: SettingsForm, snapshot: SnapshotForm, status: int = 200
) -> HttpResponse:
    snapshot.fields["source"].queryset = Segment.objects.exclude(pk=segment.pk).order_by("name")  # type: ignore[attr-defined]
    context = _shared(request, segment) | {"form": form, "snapshot": snapshot, "tab": "about"}
    context["purpose"] = [form[name] for name in ("name", "description", "goal", "target_metric", "persona")]
    context["notes"] = [form[name] for name in ("note_marketing", "note_sales", "note_service")]
    return render(request, "segments/about.html", context, status=status)


@require_GET
@signed_in
def standing(request: HttpRequest, segment_id: int) -> HttpResponse:
    """The head of the page alone, asked again while a build runs."""
    segment = _segment(segment_id)
    response = render(request, "segments/standing.html", _shared(request, segment))
    if segment.state != Segment.State.BUILDING:
        response["HX-Refresh"] = "true"  # built, stopped or failed: members and figures are others now
    return response


@require_GET
@signed_in
def size_chart(request: HttpRequest, segment_id: int) -> JsonResponse:
    segment, days = _segment(segment_id), selectors.size_by_day(segment_id, _days(request))
    zone = ZoneInfo(account.current().time_zone)
    saved = segment.versions.filter(number__gt=1).values_list("saved_at", "number")
    notes = [
        {"at": f"{at.astimezone(zone):%Y-%m-%d}", "text": _("Version %(number)s") % {"number": number}}
        for at, number in saved
    ]
    labels = [day.day.isoformat() for day in days]
    series = [{"name": _("Size"), "values": [day.size for day in days]}]
    shown = [note for note in notes if note["at"] in labels]
    return JsonResponse({"kind": "area", "labels": labels, "series": series, "notes": shown})


@require_GET
@signed_in
def movement_chart(request: HttpRequest, segment_id: int) -> JsonResponse:
    _segment(segment_id)
    days = selectors.size_by_day(segment_id, _days(request))
    series = [
        {"name": _("Entered"), "values": [day.entered for day in days]},
        {"name": _("Left"), "values": [-day.left for day in days]},
    ]
    return JsonResponse({"kind": "bars", "labels": [day.day.isoformat() for day in days], "series": series})


@require_GET
@signed_in
def export(request: HttpRequest, segment_id: int) -> StreamingHttpResponse:
    """The members as a CSV file, as the table shows them."""
    from contacts.export import contacts_csv

    segment = _segment(segment_id)
    rows = searched(selectors.members(segment_id), searched_for(request))
    name = slugify(segment.name) or f"list-{segment.pk}"
    response = StreamingHttpResponse(contacts_csv(rows), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return response


def sentence_of(definition: object, known: Catalogue) -> str:
    """What a stored definition says; one that can no longer be read says so."""
    try:
        return describe.sentence(load(definition, known), known)
    except InvalidInput as error:
        return _("This definition can no longer be read: %(problem)s") % {"problem": error.problems[0].message}


def _who(actor: str) -> str:
    """The name in what histories write as `user:Ada`."""
    return actor.partition(":")[2] or actor


def _readable(definition: object) -> str:
    return json.dumps(definition, indent=2, ensure_ascii=False, default=str)


def _segment(segment_id: int) -> Segment:
    return get_object_or_404(selectors.segments_table(), pk=segment_id)


def _shared(request: HttpRequest, segment: Segment) -> dict[str, Any]:
    """What every tab shows above itself."""
    known = catalogue.current()
    return {
        "segment": segment,
        "everyone": Contact.objects.count(),
        "sentence": sentence_of(segment.definition, known) if segment.definition else "",
        "fresh_as_of": selectors.fresh_as_of(),
        "build": selectors.current_build(segment.pk),
        "tabs": _TABS,
        "delete_lines": _what_deleting_touches(segment),
    }


_TABS = (
    ("members", "segments:segment", gettext_lazy("Members")),
    ("ledger", "segments:ledger", gettext_lazy("Entered and left")),
    ("versions", "segments:versions", gettext_lazy("Versions and use")),
    ("about", "segments:about", gettext_lazy("About this list")),
)


def _what_deleting_touches(segment: Segment) -> list[str]:
    return [
        _("%(size)s people are no longer gathered in it; they stay contacts.") % {"size": f"{segment.size:,}"},
        _("What happened in it stays in the history of each contact."),
        *(_("It is used by %(place)s: remove it there first.") % {"place": place} for place in guards.uses(segment.pk)),
    ]


def _snapshot_of(segment: Segment) -> dict[str, Any]:
    every = segment.snapshot_every
    return {"source": segment.snapshot_of_id, "renew": str(every.days) if every else ""}


def searched_for(request: HttpRequest) -> str:
    return request.GET.get("q", "").strip()[:200]


def searched(contacts: QuerySet[Contact], q: str) -> QuerySet[Contact]:
    for word in q.split()[:5]:
        by_name = Q(first_name__icontains=word) | Q(last_name__icontains=word)
        contacts = contacts.filter(by_name | Q(email__icontains=word) | Q(external_id__iexact=word))
    return contacts


def _instant(text: str) -> datetime | None:
    """The end of a day of the account's calendar."""
    try:
        day = parse_date(text)
    except ValueError:
        return None
    return datetime.combine(day, time.max, ZoneInfo(account.current().time_zone)) if day else None


def _days(request: HttpRequest) -> int:
    days = request.GET.get("days", "")
    return min(max(int(days), 2), 730) if days.isdecimal() and len(days) < 5 else CHART_DAYS
