"""The people behind each step of a draft's waterfall, as a start would find them now."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from contacts.models import Contact
from crmseg.access.roles import signed_in
from crmseg.common.ids import read_id
from crmseg.common.problems import InvalidInput
from crmseg.web import htmx

from .. import audience
from ..models import Campaign
from . import presenting
from .pages import _campaign

PAGE = 50
STEPS: Mapping[str, str | Promise] = audience.SKIPPED | {"queued": _("Will get the message")}


@require_GET
@signed_in
def people(request: HttpRequest, campaign_id: int) -> HttpResponseBase:
    """`?step=no_consent&after=CONTACT`; of a campaign that has started, its sends tell more.

    Who shares an address is found among everybody: where they are many, the page stands before they are found.
    """
    campaign = _campaign(campaign_id)
    if campaign.state != Campaign.State.DRAFT:
        return redirect("campaigns:sends", campaign_id)
    step = request.GET.get("step", "")
    step = step if step in STEPS else ""
    context: dict[str, Any] = {"campaign": campaign, "step": step, "said": STEPS.get(step, "")}
    is_part = htmx.wants_part(request, "people")
    if not is_part and not presenting.is_soon_counted(campaign):
        return htmx.varying(render(request, "campaigns/audience.html", context))
    after = read_id(request.GET.get("after", "")) or 0
    try:
        found = audience.people_at(campaign, step, after=after, limit=PAGE + 1) if campaign.include else []
    except InvalidInput:
        return htmx.go(request, reverse("campaigns:campaign", args=[campaign_id]))  # which says what is wrong
    contacts = Contact.objects.in_bulk([pk for pk, _address, _outcome in found[:PAGE]])
    context |= {
        "counted": True,
        "rows": [(contacts[pk], address, STEPS[outcome]) for pk, address, outcome in found[:PAGE] if pk in contacts],
        "more_after": found[PAGE - 1][0] if len(found) > PAGE else None,
    }
    template = "campaigns/audience_rows.html" if is_part else "campaigns/audience.html"
    return htmx.varying(render(request, template, context))
