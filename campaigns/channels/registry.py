"""Every channel of campaigns: what its messages need, how one is written, and who takes it away."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from contacts.models import Contact

from ..content.compose import Composition
from ..content.loading import Values
from ..models import Campaign, Send
from ..sending.carrier import Carrier, Parcel
from ..tracking.links import Tracker


class Unwritable(ValueError):
    """There is no message for this person, as a sentence."""


@dataclass(frozen=True)
class Writing:
    """All that one person's message is made from. Without a tracker its links stay as they are."""

    campaign: Campaign
    send: Send
    contact: Contact
    composition: Composition
    loaded: Values
    sender: str
    unsubscribe_url: str
    preferences_url: str
    message_id: str
    tracker: Tracker | None = None


@dataclass(frozen=True)
class Channel:
    """`address` is the attribute of a contact that is written to; without one, everybody can be.

    `carrier` gives who takes messages away in this process, or None where they are kept in the outbox.
    """

    key: str
    label: str | Promise
    address: str
    write: Callable[[Writing], Parcel]
    carrier: Callable[[Campaign], Carrier | None]
    needs: frozenset[str] = field(default=frozenset())
    """Of "subject", "body", "text" and "webhook_url": what a campaign must have to start."""


BEST = "best"
"""Not a channel of its own: each person on the best channel they consented to."""

CHANNELS: dict[str, Channel] = {}


def register(channel: Channel) -> None:
    CHANNELS[channel.key] = channel


def choices() -> dict[str, str | Promise]:
    """What a campaign may choose, with words for people."""
    return {key: channel.label for key, channel in CHANNELS.items()} | {BEST: _("The best channel of each person")}


def needs_of(key: str) -> frozenset[str]:
    """What a start needs on this channel; what all may go out on needs the words of mail and of SMS."""
    if key == BEST:
        return frozenset({"subject", "body", "text"})
    return CHANNELS[key].needs if key in CHANNELS else frozenset()
