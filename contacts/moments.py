"""What this room tells on timelines: what a contact did, and what became of what is known about her."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from . import computed, timeline, values
from .models import AttributeHistory, ConsentHistory, Event, ImportTouch, Merge
from .models.consent import ConsentStatus
from .timeline import Entry, Position, earlier


def connect() -> None:
    timeline.register("event", _events)
    timeline.register_narrow("event", _events_of)
    timeline.register("attribute", _attributes)
    timeline.register("consent", _consents)
    timeline.register("import", _imports)
    timeline.register("merge", _merges)
    timeline.register("unmerge", _partings)


def _events(contact_id: int, before: Position | None, limit: int) -> Iterable[Entry]:
    return told(Event.objects.filter(contact_id=contact_id), before, limit)


def _events_of(contact_id: int, before: Position | None, limit: int, types: Collection[str]) -> Iterable[Entry]:
    return told(Event.objects.filter(contact_id=contact_id, type__name__in=types), before, limit)


def told(events: QuerySet[Event], before: Position | None, limit: int) -> Iterable[Entry]:
    """Events as entries."""
    for event in earlier(events.select_related("type"), "event", before, limit, at="occurred_at"):
        details = {
            "properties": event.properties,
            "amount": event.amount,
            "currency": event.currency,
            "source": event.source,
        }
        yield Entry("event", event.occurred_at, event.pk, event.type.name, details=details, contact=event.contact_id)


def _attributes(contact_id: int, before: Position | None, limit: int) -> Iterable[Entry]:
    labels = {key: str(known.label) for key, known in values.catalog().items()} | {"company": _("Company")}
    labels |= {key: str(known.label) for key, known in computed.fields().items()}
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


def _imports(contact_id: int, before: Position | None, limit: int) -> Iterable[Entry]:
    """What imports did, for as long as they can be undone."""
    touches = ImportTouch.objects.filter(contact_id=contact_id, contact_import__started_at__isnull=False)
    touches = touches.select_related("contact_import")
    for touch in earlier(touches, "import", before, limit, at="contact_import__started_at"):
        done = touch.contact_import
        assert done.started_at is not None
        said = _("Added by the import %(name)s") if touch.made else _("Changed by the import %(name)s")
        details = {"import": done.pk, "made": touch.made, "listed": touch.listed}
        yield Entry("import", done.started_at, touch.pk, said % {"name": done.name}, details=details)


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
