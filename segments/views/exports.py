"""What a list holds and what happened in it, as files for a spreadsheet: each row says what the list means."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, StreamingHttpResponse
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from contacts.export import contacts_csv, line
from contacts.models import Contact
from crmseg.access import audit
from crmseg.access.actors import actor_of
from crmseg.access.roles import signed_in
from segments import catalogue, guards, selectors
from segments.models import LedgerEntry, Segment
from segments.sentences import sentence_of

from .causes import in_words
from .ledger import filtered
from .listed import asked_rows
from .page import instant_asked, searched, searched_for
from .shared import segment_of

BATCH = 2000
_COLUMNS = ("id", "name", "kind", "state", "size", "description", "goal", "review_on", "created_at", "archived_at")


@require_GET
@signed_in
def members(request: HttpRequest, segment_id: int) -> StreamingHttpResponse:
    """Who is in, or was in at `?at=`, as the table shows them; the list and its sentence stand in the last columns."""
    segment, at = segment_of(segment_id), instant_asked(request)
    rows = selectors.members_at(segment_id, at) if at else selectors.members(segment_id)
    said = sentence_of(segment.definition, catalogue.current()) if segment.definition else ""
    beside = {
        "list.name": lambda _contact: segment.name,
        "list.entered_at": lambda contact: contact.entered_at.isoformat(),
        "list.definition": lambda _contact: said,
    }
    audit.record(actor_of(request), "exported", segment, {"members": request.GET.urlencode()})
    return _file(segment, "", contacts_csv(searched(rows, searched_for(request)), beside))


@require_GET
@signed_in
def table(request: HttpRequest) -> StreamingHttpResponse:
    """The lists that the table shows, all pages of it, with what they say and what uses them."""
    response = StreamingHttpResponse(_table_csv(asked_rows(request)), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="lists.csv"'
    return response


def _table_csv(rows: QuerySet[Segment]) -> Iterator[str]:
    known = catalogue.current()
    yield line([*_COLUMNS, "folder", "tags", "owner", "entered_24h", "left_24h", "used_by", "definition"])
    segments = list(rows.order_by("name", "pk"))
    places = guards.places([segment.pk for segment in segments])
    for segment in segments:
        folder = " / ".join(str(one) for one in (segment.folder and segment.folder.parent, segment.folder) if one)
        yield line(
            [
                *(getattr(segment, name) for name in _COLUMNS),
                folder,
                ", ".join(segment.tags),
                segment.owner and segment.owner.email,
                getattr(segment, "entered_1d", None) or 0,
                getattr(segment, "left_1d", None) or 0,
                "; ".join(place.said for place in places.get(segment.pk, ())),
                sentence_of(segment.definition, known) if segment.definition else "",
            ]
        )


@require_GET
@signed_in
def ledger(request: HttpRequest, segment_id: int) -> StreamingHttpResponse:
    """Every entry and exit that the table shows, with the sentence of the version that decided it."""
    segment = segment_of(segment_id)
    audit.record(actor_of(request), "exported", segment, {"moves": request.GET.urlencode()})
    return _file(segment, _("moves"), _ledger_csv(segment, filtered(request, segment_id)))


def _ledger_csv(segment: Segment, entries: Any) -> Iterator[str]:
    known = catalogue.current()
    sentences = {one.number: sentence_of(one.definition, known) for one in segment.versions.all()}
    yield line(
        ["at", "contact", "external_id", "email", "name", "change", "cause", "why", "quiet", "version", "definition"]
    )
    block: list[LedgerEntry] = []
    for entry in entries.order_by("at", "id").iterator(chunk_size=BATCH):
        block.append(entry)
        if len(block) == BATCH:
            yield from _lines(block, sentences, known)
            block = []
    yield from _lines(block, sentences, known)


def _lines(block: list[LedgerEntry], sentences: dict[int, str], known: Any) -> Iterator[str]:
    contacts = Contact.objects.in_bulk([entry.contact_id for entry in block])
    for entry in block:
        contact = contacts.get(entry.contact_id)
        who = [contact.external_id, contact.email, str(contact)] if contact else [None, None, None]
        why = in_words(entry.cause, known)
        said = sentences.get(entry.version, "")
        version = entry.version or None
        yield line(
            [entry.at.isoformat(), entry.contact_id, *who, entry.change, entry.cause, why, entry.quiet, version, said]
        )


def _file(segment: Segment, what: str, lines: Iterator[str]) -> StreamingHttpResponse:
    name = "-".join(part for part in (slugify(segment.name) or f"list-{segment.pk}", slugify(what)) if part)
    response = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return response
