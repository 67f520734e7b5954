"""E-mail: through the mail server or the provider of `CRMSEG_EMAIL_URL`, else into the outbox."""

from __future__ import annotations

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from ..models import Campaign
from ..sending import kept_open, mail
from ..sending.carrier import Carrier
from ..sending.mime import Letter
from ..sending.writing import write_letter
from .registry import Channel, Writing, register


def write(writing: Writing) -> Letter:
    return write_letter(
        writing.composition,
        writing.contact,
        sender=writing.sender,
        address=writing.send.address,
        unsubscribe_url=writing.unsubscribe_url,
        message_id=writing.message_id,
        loaded=writing.loaded,
        preferences_url=writing.preferences_url,
        send_id=writing.send.pk,
        tracker=writing.tracker,
    )


def carrier(campaign: Campaign) -> Carrier | None:
    if not settings.EMAIL_URL:
        return None
    return kept_open.by(settings.EMAIL_URL, mail.carrier)


register(Channel("email", _("E-mail"), "email", write=write, carrier=carrier, needs=frozenset({"subject", "body"})))
