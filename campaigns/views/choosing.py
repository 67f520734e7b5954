"""Choosing whom a campaign is for: among the lists there are, and by definitions written for this campaign alone."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from crmseg.access.actors import actor_of
from crmseg.access.roles import role_required, signed_in
from crmseg.common import json
from crmseg.common.problems import InvalidInput
from crmseg.web.htmx import go
from segments import catalogue, sentences
from segments.views.builder import answers, asked
from segments.views.builder.encode import empty, encode
from segments.views.builder.pages import builder

from .. import services
from ..forms import LISTS, CampaignForm
from ..models import Campaign
from . import presenting, previewing
from .pages import _campaign

MOST_FOUND = 30


@require_POST
@signed_in
def estimate(request: HttpRequest) -> HttpResponseBase:
    """Whom what is chosen now would reach."""
    campaign = CampaignForm(request.POST, campaign=previewing.named(request)).as_campaign()
    steps = presenting.estimate(campaign) if campaign.include else []
    return render(request, "campaigns/estimate.html", {"steps": steps, "counted": True})


@require_POST
@signed_in
def find_lists(request: HttpRequest) -> HttpResponseBase:
    """The lists to choose from: those chosen first, then those whose name has the words looked for."""
    form = CampaignForm(request.POST, campaign=previewing.named(request))
    return render(request, "campaigns/writing/lists.html", lists(form, request.POST.get("find_list", "")))


def lists(form: CampaignForm, query: str = "") -> dict[str, Any]:
    """The context of the table of lists."""
    include, exclude = form.chosen("include"), form.chosen("exclude")
    words = query.casefold().split()
    chosen = [one for one in form.segments if one.pk in include or one.pk in exclude]
    others = [one for one in form.segments if one not in chosen and all(word in one.name.casefold() for word in words)]
    return {
        "lists": [
            {"list": one, "included": one.pk in include, "excluded": one.pk in exclude}
            for one in [*chosen, *others[:MOST_FOUND]]
        ],
        "lists_left": max(0, len(others) - MOST_FOUND),
        "definitions": _definitions(form),
        "campaign": form.campaign,
        "has_lists": bool(form.segments),
    }


def _definitions(form: CampaignForm) -> list[dict[str, Any]]:
    found = [(key, index, one) for key in LISTS for index, one in enumerate(form.definitions(key))]
    if not found:
        return []
    known = catalogue.current()
    return [
        {"key": key, "index": index, "json": json.dumps(one).decode(), "said": sentences.sentence_of(one, known)}
        for key, index, one in found
    ]


@require_http_methods(["GET", "POST"])
@role_required("marketer")
def definition(request: HttpRequest, campaign_id: int) -> HttpResponseBase:
    """The builder for `?side=` include or exclude; `?index=` opens one there is, otherwise it is a new one."""
    campaign, side = _campaign(campaign_id), request.GET.get("side", "include")
    if side not in LISTS or campaign.state != Campaign.State.DRAFT:
        raise Http404
    chosen: list[Any] = getattr(campaign, side)
    places = [at for at, one in enumerate(chosen) if isinstance(one, dict)]
    index = request.GET.get("index", "")
    at = places[int(index)] if index.isascii() and index.isdigit() and int(index) < len(places) else None
    if request.method == "POST":
        return _save(request, campaign, side, at)
    root = empty() if at is None else encode(chosen[at], catalogue.current())
    context = builder(root) | {
        "campaign": campaign,
        "side": side,
        "form_url": request.get_full_path(),
        "kept_as": f"campaign-{campaign.pk}-{side}-{index or 'new'}",
        "back_url": _audience_of(campaign),
    }
    return render(request, "campaigns/writing/definition.html", context)


def _save(request: HttpRequest, campaign: Campaign, side: str, at: int | None) -> HttpResponseBase:
    given = asked.read(request, catalogue.current())
    remarks = asked.unfinished_remarks(given)
    if not given.problems and not remarks:
        chosen = [*getattr(campaign, side)]
        place = len(chosen) if at is None else at
        chosen[place : place + 1] = [given.definition]
        try:
            services.update_campaign(campaign.pk, data={side: chosen}, actor=actor_of(request))
        except InvalidInput as error:
            remarks = [asked.Remark("", problem.message) for problem in error.problems]
        else:
            return go(request, _audience_of(campaign))
    said = _("Not there yet. What you wrote is kept; mend the marked rows and try again.")
    context = answers.refused(given, remarks) | {"notice": said}
    return render(request, "segments/builder/answer.html", context, status=422)


def _audience_of(campaign: Campaign) -> str:
    return f"{reverse('campaigns:edit', args=[campaign.pk])}#audience"
