"""SMS: through the provider of `CRMSEG_SMS_URL`, else into the outbox."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ..models import Campaign, OutboxMessage
from ..sending import kept_open
from ..sending.carrier import Carrier
from . import sms_providers
from .registry import Channel, Unwritable, Writing, register

LONGEST = 1_600


@dataclass(frozen=True)
class Text:
    recipient: str
    text: str
    message_id: str

    def kept(self, send_id: int | None = None) -> OutboxMessage:
        return OutboxMessage(send_id=send_id, recipient=self.recipient, sender="SMS", subject="", text=self.text)


def write(writing: Writing) -> Text:
    """The plain text of the message, and nothing added to it."""
    number = re.sub(r"[\s().\-/]", "", writing.send.address)
    if not re.fullmatch(r"\+?[0-9]{5,15}", number):
        raise Unwritable(_("This is not a number that an SMS can be sent to."))
    message = replace(writing.composition, channel="sms").render(
        writing.contact, writing.unsubscribe_url, writing.loaded, preferences_url=writing.preferences_url
    )
    text = message.text.strip()
    if writing.tracker is not None:
        text = writing.tracker.rewrite_text(text, writing.send.pk)
    if not text:
        raise Unwritable(_("The message is empty for this person."))
    if len(text) > LONGEST:
        raise Unwritable(_("The message is longer than %(limit)s characters.") % {"limit": f"{LONGEST:,}"})
    return Text(number, text, writing.message_id)


def carrier(campaign: Campaign) -> Carrier | None:
    return kept_open.by(settings.SMS_URL, sms_providers.Gateway) if settings.SMS_URL else None


register(Channel("sms", gettext_lazy("SMS"), "phone", write=write, carrier=carrier, needs=frozenset({"body"})))
