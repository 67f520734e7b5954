"""Campaigns that start by themselves at an instant chosen before."""

from __future__ import annotations

from datetime import MAXYEAR, datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from crmseg.access import audit
from crmseg.common import clock
from crmseg.common.actor import Actor
from crmseg.common.problems import InvalidInput, Problem

from . import services
from .models import Campaign

CLOCK = Actor("system", "schedule")
PATIENCE = timedelta(hours=1)
"""For how long a campaign that cannot start, say because a list is being built, is tried again."""


@transaction.atomic
def schedule(campaign_id: int, *, at: datetime, actor: Actor) -> Campaign:
    """Have the draft start at `at`. The audience is frozen then, not now."""
    campaign = services.draft_of(campaign_id, _("A campaign that has started cannot be scheduled."))
    if at <= clock.now():
        raise InvalidInput([Problem("/at", _("Choose an instant in the future, or start it now."))])
    if at.year == MAXYEAR:  # its last hours can be written down and, in another time zone, not be read back
        raise InvalidInput([Problem("/at", _("Choose an instant before the year %(year)s.") % {"year": MAXYEAR})])
    services.check_ready(campaign)
    campaign.scheduled_at, campaign.trouble = at, ""
    campaign.save(update_fields=["scheduled_at", "trouble", "updated_at"])
    services.note(campaign, "scheduled", actor, {"at": at.isoformat()})
    return campaign


@transaction.atomic
def unschedule(campaign_id: int, *, actor: Actor) -> Campaign:
    """Leave it a draft. Whoever repeats it changes nothing."""
    campaign = services.draft_of(campaign_id, _("This campaign has started already."))
    if campaign.scheduled_at is not None:
        campaign.scheduled_at, campaign.trouble = None, ""
        campaign.save(update_fields=["scheduled_at", "trouble", "updated_at"])
        services.note(campaign, "unscheduled", actor)
    return campaign


def start_due(now: datetime) -> int:
    """Start every draft whose instant has come; return how many started.

    One that cannot start says why, is tried again for an hour, and is a draft without an instant afterwards.
    """
    due = Campaign.objects.filter(state=Campaign.State.DRAFT, scheduled_at__lte=now).order_by("scheduled_at", "pk")
    started = 0
    for campaign_id in list(due.values_list("pk", flat=True)):
        try:
            services.start_campaign(campaign_id, actor=CLOCK)
            started += 1
        except InvalidInput as error:
            _keep_trouble(campaign_id, " ".join(problem.message for problem in error.problems), now)
    return started


@transaction.atomic
def _keep_trouble(campaign_id: int, said: str, now: datetime) -> None:
    campaign = Campaign.objects.select_for_update().get(pk=campaign_id)
    if not campaign.is_scheduled or campaign.scheduled_at is None:
        return
    given_up = now - campaign.scheduled_at > PATIENCE
    if given_up:
        campaign.scheduled_at = None
        audit.record(CLOCK, "could not start", campaign, {"problem": said})
    campaign.trouble = said
    campaign.save(update_fields=["trouble", "scheduled_at", "updated_at"])
