"""What lists keep in words about one person: given to her on request, and forgotten with her."""

from __future__ import annotations

from typing import Any

from contacts.models import Contact

from .models import Pin


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


def forget(contact: Contact) -> None:
    """The pins go with the contact; the reasons go at once."""
    Pin.objects.filter(contact_id=contact.pk).update(reason="")
