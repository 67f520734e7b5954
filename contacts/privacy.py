"""Everything kept about one person: given to her when she asks, and forgotten when she asks that.

Upper rooms register what they keep.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db import connection
from django.db.models import Q

from crmseg.access import audit
from crmseg.access.models import AuditEntry
from crmseg.common.actor import Actor, acting

from . import services, values, wire
from .bulk import exporting
from .models import (
    Alias,
    AttributeHistory,
    ConsentHistory,
    Contact,
    Event,
    ImportAnswer,
    ImportTouch,
    Merge,
    UndoProblem,
)

Give = Callable[[Contact], Any]
Forget = Callable[[Contact], None]
Stays = Callable[[Contact], "str | None"]
_kept: dict[str, tuple[Give, Forget]] = {}
_stays: list[Stays] = []


def register(name: str, give: Give, forget: Forget, stays: Stays | None = None) -> None:
    """`give(contact)` is what JSON can hold; `forget(contact)` runs in the transaction of the erasure; `stays(contact)`
    says in one sentence what is still counted afterwards, though it names nobody."""
    _kept[name] = give, forget
    if stays is not None and stays not in _stays:
        _stays.append(stays)


def staying(contact: Contact) -> list[str]:
    return [sentence for stays in _stays if (sentence := stays(contact))]


def export_contact(contact: Contact) -> dict[str, Any]:
    events = Event.objects.filter(contact=contact).select_related("type").order_by("occurred_at", "id")
    return {
        "contact": wire.contact_out(contact),
        "company": wire.company_out(contact.company) if contact.company else None,
        "events": [wire.event_out(event) for event in events.iterator(chunk_size=2_000)],
        "consents": [
            _dumped(row, "channel", "topic", "status", "method", "text_shown", "changed_at")
            for row in contact.consents.order_by("channel", "topic")
        ],
        "consent_history": [
            _dumped(row, "channel", "topic", "old", "new", "method", "text_shown", "at", "actor")
            for row in ConsentHistory.objects.filter(contact_id=contact.pk).order_by("at", "id")
        ],
        "attribute_history": [
            _dumped(row, "key", "old", "new", "at", "actor")
            for row in AttributeHistory.objects.filter(contact_id=contact.pk).order_by("at", "id")
        ],
        "former_names": [
            {"kind": alias.kind, "value": alias.value}
            for alias in Alias.objects.filter(contact_id=contact.pk).order_by("pk")
        ],
        **{name: give(contact) for name, (give, _forget) in _kept.items()},
    }


def erase_contact(contact_id: int, *, actor: Actor) -> None:
    """Delete the contact and every trace that names her; raises Contact.DoesNotExist."""
    with acting(actor):
        contact = Contact.objects.select_for_update().get(pk=contact_id)
        for _give, forget in _kept.values():
            forget(contact)
        with connection.cursor() as cursor:
            cursor.execute(
                """DELETE FROM contacts_eventmessage WHERE message_id IN (
                       SELECT message_id FROM contacts_event WHERE contact_id = %s AND message_id IS NOT NULL)""",
                [contact_id],
            )
        services.delete_contacts([contact_id], actor=actor)
        exporting.forget(contact_id)
        Merge.objects.filter(Q(survivor_id=contact_id) | Q(merged_id=contact_id)).delete()
        ImportTouch.objects.filter(contact_id=contact_id).delete()
        ImportAnswer.objects.filter(contact_id=contact_id).delete()
        UndoProblem.objects.filter(contact_id=contact_id).delete()
        # Last, because the deletion itself still writes the end of her consents.
        AttributeHistory.objects.filter(contact_id=contact_id).delete()
        ConsentHistory.objects.filter(contact_id=contact_id).delete()
        nameless = Contact(pk=contact_id)
        entries = AuditEntry.objects.filter(object_type="contact", object_id=str(contact_id))
        entries.update(object_label=str(nameless), changes={}, before={})
        audit.record(actor, "erased", nameless)


def _dumped(row: Any, *names: str) -> dict[str, Any]:
    return {name: values.dump(getattr(row, name)) for name in names}
