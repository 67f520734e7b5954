"""The people behind each step of a draft's waterfall, as a start would find them now."""

from __future__ import annotations

from collections.abc import Mapping

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from contacts.models import Contact
from crmseg.access.roles import signed_in
from crmseg.common.ids import read_id
from crmseg.common.problems import InvalidInput

from .. import audience
from ..models import Campaign
from .pages import _campaign

PAGE = 50
STEPS: Mapping[str, str | Promise] = audience.SKIPPED | {"queued": _("Will get the message")}


@require_GET
@signed_in
def people(request: HttpRequest, campaign_id: int) -> HttpResponseBase:
    """`?step=no_consent&after=CONTACT`; of a campaign that has started, its sends tell more."""
    campaign = _campaign(campaign_id)
    if campaign.state != Campaign.State.DRAFT:
        return redirect("campaigns:sends", campaign_id)
    step = request.GET.get("step", "")
    step = step if step in STEPS else ""
    after = read_id(request.GET.get("after", "")) or 0
    try:
        found = audience.people_at(campaign, step, after=after, limit=PAGE + 1) if campaign.include else []
    except InvalidInput:
        return redirect("campaigns:campaign", campaign_id)  # which says what is wrong
    contacts = Contact.objects.in_bulk([pk for pk, _address, _outcome in found[:PAGE]])
    context = {
        "campaign": campaign,
        "step": step,
        "said": STEPS.get(step, ""),
        "rows": [(contacts[pk], address, STEPS[outcome]) for pk, address, outcome in found[:PAGE] if pk in contacts],
        "more_after": found[PAGE - 1][0] if len(found) > PAGE else None,
    }
    return render(request, "campaigns/audience.html", context)
