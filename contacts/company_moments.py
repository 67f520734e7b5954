"""What happened around a company, newest first: its own changes, and what its people did and what was noted of them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.utils.translation import gettext as _

from . import moments, timeline, values
from .models import CompanyHistory, Contact, Event, Note
from .timeline import Entry, Position, earlier

MOST_PEOPLE = 100
"""Of larger companies, those added last speak for all: whoever wants more asks the events explorer or a list."""


def company_timeline(
    company_id: int,
    *,
    kind: str = "",
    type: str = "",
    since: datetime | None = None,
    until: datetime | None = None,
    before: str = "",
    limit: int = 40,
) -> list[Entry]:
    """As `timeline.contact_timeline`, for a company and the latest MOST_PEOPLE of its contacts."""
    start = timeline.starting(before, until)
    found: list[Iterable[Entry]] = []
    if kind in ("", "attribute") and not type:
        found.append(_changes(company_id, start, limit))
    if kind in ("", "event", "note") or type:
        people = Contact.objects.filter(company=company_id).order_by("-pk").values_list("pk", flat=True)
        ids = list(people[:MOST_PEOPLE])
        if kind in ("", "event") or type:
            events = Event.objects.filter(contact__in=ids)
            found.append(moments.told(events.filter(type__name=type) if type else events, start, limit))
        if kind in ("", "note") and not type:
            found.append(_notes(ids, start, limit))
    return timeline.merged(found, since, limit)


def _changes(company_id: int, before: Position | None, limit: int) -> Iterable[Entry]:
    labels = {key: str(known.label) for key, known in values.catalog("company").items()}
    for row in earlier(CompanyHistory.objects.filter(company_id=company_id), "attribute", before, limit):
        details = {"key": row.key, "old": row.old, "new": row.new}
        yield Entry("attribute", row.at, row.pk, labels.get(row.key, row.key), row.actor, details)


def _notes(people: list[int], before: Position | None, limit: int) -> Iterable[Entry]:
    rows = Note.objects.filter(contact__in=people)
    for note in earlier(rows, "note", before, limit, at="created_at"):
        yield Entry("note", note.created_at, note.pk, _("Note"), note.author, {"text": note.text}, note.contact_id)
