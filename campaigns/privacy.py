"""What campaigns keep about one person: given to her on request, and forgotten with her."""

from __future__ import annotations

from typing import Any

from django.db import connection
from django.utils.translation import ngettext

from contacts.models import Contact

from .models import OptIn, OutboxMessage, Send

FORGOTTEN = "erased"
# An address that somebody else's message had at the same place names nobody; one that was hers alone may.
_FORGET_REACTIONS = """
    UPDATE campaigns_reaction AS reaction
       SET client = '', device = '', said = '',
           url = CASE WHEN EXISTS (
               SELECT FROM campaigns_reaction AS other
                WHERE other.campaign_id = reaction.campaign_id AND other.kind = reaction.kind
                  AND other.url = reaction.url AND other.send_id <> reaction.send_id
           ) THEN url ELSE '' END
     WHERE send_id IN (SELECT id FROM campaigns_send WHERE contact_id = %s)
"""


def give(contact: Contact) -> list[dict[str, Any]]:
    """Every message that was meant for her, what became of it, and what she did with it."""
    sends = Send.objects.filter(contact_id=contact.pk).select_related("campaign").prefetch_related("reactions")
    return [
        {
            "campaign": send.campaign.name,
            "channel": send.channel,
            "address": send.address,
            "state": send.state,
            "reason": send.reason,
            "sent_at": send.sent_at,
            "converted_at": send.converted_at,
            "revenue": send.revenue,
            "unsubscribed_at": send.unsubscribed_at,
            "unsubscribe_reason": send.unsubscribe_reason,
            "reactions": [
                {
                    "kind": reaction.kind,
                    "at": reaction.at,
                    "by_a_program": reaction.is_machine,
                    "url": reaction.url,
                    "program": reaction.client,
                    "device": reaction.device,
                    "said": reaction.said,
                }
                for reaction in sorted(send.reactions.all(), key=lambda one: (one.at, one.pk))
            ],
        }
        for send in sends.order_by("pk")
    ]


def give_asked(contact: Contact) -> list[dict[str, Any]]:
    """What she was asked to confirm."""
    asked = OptIn.objects.filter(contact_id=contact.pk).order_by("pk")
    return [dict(one) for one in asked.values("channel", "topic", "asked_at", "sent_at", "confirmed_at")]


def stays(contact: Contact) -> str | None:
    sent = Send.objects.filter(contact_id=contact.pk).count()
    said = ngettext(
        "%(n)s message stays counted in its campaign, without an address.",
        "%(n)s messages stay counted in their campaigns, without an address.",
        sent,
    )
    return said % {"n": sent} if sent else None


def forget(contact: Contact) -> None:
    """Take her out of what was sent. The counts of campaigns stay, and so do suppressions: they protect her."""
    OutboxMessage.objects.filter(send__contact_id=contact.pk).delete()
    with connection.cursor() as cursor:
        cursor.execute(_FORGET_REACTIONS, [contact.pk])
    hers = Send.objects.filter(contact_id=contact.pk)
    hers.exclude(unsubscribe_reason="").update(unsubscribe_reason="other")
    hers.update(address=FORGOTTEN, provider_id="")


def forget_asked(contact: Contact) -> None:
    OptIn.objects.filter(contact_id=contact.pk).delete()
