"""Double opt-in: somebody asked to be written to, and her yes counts once she confirms it by a link sent to her.

Until then her consent stays as it was. The mail is claimed before it is handed over, so that a worker that is killed
between sends it not twice; whoever waits in vain asks again. Opening the link changes nothing, its button does.
"""

from __future__ import annotations

import logging
from datetime import timedelta

from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.db import transaction
from django.db.models import Q
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from contacts import identity
from contacts import services as contacts
from contacts.models import AttributeHistory, ConsentTopic, Contact
from contacts.models.consent import ConsentStatus
from crmseg.access import account, audit
from crmseg.common import clock
from crmseg.common.actor import Actor
from crmseg.common.problems import Conflict, InvalidInput, Problem

from . import draft, tasks, unsubscribe
from .content.compose import Message, language_of, one_line
from .models import OptIn, Suppression
from .sending import mail, mime
from .sending.outcome import Unreachable, Verdict

logger = logging.getLogger(__name__)

CHANNEL = "email"
METHOD = "double opt-in"
ACTOR = Actor("system", METHOD)
ASK_AGAIN, GOOD_FOR, TRY_FOR = timedelta(hours=1), timedelta(days=30), timedelta(hours=12)
MOST_UNASKED, UNASKED_WITHIN = 3, timedelta(days=7)
"""So often a week strangers may have somebody asked who does not answer."""
_signer = Signer(sep=".", salt="campaigns.opt_in")


class BadLink(ValueError):
    """Not a link of ours, or not whole."""


@transaction.atomic
def ask(contact_id: int, *, topic: str = "", actor: Actor) -> OptIn:
    """Send the link to confirm by, at most once an hour; Conflict where there is nothing to ask, or no way to.

    Raises Contact.DoesNotExist.
    """
    contact = Contact.objects.select_for_update().get(pk=contact_id)
    if topic and not ConsentTopic.objects.filter(key=topic).exists():
        raise InvalidInput([Problem("/topic", _("There is no such topic."))])
    _check(contact, topic)
    asked = OptIn.objects.filter(contact_id=contact.pk, channel=CHANNEL, topic=topic, confirmed_at=None)
    waiting = asked.filter(asked_at__gt=clock.now() - ASK_AGAIN).order_by("-pk").first()
    if waiting is not None:
        return waiting
    made = OptIn.objects.create(contact_id=contact.pk, channel=CHANNEL, topic=topic)
    audit.record_person(actor, "updated", contact, {"opt_in": {"channel": CHANNEL, "topic": topic}})
    tasks.ring_opt_in()
    return made


def is_pestered(contact_id: int) -> bool:
    """Whether she was asked often enough without an answer: anybody may write her address into a public form."""
    lately = OptIn.objects.filter(contact_id=contact_id, confirmed_at=None, asked_at__gt=clock.now() - UNASKED_WITHIN)
    return lately.count() >= MOST_UNASKED


def _check(contact: Contact, topic: str) -> None:
    address = (contact.email or "").strip()
    if not address:
        raise Conflict(_("This contact has no e-mail address."))
    same = Q(address__iexact=address) | Q(address__iexact="@" + address.rpartition("@")[2])
    if Suppression.objects.filter(same, channel=CHANNEL).exists():
        raise Conflict(_("This address is suppressed: nothing is sent to it."))
    if _has_said_yes(contact, topic):
        raise Conflict(_("This contact is subscribed already."))


def _has_said_yes(contact: Contact, topic: str) -> bool:
    said = contact.consents.filter(channel=CHANNEL, status=ConsentStatus.SUBSCRIBED, topic__in={"", topic})
    return said.count() == len({"", topic})


def deliver_due() -> int:
    """Send the mails that wait; how many went out."""
    sent = 0
    for pk in OptIn.objects.filter(sent_at=None, asked_at__gt=clock.now() - TRY_FOR).values_list("pk", flat=True)[:500]:
        if not OptIn.objects.filter(pk=pk, sent_at=None).update(sent_at=clock.now()):
            continue  # another worker has it
        try:
            sent += _deliver(OptIn.objects.get(pk=pk))
        except Unreachable as error:
            logger.warning("The mail server cannot be reached: %s", error)
            OptIn.objects.filter(pk=pk).update(sent_at=None)
            break
    return sent


def _deliver(asked: OptIn) -> bool:
    contact = Contact.objects.filter(pk=identity.survivor_of(asked.contact_id) or asked.contact_id).first()
    if contact is None or not contact.email:
        return False
    try:
        letter = mime.write(
            _message(asked, contact),
            sender="",
            address=contact.email,
            name=contact.full_name,
            message_id=mime.message_id(f"opt-in.{asked.pk}"),
            unsubscribe_url=unsubscribe.url(unsubscribe.NOBODY, contact.pk),
        )
    except mime.UnusableAddress:
        return False
    outcome = mail.send_one(letter)
    if outcome is None:
        return True
    if outcome.verdict is Verdict.RETRY:
        raise Unreachable(outcome.reason)
    return outcome.verdict is Verdict.SENT


def _message(asked: OptIn, contact: Contact) -> Message:
    """In the language of the contact."""
    with translation.override(language_of(contact)):
        who = account.current().name or draft.mail_host()
        said = {"url": url(asked), "account": who, "topic": topic_name(asked), "contact": contact}
        return Message(
            subject=one_line(_("Please confirm that we may write to you")),
            html=render_to_string("campaigns/mail/opt_in.html", said),
            text=render_to_string("campaigns/mail/opt_in.txt", said),
        )


def url(asked: OptIn) -> str:
    return settings.PUBLIC_URL + reverse("campaigns:opt-in", args=[_signer.sign(str(asked.pk))])


def read(token: str) -> OptIn:
    """What waits to be confirmed, or was; BadLink also where it waited too long, or went to an address that is hers no
    longer: whoever reads that mailbox says nothing about the new one."""
    try:
        asked = OptIn.objects.filter(pk=int(_signer.unsign(token))).first()
    except (BadSignature, ValueError) as error:
        raise BadLink from error
    if asked is None or clock.now() - asked.asked_at > GOOD_FOR:
        raise BadLink
    moved = AttributeHistory.objects.filter(contact_id=asked.contact_id, key="email")
    if moved.filter(at__gt=asked.sent_at or asked.asked_at).exists():
        raise BadLink
    return asked


@transaction.atomic
def confirm(asked: OptIn, text_shown: str) -> bool:
    """Her yes counts from now on; a second time changes nothing, so that a later no is not undone by an old link."""
    if not OptIn.objects.filter(pk=asked.pk, confirmed_at=None).update(confirmed_at=clock.now()):
        return False
    for topic in dict.fromkeys(("", asked.topic)):
        contacts.set_consent(
            [asked.contact_id],
            channel=asked.channel,
            topic=topic,
            status=ConsentStatus.SUBSCRIBED,
            method=METHOD,
            text_shown=text_shown,
            actor=ACTOR,
        )
    return True


def topic_name(asked: OptIn) -> str:
    declared = ConsentTopic.objects.filter(key=asked.topic).first() if asked.topic else None
    return str(declared) if declared else asked.topic


def waiting_of(contact_id: int) -> OptIn | None:
    """The latest question that she has not answered yet."""
    open_ = OptIn.objects.filter(contact_id=contact_id, confirmed_at=None, asked_at__gt=clock.now() - GOOD_FOR)
    return open_.order_by("-pk").first()
