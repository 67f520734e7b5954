"""The built-in outbox, for where no mail server is configured: messages are kept to be looked at.

Keeping a message and marking its send are one transaction: exactly once, whatever is killed.
"""

from __future__ import annotations

from collections.abc import Mapping

from django.db import transaction

from ..models import OutboxMessage
from . import mark
from .carrier import Parcel
from .lease import Lease


@transaction.atomic
def deliver(parcels: Mapping[int, Parcel], taken: Lease) -> None:
    """Keep these messages (by send) and mark their sends. Rows that are not ours any more are left alone."""
    ours = mark.sent_at_once(taken.token, {pk: parcel.message_id for pk, parcel in parcels.items()})
    OutboxMessage.objects.bulk_create((parcels[pk].kept(pk) for pk in sorted(ours)), batch_size=500)
