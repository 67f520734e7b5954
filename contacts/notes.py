"""Where notes take part beside their own card: the timeline, merges, and what is given and forgotten on request."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext as _

from crmseg.common.actor import Actor

from . import merging, privacy, timeline, values
from .models import Contact, Note


def connect() -> None:
    timeline.register("note", moments_of)
    merging.register("notes", merging.Step(move, undo, count))
    privacy.register("notes", give, forget)


def moments_of(contact_id: int, before: timeline.Position | None, limit: int) -> Iterable[timeline.Entry]:
    rows = Note.objects.filter(contact=contact_id)
    for note in timeline.earlier(rows, "note", before, limit, at="created_at"):
        details = {"text": note.text, "updated_at": values.dump(note.updated_at)}
        yield timeline.Entry("note", note.created_at, note.pk, _("Note"), note.author, details)


def count(contact_id: int) -> list[tuple[str, int]]:
    return [(_("Notes"), Note.objects.filter(contact=contact_id).count())]


def move(survivor_id: int, merged_id: int, actor: Actor) -> list[int]:
    notes = Note.objects.filter(contact=merged_id)
    ids = list(notes.order_by("pk").select_for_update().values_list("pk", flat=True))
    notes.filter(pk__in=ids).update(contact=survivor_id)
    return ids


def undo(survivor_id: int, merged_id: int, moved: Any, actor: Actor) -> None:
    Note.objects.filter(contact=survivor_id, pk__in=moved).update(contact=merged_id)


def give(contact: Contact) -> list[dict[str, Any]]:
    return [
        {
            "text": note.text,
            "author": note.author,
            "created_at": values.dump(note.created_at),
            "updated_at": values.dump(note.updated_at),
        }
        for note in contact.notes.order_by("created_at", "pk")
    ]


def forget(contact: Contact) -> None:
    contact.notes.all().delete()
