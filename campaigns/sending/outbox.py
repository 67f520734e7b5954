"""The built-in outbox, for where no mail server is configured: messages are kept to be looked at.

Keeping a message and marking its send are one transaction: exactly once, whatever is killed.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from email.message import EmailMessage

from django.db import transaction

from crmseg.common import clock

from ..content.compose import Message
from ..models import OutboxMessage, Send
from . import mark


def keep(mail: EmailMessage, message: Message, send: Send | None = None) -> OutboxMessage:
    """The row for one message, not saved."""
    return OutboxMessage(
        send=send,
        recipient=str(mail["To"]),
        sender=str(mail["From"]),
        subject=message.subject,
        headers={
            name: str(value) for name, value in mail.items() if not name.lower().startswith(("content-", "mime-"))
        },
        html=message.html,
        text=message.text,
    )


@transaction.atomic
def deliver(mails: Mapping[int, tuple[EmailMessage, Message]], sends: list[Send], token: uuid.UUID) -> int:
    """Keep these messages (by send) and mark their sends. Rows that are not ours any more are left alone."""
    ours = mark.sent_at_once(sends, token)
    OutboxMessage.objects.bulk_create(keep(*mails[send.pk], send) for send in ours)
    now = clock.now()
    for send in ours:
        send.state, send.sent_at, send.event_due = Send.State.SENT, now, True
        send.attempts, send.message_id = send.attempts + 1, str(mails[send.pk][0]["Message-ID"])
        send.lease_until = send.next_attempt_at = None
        send.reason = ""
    changed = ["state", "sent_at", "event_due", "attempts", "message_id", "lease_until", "next_attempt_at", "reason"]
    Send.objects.bulk_update(ours, changed, batch_size=500)
    return len(ours)
