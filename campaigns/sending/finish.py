"""The end of a campaign: everyone was written to, or it was cancelled."""

from __future__ import annotations

from django.db import transaction

from crmseg.common import clock
from crmseg.common.actor import SYSTEM

from ..models import Campaign, CampaignNote, Send


@transaction.atomic
def finish_if_done(campaign_id: int) -> bool:
    """Mark a campaign as sent once nobody waits and no delivery is under way. An ongoing one waits for others."""
    campaign = Campaign.objects.select_for_update().filter(pk=campaign_id).first()
    if campaign is None or campaign.state != Campaign.State.SENDING or campaign.is_open_ended:
        return False
    if campaign.sends.filter(state__in=[Send.State.QUEUED, Send.State.LEASED, Send.State.WAITING]).exists():
        return False
    campaign.state, campaign.finished_at = Campaign.State.SENT, clock.now()
    campaign.trouble, campaign.retry_at = "", None
    campaign.save(update_fields=["state", "finished_at", "trouble", "retry_at", "updated_at"])
    CampaignNote.objects.create(campaign=campaign, what="finished", actor=str(SYSTEM))
    return True


@transaction.atomic
def stop(campaign_id: int, reason: str) -> None:
    """Pause a campaign that cannot go on by itself, and say why."""
    sending = Campaign.objects.filter(pk=campaign_id, state=Campaign.State.SENDING)
    if sending.update(state=Campaign.State.PAUSED, trouble=reason[:500]):
        CampaignNote.objects.create(campaign_id=campaign_id, what="paused", actor=str(SYSTEM))


def skip_cancelled(campaign_id: int | None = None) -> None:
    """Whoever still waits in a cancelled campaign, also after a lease that was out when it was cancelled."""
    cancelled = Campaign.objects.filter(state=Campaign.State.CANCELLED)
    if campaign_id is not None:
        cancelled = cancelled.filter(pk=campaign_id)
    ids = list(cancelled.values_list("pk", flat=True))
    if ids:
        waiting = Send.objects.filter(campaign__in=ids, state__in=[Send.State.QUEUED, Send.State.WAITING])
        waiting.update(state=Send.State.SKIPPED, reason="cancelled", next_attempt_at=None)
