"""Notes about a contact. What a note says is for the people who serve her and goes with her: no log repeats it."""

from __future__ import annotations

from django.utils.translation import gettext as _

from crmseg.access import audit
from crmseg.common import clock
from crmseg.common.actor import Actor, acting
from crmseg.common.problems import InvalidInput, Problem

from .. import values
from ..models import Contact, Note


def add_note(contact_id: int, *, text: object, actor: Actor) -> Note:
    """Raises Contact.DoesNotExist."""
    written = _read(text)
    with acting(actor):
        # Locked, so that a merge or a deletion at the same time comes before or after.
        contact = Contact.objects.select_for_update(no_key=True).get(pk=contact_id)
        now = clock.now()
        note = Note.objects.create(
            contact=contact,
            text=written,
            author=str(actor),
            user_id=actor.id if actor.kind == "user" else None,
            created_at=now,
            updated_at=now,
        )
        audit.record(actor, "note added", contact, {"note": note.pk})
    return note


def edit_note(note_id: int, *, text: object, actor: Actor) -> Note:
    """Raises Note.DoesNotExist."""
    written = _read(text)
    with acting(actor):
        note = Note.objects.select_for_update(of=("self",)).select_related("contact").get(pk=note_id)
        if note.text != written:
            note.text, note.updated_at = written, clock.now()
            note.save(update_fields=["text", "updated_at"])
            audit.record(actor, "note edited", note.contact, {"note": note.pk})
    return note


def delete_note(note_id: int, *, actor: Actor) -> None:
    """Raises Note.DoesNotExist."""
    with acting(actor):
        note = Note.objects.select_for_update(of=("self",)).select_related("contact").get(pk=note_id)
        note.delete()
        audit.record(actor, "note deleted", note.contact, {"note": note_id})


def _read(raw: object) -> str:
    try:
        written = values.read_text(raw)
    except ValueError as error:
        raise InvalidInput([Problem("/text", str(error))]) from error
    if not written:
        raise InvalidInput([Problem("/text", _("Write something first."))])
    return written.replace("\r\n", "\n")
