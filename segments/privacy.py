"""What lists keep in words about one person: given to her on request, and forgotten with her."""

from __future__ import annotations

from typing import Any

from django.utils.translation import ngettext

from contacts.models import Contact

from .models import LedgerEntry, Pin


def give(contact: Contact) -> list[dict[str, Any]]:
    """Every pin that she has, and why."""
    pins = Pin.objects.filter(contact_id=contact.pk).select_related("segment").order_by("pk")
    return [
        {
            "list": pin.segment.name,
            "direction": pin.direction,
            "reason": pin.reason,
            "author": pin.author,
            "created_at": pin.created_at,
            "expires_at": pin.expires_at,
        }
        for pin in pins
    ]


def stays(contact: Contact) -> str | None:
    """The ledger keeps when somebody entered and left, or the sizes of the past would no longer add up."""
    moves = LedgerEntry.objects.filter(contact_id=contact.pk).count()
    said = ngettext(
        "%(n)s entry or exit stays in the ledger of lists, of the number %(id)s alone.",
        "%(n)s entries and exits stay in the ledger of lists, of the number %(id)s alone.",
        moves,
    )
    return said % {"n": moves, "id": contact.pk} if moves else None


def forget(contact: Contact) -> None:
    """The pins go with the contact; the reasons go at once."""
    Pin.objects.filter(contact_id=contact.pk).update(reason="")
