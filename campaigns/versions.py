"""Past words of a campaign, for its pages and for programs: seen, compared and brought back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from django.db import transaction

from crmseg.common.actor import Actor

from . import services
from .content import versions
from .models import Campaign, CampaignVersion


@dataclass(frozen=True)
class Row:
    version: CampaignVersion
    changed: list[str]
    is_current: bool
    is_oldest: bool = False
    """Nothing that is kept came before."""


def listing(campaign: Campaign) -> list[Row]:
    """Newest first."""
    return rows_of(campaign, [*campaign.versions.order_by("-number")])


def rows_of(campaign: Campaign, shown: Sequence[CampaignVersion]) -> list[Row]:
    """These versions, which follow each other, each compared with the one before it."""
    numbers = [version.number for version in shown]
    by_number = {version.number: version for version in shown}
    if numbers and (before := campaign.versions.filter(number__lt=min(numbers)).order_by("-number").first()):
        by_number[before.number] = before
    now, known = versions.words_of(campaign), sorted(by_number)
    earlier = {number: by_number[lower] for lower, number in pairwise(known)}
    return [
        Row(
            version,
            versions.changed(version, earlier.get(version.number)),
            version.words == now,
            version.number not in earlier,
        )
        for version in shown
    ]


@transaction.atomic
def restore(campaign_id: int, number: int, *, actor: Actor) -> Campaign:
    """A draft says again what it said then; what it says now stays as a version. The rest of it does not change."""
    campaign = Campaign.objects.get(pk=campaign_id)
    version = campaign.versions.get(number=number)
    known = {key: value for key, value in version.words.items() if key in versions.KEPT}
    campaign = services.update_campaign(campaign_id, data=known, actor=actor)
    versions.keep(campaign, actor=actor, apart=True)
    return campaign
