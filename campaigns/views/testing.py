"""The test of a campaign as it is written: its arms, and what it will be able to show."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_POST

from crmseg.access.actors import actor_of
from crmseg.access.roles import role_required, signed_in
from crmseg.common.problems import InvalidInput, Problem

from ..experiments import arms, planner
from ..forms import CampaignForm
from ..models import Arm, Campaign
from .pages import _campaign

TEXTS = ("name", "subject", "sender")
NUMBERS = ("weight", "delay_minutes")


def context(campaign: Campaign) -> dict[str, Any]:
    """What the list of arms shows."""
    found = list(campaign.arms.all())
    return {
        "campaign": campaign,
        "arms": [{"arm": arm, "variables": _written(arm.variables)} for arm in found],
        "control": found[0].key if found else "",
        "may_add": len(found) < len(arms.KEYS),
        "arm_problems": arms.problems(campaign),
    }


@require_POST
@role_required("marketer")
def add(request: HttpRequest, campaign_id: int) -> HttpResponseBase:
    """One more arm; the first two at once, since one alone compares nothing."""
    campaign = _campaign(campaign_id)
    try:
        for _needed in range(1 if campaign.arms.exists() else 2):
            arms.add_arm(campaign_id, data={}, actor=actor_of(request))
    except InvalidInput as error:
        return _list(request, campaign, error.problems)
    return _list(request, campaign)


@require_POST
@role_required("marketer")
def remove(request: HttpRequest, campaign_id: int, key: str) -> HttpResponseBase:
    """The last but one takes the test along."""
    campaign = _campaign(campaign_id)
    try:
        left = campaign.arms.exclude(key=_arm(campaign, key).key)
        for one in [key, *left.values_list("key", flat=True)] if left.count() < 2 else [key]:
            arms.delete_arm(campaign_id, one, actor=actor_of(request))
    except InvalidInput as error:
        return _list(request, campaign, error.problems)
    return _list(request, campaign)


@require_POST
@role_required("marketer")
def change(request: HttpRequest, campaign_id: int, key: str) -> HttpResponseBase:
    """Keep what is written about an arm; its problems are told beside it."""
    campaign = _campaign(campaign_id)
    arm, found = _arm(campaign, key), list[Problem]()
    try:
        arm = arms.update_arm(campaign_id, key, data=_read(request.POST), actor=actor_of(request))
    except InvalidInput as error:
        found = error.problems
    shown = {"arm": arm, "problems": found, "saved": not found}
    response = render(request, "campaigns/writing/arm_said.html", shown)
    response["HX-Trigger"] = "arms"
    return response


@require_GET
@signed_in
def plan(request: HttpRequest, campaign_id: int) -> HttpResponseBase:
    campaign = _campaign(campaign_id)
    planned = planner.plan(campaign) if campaign.include and campaign.arms.exists() else None
    return render(request, "campaigns/writing/plan.html", {"plan": planned, "arm_problems": arms.problems(campaign)})


def _list(request: HttpRequest, campaign: Campaign, found: list[Problem] | None = None) -> HttpResponseBase:
    shown = context(campaign) | {"form": CampaignForm(campaign=campaign), "problems": found or []}
    return render(request, "campaigns/writing/arms.html", shown)


def _arm(campaign: Campaign, key: str) -> Arm:
    arm = campaign.arms.filter(key=key).first()
    if arm is None:
        raise Http404
    return arm


def _read(given: Mapping[str, Any]) -> dict[str, object]:
    data: dict[str, object] = {key: given[f"arm-{key}"] for key in TEXTS if f"arm-{key}" in given}
    for key in NUMBERS:
        if text := str(given.get(f"arm-{key}", "")).strip():
            data[key] = int(text) if re.fullmatch(r"\d{1,9}", text) else text
    if "arm-variables" in given:
        data["variables"] = dict(_pair(line) for line in str(given["arm-variables"]).splitlines() if line.strip())
    return data


def _pair(line: str) -> tuple[str, object]:
    """`price = 19.90`, one to a line."""
    name, _sign, raw = (part.strip() for part in line.partition("="))
    try:
        return name, Decimal(raw) if re.fullmatch(r"-?\d{1,15}(\.\d{1,9})?", raw) else raw
    except InvalidOperation:
        return name, raw


def _written(variables: Mapping[str, object]) -> str:
    return "\n".join(f"{name} = {value}" for name, value in variables.items())
