"""Campaigns that write, once, to whoever enters one of their lists while they run.

The ledger says who entered, in an order in which nothing is skipped or repeated. What is read of it is judged by the
same rule as any audience, and the rows and the place up to where was read are saved together: whoever is killed in
between has done nothing, and whoever reads the same again adds nobody. Those who were in already when the campaign
started are not written to; who enters and leaves again before her turn still is, for entering is what is greeted.
While the campaign is paused nothing is read; resumed, it greets those who entered meanwhile.
"""

from __future__ import annotations

from django.db import transaction
from django.db.models import Max

from crmseg.common.problems import InvalidInput
from segments.engine import feed
from segments.models import LedgerEntry

from . import audience
from .models import Campaign
from .sending import finish

AT_ONCE = 1_000


def begin(campaign: Campaign) -> tuple[dict[str, int], dict[str, int]]:
    """Remember where the ledger is now; the waterfall of nobody, and the versions of the lists."""
    feed.number()
    campaign.ledger_cursor = LedgerEntry.objects.aggregate(last=Max("cursor"))["last"] or 0
    campaign.save(update_fields=["ledger_cursor"])
    return {}, audience.versions_of(campaign)


def greet_everywhere() -> list[int]:
    """Greet in every ongoing campaign; those that have new messages to send."""
    running = Campaign.objects.filter(kind=Campaign.Kind.ONGOING, state=Campaign.State.SENDING).order_by("pk")
    waiting = list(running.values_list("pk", flat=True))
    if waiting:
        feed.number()
    return [campaign_id for campaign_id in waiting if _greet_or_stop(campaign_id)]


def greet(campaign_id: int) -> int:
    """Write rows for all who entered since the last time; how many get the message."""
    feed.number()
    return _greet(campaign_id)


def _greet_or_stop(campaign_id: int) -> int:
    """A definition that can no longer be read stops its own campaign, and no other."""
    try:
        return _greet(campaign_id)
    except InvalidInput as error:
        finish.stop(campaign_id, str(error))
        return 0


def _greet(campaign_id: int) -> int:
    greeted = 0
    while (step := _step(campaign_id)) is not None:
        greeted += step
    return greeted


@transaction.atomic
def _step(campaign_id: int) -> int | None:
    """Some of those who entered, and the place in the ledger; None where nobody is left."""
    held = Campaign.objects.select_for_update(skip_locked=True).filter(pk=campaign_id)
    campaign = held.filter(kind=Campaign.Kind.ONGOING, state=Campaign.State.SENDING).first()
    if campaign is None:
        return None
    entered = LedgerEntry.objects.filter(
        segment_id__in=campaign.include_ids, change=LedgerEntry.Change.ENTERED, cursor__gt=campaign.ledger_cursor
    ).order_by("cursor")
    rows = list(entered.values_list("cursor", "contact_id")[:AT_ONCE])
    if not rows:
        return None
    added = audience.add(campaign, [contact_id for _cursor, contact_id in rows])
    campaign.ledger_cursor = rows[-1][0] or campaign.ledger_cursor
    campaign.save(update_fields=["ledger_cursor"])
    return added
