"""The report of a campaign: for those who sign in, and for whoever holds a link that was shared."""

from __future__ import annotations

from functools import partial

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from crmseg.access.actors import actor_of
from crmseg.access.roles import role_required, signed_in
from crmseg.common.problems import InvalidInput
from crmseg.web.problems import tried

from .. import selectors, sharing
from ..content.liquid import TemplateError
from ..experiments import decide
from ..measuring import export
from ..measuring.report import report as report_of
from ..models import Campaign
from . import frames, heat, reporting
from .pages import _campaign, _rendered


@require_GET
@signed_in
def report(request: HttpRequest, campaign_id: int) -> HttpResponseBase:
    campaign = _campaign(campaign_id)
    if campaign.state == Campaign.State.DRAFT:
        return redirect("campaigns:campaign", campaign_id)
    context = reporting.shown(campaign, report_of(campaign), names_people=True) | {
        "tab": "report",
        "chart_url": reverse("campaigns:course", args=[campaign.pk]),
        "shared": [(link, sharing.url(link)) for link in sharing.links_of(campaign)],
        "can_choose": campaign.decided_at is None and campaign.test_rule == Campaign.Rule.ASK,
    }
    return render(request, "campaigns/report/page.html", context)


@require_GET
@signed_in
def course(request: HttpRequest, campaign_id: int) -> JsonResponse:
    return JsonResponse(reporting.course(report_of(_campaign(campaign_id))))


@require_GET
@signed_in
def heat_map(request: HttpRequest, campaign_id: int) -> HttpResponse:
    """The message as one of its readers saw it, with the share of the clicks at each link."""
    campaign = _campaign(campaign_id)
    contact = selectors.example_contact(campaign)
    if contact is None:
        return frames.notes([_("Nobody is here yet.")])
    try:
        shown = _rendered(campaign, contact)
    except (InvalidInput, TemplateError) as error:
        return frames.notes([str(error)])
    return frames.message(heat.with_shares(shown.html, report_of(campaign)["links"]), shown.text)


@require_GET
@signed_in
def as_file(request: HttpRequest, campaign_id: int) -> HttpResponse:
    return export.response(_campaign(campaign_id))


@require_POST
@role_required("marketer")
def share(request: HttpRequest, campaign_id: int) -> HttpResponseBase:
    said = _("Whoever has the link can read this report until you revoke it.")
    tried(request, partial(sharing.share, _campaign(campaign_id), actor=actor_of(request)), said)
    return redirect(reverse("campaigns:report", args=[campaign_id]) + "#shared")


@require_POST
@role_required("marketer")
def revoke(request: HttpRequest, campaign_id: int, link_id: int) -> HttpResponseBase:
    sharing.revoke(_campaign(campaign_id), link_id, actor=actor_of(request))
    messages.success(request, _("The link does not open any more."))
    return redirect(reverse("campaigns:report", args=[campaign_id]) + "#shared")


@require_POST
@role_required("marketer")
def choose(request: HttpRequest, campaign_id: int, key: str) -> HttpResponseBase:
    """Decide the test by hand."""
    choice = partial(decide.choose, _campaign(campaign_id).pk, key, actor=actor_of(request))
    tried(request, choice, _("Everyone who waited gets this version."))
    return redirect("campaigns:report", campaign_id)


@never_cache
@require_GET
def shared(request: HttpRequest, token: str) -> HttpResponse:
    """Numbers only: nobody's name, and nothing that leads to one."""
    try:
        campaign = sharing.read(token)
    except sharing.BadLink:
        return _private(render(request, "campaigns/report/unknown.html", status=404))
    chart_url = reverse("campaigns:shared-course", args=[token])
    context = reporting.shown(campaign, report_of(campaign), names_people=False) | {"chart_url": chart_url}
    return _private(render(request, "campaigns/report/shared.html", context))


@never_cache
@require_GET
def shared_course(request: HttpRequest, token: str) -> HttpResponse:
    try:
        campaign = sharing.read(token)
    except sharing.BadLink:
        return _private(JsonResponse({}, status=404))
    return _private(JsonResponse(reporting.course(report_of(campaign))))


def _private(response: HttpResponse) -> HttpResponse:
    response["Referrer-Policy"] = "no-referrer"
    response["X-Robots-Tag"] = "noindex"
    return response
