"""A test send: one message to one address, now. It leaves no row in the ledger, and its links unsubscribe nobody."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.utils.translation import gettext as _

from contacts.models import Contact
from crmseg.common.problems import Conflict, InvalidInput, Problem

from .. import draft, selectors, unsubscribe
from ..content import compose
from ..content.liquid import TemplateError
from ..models import Campaign
from . import mime, outbox
from .batch import write
from .outcome import Unreachable, Verdict
from .smtp import Mailer


def send_test(campaign: Campaign, *, address: object, contact: Contact | None = None) -> str:
    """Deliver as `contact` would see it (or the first person it would reach); return where it went: smtp or outbox."""
    try:
        recipient = draft.clean_address(address)
    except ValueError as error:
        raise InvalidInput([Problem("/address", str(error))]) from error
    seen_by = contact or selectors.example_contact(campaign) or Contact(email=recipient)
    try:
        letter = write(
            compose.compose(campaign),
            seen_by,
            sender=campaign.sender,
            address=recipient,
            unsubscribe_url=unsubscribe.url(campaign.pk, unsubscribe.NOBODY),
            message_id=mime.message_id(f"test.{uuid.uuid4().hex[:12]}"),
        )
    except (TemplateError, mime.UnusableAddress) as error:
        raise Conflict(str(error)) from error
    if not settings.EMAIL_URL:
        outbox.keep(letter).save()
        return "outbox"
    with Mailer(settings.EMAIL_URL, timeout=10) as mailer:
        try:
            mailer.connect()
        except Unreachable as error:
            raise Conflict(_("The mail server cannot be reached: %(reason)s") % {"reason": error}) from error
        outcome = mailer.deliver(letter.as_bytes(), letter.sender.address, letter.recipient.address)
    if outcome.verdict is not Verdict.SENT:
        raise Conflict(_("The mail server did not take the message: %(reason)s") % {"reason": outcome.reason})
    return "smtp"
