"""What follows from a bounce or a complaint: an address that must not be written to again.

A hard bounce (nobody has this mailbox) suppresses the address at once. A soft one (full, away, too large) may pass:
the third within thirty days suppresses it too. A complaint suppresses and unsubscribes.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from contacts import services as contacts
from contacts.models.consent import ConsentStatus
from crmseg.common.actor import Actor

from .. import suppressions
from ..models import Reaction, Send, Suppression
from ..privacy import FORGOTTEN

SOFT, WITHIN = 3, timedelta(days=30)
ACTOR = Actor("system", "mail server")


def suppress_bounced(send: Send, at: datetime, *, hard: bool, said: str) -> None:
    if hard or _soft_ones(send, at) >= SOFT:
        _suppress(send, Suppression.Reason.BOUNCE, said)


def suppress_complained(send: Send, *, said: str) -> None:
    _suppress(send, Suppression.Reason.COMPLAINT, said)
    contacts.set_consent(
        [send.contact_id],
        channel=send.channel,
        status=ConsentStatus.UNSUBSCRIBED,
        method="complaint",
        actor=Actor("system", "complaint"),
    )


def _soft_ones(send: Send, at: datetime) -> int:
    """Messages to the address that bounced softly within the thirty days up to this one."""
    soft = Reaction.objects.filter(
        kind=Reaction.Kind.BOUNCED, bounce="soft", at__gt=at - WITHIN, send__contact_id=send.contact_id
    )
    return soft.filter(send__address__iexact=send.address).values("send").distinct().count()


def _suppress(send: Send, reason: Suppression.Reason, said: str) -> None:
    if send.address and send.address != FORGOTTEN:
        found = [(send.address, said[: suppressions.LONGEST_NOTE])]
        suppressions.write(send.channel, found, reason, ACTOR, suppressions.Added())
