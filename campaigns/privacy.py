"""What campaigns keep about one person: given to her on request, and forgotten with her."""

from __future__ import annotations

from typing import Any

from contacts.models import Contact

from .models import OutboxMessage, Send

FORGOTTEN = "erased"


def give(contact: Contact) -> list[dict[str, Any]]:
    """Every message that was meant for her, and what became of it."""
    sends = Send.objects.filter(contact_id=contact.pk).select_related("campaign").order_by("pk")
    return [
        {
            "campaign": send.campaign.name,
            "address": send.address,
            "state": send.state,
            "reason": send.reason,
            "sent_at": send.sent_at,
            "unsubscribed_at": send.unsubscribed_at,
        }
        for send in sends
    ]


def forget(contact: Contact) -> None:
    """Take her address out of what was sent. The counts of campaigns stay, and so do suppressions: they protect her."""
    OutboxMessage.objects.filter(send__contact_id=contact.pk).delete()
    Send.objects.filter(contact_id=contact.pk).update(address=FORGOTTEN)
