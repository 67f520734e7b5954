"""Who must not be watched: whoever said no on the channel `tracking`, and where the account asks first, whoever did not
say yes."""

from __future__ import annotations

from collections.abc import Iterable

from contacts.models import Consent
from contacts.models.consent import ConsentStatus

from ..models import SendingPolicy

CHANNEL = "tracking"


def refused(contact_ids: Iterable[int]) -> set[int]:
    """Those of them whose messages get no picture and plain links, and whose openings are not kept."""
    ids = set(contact_ids)
    answers = Consent.objects.filter(contact__in=ids, channel=CHANNEL, topic="")
    if asks_first():
        return ids - set(answers.filter(status=ConsentStatus.SUBSCRIBED).values_list("contact_id", flat=True))
    return set(answers.filter(status=ConsentStatus.UNSUBSCRIBED).values_list("contact_id", flat=True))


def asks_first() -> bool:
    return SendingPolicy.objects.filter(pk=1, tracks_without_consent=False).exists()
