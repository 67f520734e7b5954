"""From sends to what travels: people read in one go, every message rendered, tracked and signed."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence

from django.utils.translation import gettext as _

from contacts.models import Contact

from .. import preferences, unsubscribe
from ..channels import registry
from ..content import compose, loading
from ..content.compose import Composition
from ..content.liquid import TemplateError
from ..content.reads import Needs
from ..models import Arm, Campaign, Send
from ..tracking import consent
from ..tracking.links import Tracker
from . import mime
from .carrier import Parcel
from .mime import Letter

logger = logging.getLogger(__name__)


class Writer:
    """The words of a campaign, parsed once. InvalidInput where they cannot be."""

    def __init__(self, campaign: Campaign):
        self.campaign = campaign
        self.tracker = Tracker(campaign)
        self.needs = Needs()
        arms: list[Arm | None] = [None, *campaign.arms.all()]
        self.compositions = {arm and arm.pk: compose.compose(campaign, arm) for arm in arms}
        for composition in self.compositions.values():
            self.needs |= composition.needs

    def write(
        self, sends: Sequence[Send], keep: Callable[[], None] = lambda: None
    ) -> tuple[dict[int, Parcel], dict[int, str]]:
        """The messages by send, and why there is none. `keep` is called between any two."""
        ids = [send.contact_id for send in sends]
        contacts = Contact.objects.select_related("company").in_bulk(ids)
        unwatched = consent.refused(ids)
        loaded = loading.load(ids, self.needs) if self.needs else {}
        parcels: dict[int, Parcel] = {}
        unwritable: dict[int, str] = {}
        for send in sends:
            keep()
            contact = contacts.get(send.contact_id)
            if contact is None:
                unwritable[send.pk] = _("The contact was deleted.")
                continue
            try:
                parcels[send.pk] = self._one(
                    send, contact, loaded.get(contact.pk, loading.NOTHING), is_watched=contact.pk not in unwatched
                )
            except (TemplateError, registry.Unwritable) as error:
                unwritable[send.pk] = str(error)
            except mime.UnusableAddress:
                unwritable[send.pk] = _("This is not an address that mail can be sent to.")
            except Exception:
                # One person's message must not keep all the others waiting for ever.
                logger.exception("The message of send %s cannot be made", send.pk)
                unwritable[send.pk] = _("The message could not be made; the log of the worker says more.")
        return parcels, unwritable

    def _one(self, send: Send, contact: Contact, loaded: loading.Values, *, is_watched: bool) -> Parcel:
        composition = self.compositions.get(send.arm_id) or self.compositions[None]
        return registry.CHANNELS[send.channel].write(
            registry.Writing(
                campaign=self.campaign,
                send=send,
                contact=contact,
                composition=composition,
                loaded=loaded,
                sender=(send.arm.sender if send.arm else "") or self.campaign.sender,
                unsubscribe_url=unsubscribe.url(self.campaign.pk, contact.pk),
                preferences_url=preferences.url(self.campaign.pk, contact.pk),
                message_id=mime.message_id(send.pk),
                tracker=self.tracker if is_watched else None,
            )
        )


def write_letter(
    composition: Composition,
    contact: Contact,
    *,
    sender: str,
    address: str,
    unsubscribe_url: str,
    message_id: str,
    loaded: loading.Values | None = None,
    preferences_url: str = "",
    send_id: int = 0,
    tracker: Tracker | None = None,
) -> Letter:
    """One person's mail, rendered and ready to travel."""
    message = composition.render(contact, unsubscribe_url, loaded, preferences_url=preferences_url)
    if tracker is not None:
        message = compose.Message(
            message.subject, tracker.rewrite(message.html, send_id), tracker.rewrite_text(message.text, send_id)
        )
    return mime.write(
        message,
        sender=sender,
        address=address,
        name=contact.full_name,
        message_id=message_id,
        unsubscribe_url=unsubscribe_url,
    )
