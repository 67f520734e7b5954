"""A test send: one message to one address, now. It leaves no row in the ledger, and its links unsubscribe nobody."""

from __future__ import annotations

import uuid
from collections.abc import Callable

from django.utils.translation import gettext as _

from contacts.models import Contact
from contacts.values import normal
from crmseg.common.problems import Conflict, InvalidInput, Problem

from .. import draft, selectors, unsubscribe
from ..channels import registry
from ..content import compose, loading
from ..content.liquid import TemplateError
from ..models import Arm, Campaign, Send
from . import mail, mime
from .carrier import Parcel
from .outcome import Outcome, Unreachable, Verdict
from .writing import write_letter


def send_test(campaign: Campaign, *, address: object, contact: Contact | None = None, arm: Arm | None = None) -> str:
    """Deliver as `contact` would see it (or the first person it would reach), in the words of the arm; return where it
    went: smtp, sms, webhook or outbox. What goes out on each one's best channel is tried by mail."""
    key = "email" if campaign.channel == registry.BEST else campaign.channel
    try:
        recipient = _READERS.get(key, _nowhere)(address)
    except ValueError as error:
        raise InvalidInput([Problem("/address", str(error))]) from error
    seen_by = contact or selectors.example_contact(campaign) or Contact(email=recipient)
    try:
        if key == "email":
            outcome = mail.send_one(_letter(campaign, arm, seen_by, recipient), timeout=10)
        else:
            outcome = _hand_over(campaign, _parcel(campaign, arm, seen_by, recipient))
    except (TemplateError, registry.Unwritable, mime.UnusableAddress) as error:
        raise Conflict(str(error)) from error
    except Unreachable as error:
        raise Conflict(_unreached(key) % {"reason": error}) from error
    if outcome is None:
        return "outbox"
    if outcome.verdict is not Verdict.SENT:
        raise Conflict(_refused(key) % {"reason": outcome.reason})
    return "smtp" if key == "email" else key


def _letter(campaign: Campaign, arm: Arm | None, seen_by: Contact, recipient: str) -> mime.Letter:
    return write_letter(
        compose.compose(campaign, arm),
        seen_by,
        sender=(arm.sender if arm else "") or campaign.sender,
        address=recipient,
        unsubscribe_url=unsubscribe.url(campaign.pk, unsubscribe.NOBODY),
        message_id=_message_id(),
    )


def _parcel(campaign: Campaign, arm: Arm | None, seen_by: Contact, recipient: str) -> Parcel:
    composition = compose.compose(campaign, arm)
    needs = composition.needs
    loaded = loading.load([seen_by.pk], needs)[seen_by.pk] if needs and seen_by.pk else loading.NOTHING
    url = unsubscribe.url(campaign.pk, unsubscribe.NOBODY)
    return registry.CHANNELS[campaign.channel].write(
        registry.Writing(
            campaign=campaign,
            send=Send(campaign=campaign, contact_id=seen_by.pk or 0, arm=arm, address=recipient),
            contact=seen_by,
            composition=composition,
            loaded=loaded,
            sender="",
            unsubscribe_url=url,
            preferences_url=url,
            message_id=_message_id(),
        )
    )


def _hand_over(campaign: Campaign, parcel: Parcel) -> Outcome | None:
    """None where it went into the outbox."""
    carrier = registry.CHANNELS[campaign.channel].carrier(campaign)
    if carrier is None:
        parcel.kept().save()
        return None
    carrier.ready(1)
    [outcome] = carrier.deliver([parcel])
    return outcome


def _message_id() -> str:
    return mime.message_id(f"test.{uuid.uuid4().hex[:12]}")


def _number(raw: object) -> str:
    return normal.phone(raw if isinstance(raw, str) else "", None)


def _nowhere(raw: object) -> str:
    """A service is named by the campaign."""
    return ""


def _unreached(key: str) -> str:
    if key == "email":
        return _("The mail server cannot be reached: %(reason)s")
    return _("The service cannot be reached: %(reason)s")


def _refused(key: str) -> str:
    if key == "email":
        return _("The mail server did not take the message: %(reason)s")
    return _("The service did not take the message: %(reason)s")


_READERS: dict[str, Callable[[object], str]] = {"email": draft.clean_address, "sms": _number}
