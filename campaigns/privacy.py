"""What campaigns keep about one person: given to her on request, and forgotten with her."""

from __future__ import annotations

from typing import Any

from django.utils.translation import ngettext

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


def stays(contact: Contact) -> str | None:
    sent = Send.objects.filter(contact_id=contact.pk).count()
    said = ngettext(
        "%(n)s message stays counted in its campaign, without an address.",
        "%(n)s messages stay counted in their campaigns, without an address.",
        sent,
    )
    return said % {"n": sent} if sent else None


def forget(contact: Contact) -> None:
    """Take her address out of what was sent. The counts of campaigns stay, and so do suppressions: they protect her."""
    OutboxMessage.objects.filter(send__contact_id=contact.pk).delete()
    Send.objects.filter(contact_id=contact.pk).update(address=FORGOTTEN)
