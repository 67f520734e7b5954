"""The channels on which people can be reached, and which attribute holds the address: the one list of them.

Rooms above read it here. An account may declare more channels to ask about (`contacts.consent_topics`); those have no
address that the product could write to.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class Channel:
    key: str
    label: str | Promise
    address: str
    icon: str


CHANNELS = {
    channel.key: channel
    for channel in (
        Channel("email", _("E-mail"), "email", "mail"),
        Channel("sms", _("SMS"), "phone", "message"),
        Channel("phone", _("Phone"), "phone", "phone"),
        Channel("whatsapp", _("WhatsApp"), "phone", "message-circle"),
    )
}
ADDRESSES = {channel.key: channel.address for channel in CHANNELS.values()}
