"""The link in every message by which its reader, and nobody else, unsubscribes.

It names the campaign and the contact and is signed; opening it changes nothing, because scanners open every link.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.db import transaction
from django.urls import reverse

from contacts import identity
from contacts import services as contacts
from contacts.models import Consent, Contact
from contacts.models.consent import ConsentStatus
from crmseg.common import clock
from crmseg.common.actor import Actor

from .models import Campaign, Send
from .sending import events

NOBODY = 0
METHOD = "unsubscribe link"
ACTOR = Actor("system", METHOD)
_signer = Signer(sep=".", salt="campaigns.unsubscribe")


class BadLink(ValueError):
    """Not a link of ours, or not whole."""


@dataclass(frozen=True)
class Link:
    campaign: Campaign | None
    contact: Contact | None
    """None where the contact was deleted since, and for test messages; the survivor where it was merged."""

    @property
    def is_unsubscribed(self) -> bool:
        subscribed = Consent.objects.filter(
            contact=self.contact, channel="email", topic="", status=ConsentStatus.SUBSCRIBED
        )
        return self.contact is None or not subscribed.exists()


def token(campaign_id: int, contact_id: int) -> str:
    return _signer.sign(f"{campaign_id}-{contact_id}")


def url(campaign_id: int, contact_id: int) -> str:
    return settings.PUBLIC_URL + reverse("campaigns:unsubscribe", args=[token(campaign_id, contact_id)])


def read(text: str) -> Link:
    try:
        campaign_id, contact_id = map(int, _signer.unsign(text).split("-"))
    except (BadSignature, ValueError) as error:
        raise BadLink from error
    return Link(
        campaign=Campaign.objects.filter(pk=campaign_id).first(),
        contact=Contact.objects.filter(pk=identity.survivor_of(contact_id) or contact_id).first(),
    )


@transaction.atomic
def unsubscribe(link: Link) -> None:
    """No more e-mail to this person, whatever sent it. A second time changes nothing."""
    if link.contact is None:
        return
    contacts.set_consent(
        [link.contact.pk], channel="email", status=ConsentStatus.UNSUBSCRIBED, method=METHOD, actor=ACTOR
    )
    if link.campaign is None:
        return
    now = clock.now()
    Send.objects.filter(campaign=link.campaign, contact_id=link.contact.pk, unsubscribed_at=None).update(
        unsubscribed_at=now
    )
    told = events.event(events.UNSUBSCRIBED, link.campaign, link.contact.pk, now.isoformat())
    contacts.record_events([told], actor=ACTOR, source=events.SOURCE)
