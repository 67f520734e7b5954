"""The campaign, or the automation, that an address names."""

from __future__ import annotations

from django.http import Http404

from crmseg.common.ids import LARGEST_ID

from ..models import Arm, Automation, Campaign


def campaign_of(pk: str) -> Campaign:
    campaign = Campaign.objects.filter(pk=int(pk)).first() if int(pk) <= LARGEST_ID else None
    if campaign is None:
        raise Http404
    return campaign


def arm_of(campaign: Campaign, key: str) -> Arm:
    arm = campaign.arms.filter(key=key).first()
    if arm is None:
        raise Http404
    return arm


def automation_of(pk: str) -> Automation:
    found = Automation.objects.filter(pk=int(pk)).first() if int(pk) <= LARGEST_ID else None
    if found is None:
        raise Http404
    return found
