"""The built-in outbox, for where no mail server is configured: messages are kept to be looked at.

Keeping a message and marking its send are one transaction: exactly once, whatever is killed.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping

from django.db import transaction

from ..models import OutboxMessage
from . import mark
from .mime import Letter


def keep(letter: Letter, send_id: int | None = None) -> OutboxMessage:
    """The row for one message, not saved."""
    return OutboxMessage(
        send_id=send_id,
        recipient=str(letter.recipient),
        sender=str(letter.sender),
        subject=letter.message.subject,
        headers=letter.headers,
        html=letter.message.html,
        text=letter.message.text,
    )


@transaction.atomic
def deliver(letters: Mapping[int, Letter], token: uuid.UUID) -> None:
    """Keep these messages (by send) and mark their sends. Rows that are not ours any more are left alone."""
    ours = mark.sent_at_once(token, {pk: letter.message_id for pk, letter in letters.items()})
    OutboxMessage.objects.bulk_create((keep(letters[pk], pk) for pk in sorted(ours)), batch_size=500)
