"""Who wins a test, and the winner's way to everyone who waits.

The decision and its consequences are one transaction under the campaign's lock: whoever decides a second time, even at
the same moment or after a crash, finds it done.

A test is decided once everyone who takes part was written to (a message that is tried again keeps nobody waiting) and
the campaign's hours have passed since the last of them. The arms are compared by what people did in so many hours
after their own message, so that an arm that goes out later has no less time than the others.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import DateTimeField, Exists, OuterRef
from django.db.models.functions import Coalesce, Greatest
from django.utils.translation import gettext as _

from crmseg.access import audit
from crmseg.common import clock
from crmseg.common.actor import SYSTEM, Actor
from crmseg.common.problems import Conflict, InvalidInput, Problem

from .. import tasks
from ..models import Arm, Campaign, CampaignNote, Send
from . import results, split

State = Campaign.State
LATEST = 100
ONE_DAY = timedelta(days=1)


def undecided() -> Any:
    """Campaigns with a test whose winner is not known."""
    has_arms = Exists(Arm.objects.filter(campaign=OuterRef("pk")))
    return Campaign.objects.filter(has_arms, decided_at=None).exclude(started_at=None)


def decide_due(now: datetime) -> int:
    """Decide every test that is over. How many were decided.

    One that a person decides stays open, and one that is paused waits until it goes on.
    """
    due = undecided().filter(state__in=[State.SENDING, State.SENT]).exclude(test_rule=Campaign.Rule.ASK)
    return sum(decide(campaign_id, now) for campaign_id in list(due.values_list("pk", flat=True)))


@transaction.atomic
def decide(campaign_id: int, now: datetime) -> bool:
    campaign = Campaign.objects.select_for_update().get(pk=campaign_id)
    if (
        campaign.decided_at is not None
        or campaign.state not in {State.SENDING, State.SENT}
        or not is_over(campaign, now)
    ):
        return False
    found = results.of(campaign, within=timedelta(hours=campaign.test_hours))
    winner = found.best if campaign.test_rule == Campaign.Rule.BEST else found.proven or next(iter(found.arms), None)
    if winner is None:
        return False
    _win(campaign, winner.arm, SYSTEM, now, found)
    return True


@transaction.atomic
def choose(campaign_id: int, key: str, *, actor: Actor) -> Campaign:
    """A person's choice, at any time of the test and by whatever rule it would be decided."""
    campaign = Campaign.objects.select_for_update().get(pk=campaign_id)
    arm = campaign.arms.filter(key=key).first()
    if arm is None:
        raise InvalidInput([Problem("/arm", _("This campaign has no arm “%(key)s”.") % {"key": key[:20]})])
    if campaign.winner_id == arm.pk:
        return campaign
    if campaign.decided_at is not None:
        raise Conflict(_("The winner of this test is known already."))
    if campaign.state not in {State.SENDING, State.PAUSED, State.SENT}:
        raise Conflict(_("A winner is chosen while the campaign is being sent, or afterwards."))
    _win(campaign, arm, actor, clock.now(), results.of(campaign))
    return campaign


def is_over(campaign: Campaign, now: datetime) -> bool:
    if campaign.started_at is None or campaign.started_at + timedelta(hours=campaign.test_hours) > now:
        return False  # asked every few seconds, and answered without looking at a single send
    ends = ends_at(campaign)
    return ends is not None and ends <= now


def ends_at(campaign: Campaign) -> datetime | None:
    """When the test can be decided; None while somebody who takes part has not been written to."""
    if campaign.started_at is None:
        return None
    open_ones = Send.objects.filter(campaign=campaign, state__in=[Send.State.QUEUED, Send.State.LEASED], attempts=0)
    if open_ones.exclude(arm=None).exists():
        return None
    # The last by number were written to last, or nearly so; to look at all of them would take as long as sending.
    latest = Send.objects.filter(campaign=campaign, state=Send.State.SENT, reason="").exclude(arm=None).order_by("-pk")
    sent = [at for at in latest.values_list("sent_at", flat=True)[:LATEST] if at is not None]
    return max([campaign.started_at, *sent]) + timedelta(hours=campaign.test_hours)


def _win(campaign: Campaign, arm: Arm, actor: Actor, now: datetime, found: results.Results) -> None:
    campaign.winner, campaign.decided_at = arm, now
    campaign.save(update_fields=["winner", "decided_at", "updated_at"])
    waiting = Send.objects.filter(campaign=campaign, state=Send.State.WAITING)
    people = waiting.update(state=Send.State.QUEUED, arm=arm, **_when(campaign, arm, now))
    CampaignNote.objects.create(
        campaign=campaign, what="decided", actor=str(actor), by_id=actor.id if actor.kind == "user" else None
    )
    audit.record(
        actor,
        "decided",
        campaign,
        {
            "winner": arm.key,
            "people": people,
            "arms": {one.arm.key: {"sent": one.people.people, "mean": one.sample.mean} for one in found.arms},
        },
    )
    if campaign.state == State.SENDING:
        tasks.ring(campaign.pk)


def _when(campaign: Campaign, arm: Arm, now: datetime) -> dict[str, Any]:
    """Those who waited are written to at once; in a test of the time, when the winner's time of day comes next."""
    if campaign.started_at is None or not split.longest_delay(list(campaign.arms.all())):
        return {}
    at = campaign.started_at + timedelta(minutes=arm.delay_minutes)
    while at < now:
        at += ONE_DAY
    return {"next_attempt_at": Greatest(Coalesce("next_attempt_at", at), at, output_field=DateTimeField())}
