"""The link in every message by which its reader, and nobody else, unsubscribes.

It names the campaign and the contact and is signed; opening it changes nothing, because scanners open every link.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache

from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.db import transaction
from django.db.models import F
from django.urls import reverse
from django.utils.translation import gettext_lazy

from contacts import identity
from contacts import services as contacts
from contacts.channels import CHANNELS
from contacts.models import Consent, Contact
from contacts.models.consent import ConsentStatus
from crmseg.common import clock
from crmseg.common.actor import Actor

from .models import Campaign, Reaction, Send
from .tracking.record import record

NOBODY = 0
METHOD = "unsubscribe link"
ACTOR = Actor("system", METHOD)
_signer = Signer(sep=".", salt="campaigns.unsubscribe")


class BadLink(ValueError):
    """Not a link of ours, or not whole."""


REASONS = {
    "too_often": gettext_lazy("You write too often"),
    "not_relevant": gettext_lazy("The messages do not interest me"),
    "never_asked": gettext_lazy("I never asked for them"),
    "other": gettext_lazy("Something else"),
}
"""Why somebody does not want to hear more; her own words stand for `other`."""
LONGEST_REASON = 300


@dataclass(frozen=True)
class Link:
    campaign: Campaign | None
    contact: Contact | None
    """None where the contact was deleted since, and for test messages; the survivor where it was merged."""

    @cached_property
    def send(self) -> Send | None:
        if self.campaign is None or self.contact is None:
            return None
        # An automation may have written to her more than once: the latest it is.
        hers = Send.objects.filter(campaign=self.campaign, contact_id=self.contact.pk)
        latest = hers.order_by(F("sent_at").desc(nulls_last=True), "-pk")
        return latest.select_related("arm", "campaign").first()

    @property
    def channel(self) -> str:
        """What the message came by; by e-mail where nobody knows, as of what a service was told."""
        if self.send is not None and self.send.channel in CHANNELS:
            return self.send.channel
        return self.campaign.channel if self.campaign and self.campaign.channel in CHANNELS else "email"

    @property
    def is_unsubscribed(self) -> bool:
        return self.contact is None or not is_subscribed(self.contact, self.channel)


def page(name: str, token: str) -> str:
    """The path of the page `name` for a token. Every message has two of them, so it is looked up once."""
    before, after = _around(name)
    return before + token + after


@lru_cache
def _around(name: str) -> tuple[str, str]:
    before, _mark, after = reverse(f"campaigns:{name}", args=["-"]).rpartition("-")
    return before, after


def token(campaign_id: int, contact_id: int) -> str:
    return _signer.sign(f"{campaign_id}-{contact_id}")


def url(campaign_id: int, contact_id: int) -> str:
    return settings.PUBLIC_URL + page("unsubscribe", token(campaign_id, contact_id))


def read(text: str) -> Link:
    try:
        campaign_id, contact_id = map(int, _signer.unsign(text).split("-"))
    except (BadSignature, ValueError) as error:
        raise BadLink from error
    return link_of(campaign_id, contact_id)


def link_of(campaign_id: int, contact_id: int) -> Link:
    return Link(
        campaign=Campaign.objects.filter(pk=campaign_id).first(),
        contact=Contact.objects.filter(pk=identity.survivor_of(contact_id) or contact_id).first(),
    )


def is_subscribed(contact: Contact, channel: str) -> bool:
    said = Consent.objects.filter(contact=contact, channel=channel, topic="", status=ConsentStatus.SUBSCRIBED)
    return said.exists()


@transaction.atomic
def unsubscribe(link: Link) -> None:
    """No more on this channel to this person, whatever sent it. A second time changes nothing."""
    if link.contact is None:
        return
    contacts.set_consent(
        [link.contact.pk], channel=link.channel, status=ConsentStatus.UNSUBSCRIBED, method=METHOD, actor=ACTOR
    )
    if link.send is not None:
        record(link.send, Reaction.Kind.UNSUBSCRIBED, clock.now(), key=f"{link.send.pk}:unsubscribed")


def give_reason(link: Link, reason: str, words: str) -> bool:
    """Keep why she left, by a word of `REASONS` or in her own; False where it is no reason or nobody left."""
    if reason not in REASONS or link.send is None:
        return False
    told = " ".join(words.split())[:LONGEST_REASON] if reason == "other" else ""
    left = Send.objects.filter(pk=link.send.pk).exclude(unsubscribed_at=None)
    return left.update(unsubscribe_reason=told or reason) == 1
