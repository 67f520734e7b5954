"""What a look over the message finds before it goes out, each finding with the way to its place."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from crmseg.access.roles import signed_in

from ..content import preflight
from ..content.checks.finding import GOOD, Finding
from ..models import Campaign
from .pages import _campaign

PLACES = {"include": "audience", "exclude": "audience", "arms": "test", "test_metric": "test"}
BY_CHECK = {"names": "message", "missing": "message", "links": "message", "pictures": "message", "sender": "id_sender"}


@dataclass(frozen=True)
class Placed:
    finding: Finding
    url: str


@require_GET
@signed_in
def preflight_panel(request: HttpRequest, campaign_id: int) -> HttpResponseBase:
    """Of what is saved: asked when the page opens and after each save."""
    campaign = _campaign(campaign_id)
    found = preflight.check(campaign)
    context = {
        "campaign": campaign,
        "found": [Placed(one, place_of(campaign, one)) for one in found if one.level != GOOD],
        "good": [one for one in found if one.level == GOOD],
    }
    return render(request, "campaigns/writing/preflight.html", context)


def place_of(campaign: Campaign, finding: Finding) -> str:
    """Where on the writing page the finding is mended."""
    at, parts = reverse("campaigns:edit", args=[campaign.pk]), finding.pointer.split("/")[1:]
    if parts[:1] == ["translations"] and len(parts) > 1:
        return f"{at}?language={parts[1]}#{f'id_{parts[2]}' if len(parts) > 2 else 'message'}"
    if not parts:
        return f"#{BY_CHECK.get(finding.check, 'message')}"
    return f"#{PLACES.get(parts[0], f'id_{parts[0]}')}"
