"""What a provider that delivers for us reports of a message: delivered, bounced, complained, unsubscribed.

Reports come in any order and more than once; each kind counts once for a message. A provider's own counting of openings
and clicks is left alone: ours tells programs from people. Reports about messages that are not ours are none of ours.
"""

from __future__ import annotations

import re
from typing import Any

from crmseg.common import clock
from crmseg.common.ids import read_id

from .. import unsubscribe
from ..models import Reaction, Send
from .record import record

Kind = Reaction.Kind
_KINDS = {
    "delivered": Kind.DELIVERED,
    "bounced": Kind.BOUNCED,
    "rejected": Kind.BOUNCED,
    "complained": Kind.COMPLAINED,
    "unsubscribed": Kind.UNSUBSCRIBED,
}
# A provider that will not even try says why: because of what it was told before.
_REJECTED = {"spam": Kind.COMPLAINED, "unsubscribed": Kind.UNSUBSCRIBED}
# SendGrid says it as the type of a bounce.
_FOR_GOOD = {"bounced", "invalid", "bounce"}
_FOR_NOW = re.compile(
    r"\b4\d\d\b|\b4\.\d{1,3}\.\d{1,3}\b|\b5\.2\.2\b|soft|transient|temporar|over quota|"
    r"(mailbox|quota).{0,20}(full|exceed)",
    re.IGNORECASE,
)


def connect() -> None:
    from anymail.signals import tracking

    tracking.connect(_listen, dispatch_uid="campaigns.tracking.reports")


def _listen(sender: object, event: Any, esp_name: str, **kwargs: object) -> None:
    keep(event)


def keep(event: Any) -> bool:
    """Write a report down (an `AnymailTrackingEvent`); False where there is nothing to write, or it was written."""
    kind = _KINDS.get(event.event_type)
    if event.event_type == "rejected":
        kind = _REJECTED.get(event.reject_reason, kind)
    send = _send_of(event) if kind else None
    if kind is None or send is None:
        return False
    if kind == Kind.UNSUBSCRIBED:
        unsubscribe.unsubscribe(unsubscribe.link_of(send.campaign_id, send.contact_id))
        return True
    hard = kind != Kind.BOUNCED or is_hard(event)
    key = f"{send.pk}:{kind}" if hard else f"{send.pk}:{kind}:soft"
    return record(send, kind, event.timestamp or clock.now(), hard=hard, said=_words(event)[:500], key=key)


def is_hard(event: Any) -> bool:
    """Whether the mailbox is not there, rather than full, away, or in doubt about us."""
    reason = event.reject_reason or (event.esp_event.get("type") if isinstance(event.esp_event, dict) else None)
    return reason in _FOR_GOOD and _FOR_NOW.search(_words(event)) is None


def _words(event: Any) -> str:
    kind = event.esp_event.get("Type") if isinstance(event.esp_event, dict) else None
    said = (str(part) for part in (kind, event.description, event.mta_response) if part)
    return " ".join(" ".join(said).split())


def _send_of(event: Any) -> Send | None:
    """By the number we gave along, if the address is that send's; else by the provider's own name for it."""
    sends = Send.objects.select_related("campaign", "arm")
    given = read_id(str((event.metadata or {}).get("send", "")))
    if given is not None:
        found = sends.filter(pk=given).first()
        if found and (event.recipient or "").casefold() in {"", found.address.casefold()}:
            return found
    name = (event.message_id or "").strip("<>")
    return sends.filter(provider_id__in=[name, f"<{name}>"]).first() if name else None
