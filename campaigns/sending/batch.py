"""One batch of a campaign, from lease to mark."""

from __future__ import annotations

import logging
from datetime import timedelta

from django.conf import settings
from django.utils.translation import gettext as _

from contacts.models import Contact
from crmseg.common import clock
from crmseg.common.actor import SYSTEM
from crmseg.common.problems import InvalidInput

from .. import audience, unsubscribe
from ..content import compose
from ..content.compose import Composition
from ..content.liquid import TemplateError
from ..models import Campaign, CampaignNote, Send
from . import finish, lease, mark, mime, outbox
from .mime import Letter
from .outcome import Unreachable
from .smtp import Mailer

logger = logging.getLogger(__name__)

SIZE = 100
OUTBOX_SIZE = 500
TRY_AGAIN = timedelta(seconds=30)


def send_batch(campaign_id: int) -> bool:
    """Deliver some of what is due. True while more is due now."""
    campaign = Campaign.objects.filter(pk=campaign_id, state=Campaign.State.SENDING).first()
    if campaign is None or (campaign.retry_at and campaign.retry_at > clock.now()):
        return False
    try:
        composition = compose.compose(campaign)
    except InvalidInput as error:
        _stop(campaign, str(error))
        return False
    taken = lease.take(campaign_id, SIZE if settings.EMAIL_URL else OUTBOX_SIZE)
    if not taken.sends:
        finish.finish_if_done(campaign_id)
        return False
    try:
        _deliver(campaign, composition, taken)
    except Unreachable as error:
        mark.in_trouble(campaign, str(error), TRY_AGAIN)
        return False
    finally:
        lease.release(taken.token)
        finish.skip_cancelled()
    mark.out_of_trouble(campaign)
    return not finish.finish_if_done(campaign_id)


def _deliver(campaign: Campaign, composition: Composition, taken: lease.Lease) -> None:
    refused = audience.refusals(campaign, [send.contact_id for send in taken.sends])
    mark.skip(taken.token, refused)
    wanted = [send for send in taken.sends if send.contact_id not in refused]
    letters, unwritable = _write(campaign, composition, wanted, taken)
    mark.fail(taken.token, unwritable)
    if settings.EMAIL_URL:
        _through_server(campaign, letters, [send for send in wanted if send.pk in letters], taken)
    else:
        outbox.deliver(letters, taken.token)


def _through_server(campaign: Campaign, letters: dict[int, Letter], sends: list[Send], taken: lease.Lease) -> None:
    marker = mark.Marker(campaign, taken.token)
    with Mailer(settings.EMAIL_URL) as mailer:
        try:
            for send in sends:
                taken.keep()
                mailer.connect()
                letter = letters[send.pk]
                data = letter.as_bytes()
                if marker.begin(send, letter.message_id):
                    marker.answered(send, mailer.deliver(data, letter.sender.address, letter.recipient.address))
        finally:
            marker.flush()


def _write(
    campaign: Campaign, composition: Composition, sends: list[Send], taken: lease.Lease
) -> tuple[dict[int, Letter], dict[int, str]]:
    """The messages by send, and why there is none."""
    contacts = Contact.objects.select_related("company").in_bulk([send.contact_id for send in sends])
    letters: dict[int, Letter] = {}
    unwritable: dict[int, str] = {}
    for send in sends:
        taken.keep()
        contact = contacts.get(send.contact_id)
        if contact is None:
            unwritable[send.pk] = _("The contact was deleted.")
            continue
        try:
            letters[send.pk] = write(
                composition,
                contact,
                sender=campaign.sender,
                address=send.address,
                unsubscribe_url=unsubscribe.url(campaign.pk, contact.pk),
                message_id=mime.message_id(send.pk),
            )
        except TemplateError as error:
            unwritable[send.pk] = str(error)
        except mime.UnusableAddress:
            unwritable[send.pk] = _("This is not an address that mail can be sent to.")
        except Exception:
            # One person's message must not keep all the others waiting for ever.
            logger.exception("The message of send %s cannot be made", send.pk)
            unwritable[send.pk] = _("The message could not be made; the log of the worker says more.")
    return letters, unwritable


def write(
    composition: Composition, contact: Contact, *, sender: str, address: str, unsubscribe_url: str, message_id: str
) -> Letter:
    """One person's message, rendered and ready to travel."""
    return mime.write(
        composition.render(contact, unsubscribe_url),
        sender=sender,
        address=address,
        name=contact.full_name,
        message_id=message_id,
        unsubscribe_url=unsubscribe_url,
    )


def _stop(campaign: Campaign, reason: str) -> None:
    """Pause a campaign that cannot go on by itself, and say why."""
    paused = Campaign.objects.filter(pk=campaign.pk, state=Campaign.State.SENDING).update(
        state=Campaign.State.PAUSED, trouble=reason[:500]
    )
    if paused:
        CampaignNote.objects.create(campaign=campaign, what="paused", actor=str(SYSTEM))
