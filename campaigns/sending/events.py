"""What a campaign did to people, told to contacts as ordinary events, so that lists can use it at once.

A send that is marked owes an event (`event_due`) and keeps owing it until the event is stored; the message id makes
a repetition harmless.
"""

from __future__ import annotations

import logging
import uuid
from typing import Any

from contacts import services as contacts
from crmseg.common import clock
from crmseg.common.actor import SYSTEM

from ..models import Arm, Campaign, Send

logger = logging.getLogger(__name__)

_CHANNELS = {"email": "Email", "sms": "SMS", "webhook": "Webhook"}
_KINDS = {
    "sent": "Sent",
    "failed": "Failed",
    "delivered": "Delivered",
    "opened": "Opened",
    "clicked": "Clicked",
    "bounced": "Bounced",
    "complained": "Complained",
    "unsubscribed": "Unsubscribed",
}
SOURCE = "campaigns"
AT_ONCE = 1_000


def record_due(token: uuid.UUID | None = None) -> int:
    """Store the events of up to `AT_ONCE` sends, of one lease if it is given; how many were done."""
    owed = Send.objects.filter(event_due=True)
    if token is not None:
        owed = owed.filter(lease_token=token)
    due = list(owed.order_by("pk")[:AT_ONCE])
    if due:
        campaigns = Campaign.objects.in_bulk({send.campaign_id for send in due})
        arms = dict(Arm.objects.filter(pk__in={send.arm_id for send in due if send.arm_id}).values_list("pk", "key"))
        told = [_of(send, campaigns[send.campaign_id], arms.get(send.arm_id or 0, "")) for send in due]
        result = contacts.record_events(told, actor=SYSTEM, source=SOURCE)
        for problem in result.problems:
            logger.warning("An event of a campaign was not stored: %s %s", problem.pointer, problem.message)
        Send.objects.filter(pk__in=[send.pk for send in due]).update(event_due=False)
    return len(due)


def name_of(channel: str, kind: str) -> str:
    """What the event is called: `Email Clicked`, `SMS Sent`."""
    return f"{_CHANNELS.get(channel, channel.capitalize())} {_KINDS[kind]}"


def all_names() -> list[str]:
    return [name_of(channel, kind) for channel in _CHANNELS for kind in _KINDS]


def event(
    name: str,
    campaign: Campaign,
    contact_id: int,
    at: object,
    *,
    key: str = "",
    occasion: int = 0,
    **properties: object,
) -> dict[str, object]:
    """`key` tells apart what can happen to one message more than once, `occasion` the messages of an automation."""
    message = f"{campaign.pk}:{contact_id}" + (f":{occasion}" if occasion else "")
    return {
        "contact": {"id": contact_id},
        "event": name,
        "occurred_at": at,
        "message_id": f"campaign:{message}:{name}" + (f":{key}" if key else ""),
        "properties": {"campaign_id": campaign.pk, "campaign_name": campaign.name} | properties,
    }


def _of(send: Send, campaign: Campaign, arm: str) -> dict[str, object]:
    properties: dict[str, Any] = {"arm": arm} if arm else {}
    if send.state == Send.State.SENT:
        at, name = send.sent_at or clock.now(), name_of(send.channel, "sent")
    else:
        at, name = clock.now(), name_of(send.channel, "failed")
        properties["reason"] = send.reason
    return event(name, campaign, send.contact_id, at.isoformat(), occasion=send.occasion, **properties)
