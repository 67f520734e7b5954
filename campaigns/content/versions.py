"""What a campaign said before: its words, kept at each change by a person, to be looked at and taken back.

The writing page saves every few seconds. What the same person writes within a while is one version.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from crmseg.common import clock
from crmseg.common.actor import Actor

from ..models import Campaign, CampaignVersion
from .words import BODIES

KEPT = ("subject", "sender", *BODIES, "translations")
"""The fields that a version holds."""
ONE_SITTING = timedelta(minutes=10)
MOST = 200


def words_of(campaign: Campaign) -> dict[str, Any]:
    return {key: getattr(campaign, key) for key in KEPT}


def keep(campaign: Campaign, *, actor: Actor, apart: bool = False) -> CampaignVersion | None:
    """The words as they are now, within the caller's transaction, which holds the campaign; nothing where they are
    those of the last version. `apart`: a version of its own, whoever wrote last."""
    words, now, by = words_of(campaign), clock.now(), str(actor)
    last = campaign.versions.order_by("-number").first()
    if last is None and not any(words.values()):
        return None
    if last and last.words == words:
        return last
    if last and not apart and last.number > 1 and last.created_by == by and last.created_at > now - ONE_SITTING:
        last.words = words
        last.save(update_fields=["words"])
        return last
    number = last.number + 1 if last else 1
    campaign.versions.filter(number__lte=number - MOST).delete()
    return CampaignVersion.objects.create(campaign=campaign, number=number, words=words, created_by=by)


def changed(version: CampaignVersion, earlier: CampaignVersion | None) -> list[str]:
    """The fields in which a version differs from the one before."""
    before = earlier.words if earlier else {}
    return [key for key in KEPT if version.words.get(key) != before.get(key) and (version.words.get(key) or before)]
