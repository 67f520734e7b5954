"""What happened to a contact, newest first, from every source at once; upper rooms add their own.

A page goes on after the last entry of the one before: by instant, then kind, then id, so that nothing is skipped or
repeated where many things happened at one instant.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Any, TypeVar

from django.db.models import Model, Q, QuerySet
from django.utils.translation import gettext as _

from crmseg.common.problems import InvalidInput, Problem

from . import values
from .models import AttributeHistory, ConsentHistory, Event, Merge
from .models.consent import ConsentStatus

M = TypeVar("M", bound=Model)
LARGEST_ID = 2**63 - 1


@dataclass(frozen=True)
class Entry:
    """`kind` says which source; `details` is what belongs to that kind."""

    kind: str
    at: datetime
    id: int
    title: str
    actor: str = ""
    details: dict[str, Any] = field(default_factory=dict)

    @property
    def position(self) -> Position:
        return Position(self.at, self.kind, self.id)

    @property
    def cursor(self) -> str:
        return str(self.position)


@dataclass(frozen=True, order=True)
class Position:
    at: datetime
    kind: str
    id: int

    def __str__(self) -> str:
        return f"{self.at.isoformat()}~{self.kind}~{self.id}"

    @staticmethod
    def read(text: str) -> Position:
        try:
            at, kind, id_ = text.split("~")
            instant = datetime.fromisoformat(at)
            if instant.tzinfo is None or not 0 <= int(id_) <= LARGEST_ID:
                raise ValueError
            return Position(instant, kind, int(id_))
        except ValueError:
            raise InvalidInput([Problem("/before", _("This cursor is not one that was given out here."))]) from None


Source = Callable[[int, "Position | None", int], Iterable[Entry]]
_sources: dict[str, Source] = {}


def register(kind: str, source: Source) -> None:
    """`source(contact_id, before, limit)` gives the newest entries earlier than `before`; see `earlier`."""
    _sources[kind] = source


def earlier(rows: QuerySet[M], kind: str, before: Position | None, limit: int, at: str = "at") -> QuerySet[M]:
    """The newest `limit` of `rows` that come after `before` on a timeline."""
    if before is not None:
        same_instant = Q(pk__in=[])
        if kind == before.kind:
            same_instant = Q(**{at: before.at}, pk__lt=before.id)
        elif kind < before.kind:
            same_instant = Q(**{at: before.at})
        rows = rows.filter(Q(**{f"{at}__lt": before.at}) | same_instant)
    return rows.order_by(f"-{at}", "-pk")[:limit]


def contact_timeline(contact_id: int, *, kind: str = "", before: str = "", limit: int = 40) -> list[Entry]:
    """All kinds, or one. `before` is the `cursor` of the last entry of the page before."""
    start = Position.read(before) if before else None
    sources = [source for name, source in _sources.items() if kind in ("", name)]
    found = [source(contact_id, start, limit) for source in sources]
    return list(islice(heapq.merge(*found, key=lambda entry: entry.position, reverse=True), limit))


def _events(contact_id: int, before: Position | None, limit: int) -> Iterable[Entry]:
    rows = Event.objects.filter(contact_id=contact_id).select_related("type")
    for event in earlier(rows, "event", before, limit, at="occurred_at"):
        details = {
            "properties": event.properties,
            "amount": event.amount,
            "currency": event.currency,
            "source": event.source,
        }
        yield Entry("event", event.occurred_at, event.pk, event.type.name, details=details)


def _attributes(contact_id: int, before: Position | None, limit: int) -> Iterable[Entry]:
    labels = {key: str(known.label) for key, known in values.catalog().items()} | {"company": _("Company")}
    for row in earlier(AttributeHistory.objects.filter(contact_id=contact_id), "attribute", before, limit):
        details = {"key": row.key, "old": row.old, "new": row.new}
        yield Entry("attribute", row.at, row.pk, labels.get(row.key, row.key), row.actor, details)


def _consents(contact_id: int, before: Position | None, limit: int) -> Iterable[Entry]:
    labels = dict(ConsentStatus.choices)
    for row in earlier(ConsentHistory.objects.filter(contact_id=contact_id), "consent", before, limit):
        status = row.new or ConsentStatus.NEVER.value
        details = {
            "channel": row.channel,
            "topic": row.topic,
            "old": row.old,
            "new": row.new,
            "method": row.method,
            "text_shown": row.text_shown,
        }
        yield Entry("consent", row.at, row.pk, str(labels.get(status, status)), row.actor, details)


def _merges(contact_id: int, before: Position | None, limit: int) -> Iterable[Entry]:
    for merge in earlier(Merge.objects.filter(survivor_id=contact_id), "merge", before, limit):
        title = _("Merged with %(name)s") % {"name": merge.merged_label}
        yield Entry("merge", merge.at, merge.pk, title, merge.actor, {"contact": merge.merged_id})


def _partings(contact_id: int, before: Position | None, limit: int) -> Iterable[Entry]:
    both = Merge.objects.filter(Q(survivor_id=contact_id) | Q(merged_id=contact_id), undone_at__isnull=False)
    for merge in earlier(both, "unmerge", before, limit, at="undone_at"):
        if merge.undone_at is not None:
            details = {"contact": merge.merged_id, "from": merge.survivor_id}
            yield Entry("unmerge", merge.undone_at, merge.pk, _("A merge was undone"), merge.undone_by, details)


register("event", _events)
register("attribute", _attributes)
register("consent", _consents)
register("merge", _merges)
register("unmerge", _partings)
