"""A test send: one message to one address, now. It leaves no row in the ledger, and its links unsubscribe nobody."""

from __future__ import annotations

import uuid

from django.utils.translation import gettext as _

from contacts.models import Contact
from crmseg.common.problems import Conflict, InvalidInput, Problem

from .. import draft, selectors, unsubscribe
from ..content import compose
from ..content.liquid import TemplateError
from ..models import Campaign
from . import mail, mime
from .outcome import Unreachable, Verdict
from .writing import write_letter


def send_test(campaign: Campaign, *, address: object, contact: Contact | None = None) -> str:
    """Deliver as `contact` would see it (or the first person it would reach); return where it went: smtp or outbox."""
    try:
        recipient = draft.clean_address(address)
    except ValueError as error:
        raise InvalidInput([Problem("/address", str(error))]) from error
    seen_by = contact or selectors.example_contact(campaign) or Contact(email=recipient)
    try:
        letter = write_letter(
            compose.compose(campaign),
            seen_by,
            sender=campaign.sender,
            address=recipient,
            unsubscribe_url=unsubscribe.url(campaign.pk, unsubscribe.NOBODY),
            message_id=mime.message_id(f"test.{uuid.uuid4().hex[:12]}"),
        )
    except (TemplateError, mime.UnusableAddress) as error:
        raise Conflict(str(error)) from error
    try:
        outcome = mail.send_one(letter, timeout=10)
    except Unreachable as error:
        raise Conflict(_("The mail server cannot be reached: %(reason)s") % {"reason": error}) from error
    if outcome is None:
        return "outbox"
    if outcome.verdict is not Verdict.SENT:
        raise Conflict(_("The mail server did not take the message: %(reason)s") % {"reason": outcome.reason})
    return "smtp"
