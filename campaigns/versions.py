"""Past words of a campaign, for its pages and for programs: seen, compared and brought back."""

from __future__ import annotations

from dataclasses import dataclass

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


def listing(campaign: Campaign) -> list[Row]:
    """Newest first."""
    found = [*campaign.versions.order_by("number")]
    now = versions.words_of(campaign)
    rows = [
        Row(version, versions.changed(version, earlier), version.words == now)
        for version, earlier in zip(found, [None, *found], strict=False)
    ]
    return rows[::-1]


@transaction.atomic
def restore(campaign_id: int, number: int, *, actor: Actor) -> Campaign:
    """A draft says again what it said then; what it says now stays as a version. The rest of it does not change."""
    campaign = Campaign.objects.get(pk=campaign_id)
    version = campaign.versions.get(number=number)
    known = {key: value for key, value in version.words.items() if key in versions.KEPT}
    campaign = services.update_campaign(campaign_id, data=known, actor=actor)
    versions.keep(campaign, actor=actor, apart=True)
    return campaign
