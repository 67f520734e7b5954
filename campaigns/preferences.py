"""What somebody wants to hear, said by herself with the link of a message: topics, everything or nothing, her language.

The link names the campaign and the contact and is signed; it is not a link that unsubscribes, and that one is not this.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.db import transaction

from contacts import services as contacts
from contacts.models import Consent, ConsentTopic, Contact
from contacts.models.consent import ConsentStatus
from crmseg.common.actor import Actor

from . import unsubscribe
from .tracking import consent
from .unsubscribe import BadLink, Link

METHOD = "preference centre"
ACTOR = Actor("system", METHOD)
_signer = Signer(sep=".", salt="campaigns.preferences")


@dataclass(frozen=True)
class Topic:
    key: str
    label: str
    description: str
    wanted: bool


def url(campaign_id: int, contact_id: int) -> str:
    """What messages know as `preferences_url`."""
    return settings.PUBLIC_URL + path(campaign_id, contact_id)


def path(campaign_id: int, contact_id: int) -> str:
    return unsubscribe.page("preferences", _signer.sign(f"{campaign_id}-{contact_id}"))


def read(token: str) -> Link:
    try:
        campaign_id, contact_id = map(int, _signer.unsign(token).split("-"))
    except (BadSignature, ValueError) as error:
        raise BadLink from error
    return unsubscribe.link_of(campaign_id, contact_id)


def topics_of(contact: Contact, channel: str) -> list[Topic]:
    """The declared topics of the channel, as they are called in the present language."""
    answers = Consent.objects.filter(contact=contact, channel=channel).exclude(topic="")
    said = {topic: status for topic, status in answers.values_list("topic", "status") if status != ConsentStatus.NEVER}
    declared = [one for one in ConsentTopic.objects.order_by("key") if not one.channels or channel in one.channels]
    return [
        Topic(one.key, str(one), one.description, said.get(one.key, one.default) == ConsentStatus.SUBSCRIBED)
        for one in declared
    ]


@transaction.atomic
def choose(contact: Contact, channel: str, *, wanted: Collection[str], everything: bool) -> None:
    """Keep her answers: the topics she wants, and whether she is written to at all. Only what is news is written.

    A pause leaves the answers to topics as they are, so that they hold again when it ends.
    """
    if everything:
        for topic in topics_of(contact, channel):
            if (topic.key in wanted) != topic.wanted:
                _answer(contact, channel, topic.key, topic.key in wanted)
    if everything != unsubscribe.is_subscribed(contact, channel):
        _answer(contact, channel, "", everything)


def speak(contact: Contact, language: str) -> None:
    """Write to her in another language from now on."""
    if language in dict(settings.LANGUAGES) and (contact.language or "") != language:
        contacts.update_contact(contact.pk, data={"language": language}, actor=ACTOR)
        contact.refresh_from_db(fields=["language"])


def watch(contact: Contact, *, yes: bool) -> None:
    """Whether her openings and clicks may be seen."""
    if yes == (contact.pk in consent.refused([contact.pk])):
        _answer(contact, consent.CHANNEL, "", yes)


def _answer(contact: Contact, channel: str, topic: str, yes: bool) -> None:
    status = ConsentStatus.SUBSCRIBED if yes else ConsentStatus.UNSUBSCRIBED
    contacts.set_consent([contact.pk], channel=channel, topic=topic, status=status, method=METHOD, actor=ACTOR)
