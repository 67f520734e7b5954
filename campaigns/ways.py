"""On which channel a person is written to, and at which address, as SQL on the contact `contact`.

Messages to a service (`webhook`) are about people, not to them: they need no address of theirs, and no consent but to
the topic. A campaign on the best channel takes, for each person, the one that she answers most on, of those on which
she can be written to.
"""

from __future__ import annotations

from contacts.channels import ADDRESSES

BEST, WEBHOOK = "best", "webhook"
CHANNELS = ("email", "sms")
"""What a campaign on the best channel chooses from, in the order in which they count where nothing is known."""


ADDRESSED = tuple(ADDRESSES)
"""Channels with addresses of people, which can be suppressed."""


def channels_of(channel: str) -> tuple[str, ...]:
    return CHANNELS if channel == BEST else (channel,)


def address(channel: str) -> str:
    """A text, empty where there is none."""
    if channel == WEBHOOK:
        return "contact.id::text"
    return f"btrim(COALESCE(contact.\"{ADDRESSES[channel]}\", ''))"


def needs_consent(channel: str) -> bool:
    return channel != WEBHOOK


def has_domain(channel: str) -> bool:
    """Whether its addresses are those of mailboxes."""
    return ADDRESSES.get(channel) == "email"
