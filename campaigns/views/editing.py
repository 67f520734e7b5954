"""Writing a campaign: the form, whom it would reach while lists are ticked, and how it would look."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from crmseg.access.actors import actor_of
from crmseg.access.roles import role_required, signed_in
from crmseg.common.problems import InvalidInput
from crmseg.web import problems

from .. import selectors, services, unsubscribe
from ..content import compose
from ..content.liquid import TemplateError
from ..forms import CampaignForm
from ..models import Campaign
from . import frames, presenting
from .pages import _campaign


@require_http_methods(["GET", "POST"])
@role_required("marketer")
def new(request: HttpRequest) -> HttpResponseBase:
    return _write(request, None)


@require_http_methods(["GET", "POST"])
@role_required("marketer")
def edit(request: HttpRequest, campaign_id: int) -> HttpResponseBase:
    campaign = _campaign(campaign_id)
    if campaign.state != Campaign.State.DRAFT:
        messages.error(request, _("A campaign that has started cannot be changed."))
        return redirect("campaigns:campaign", campaign_id)
    return _write(request, campaign)


def _write(request: HttpRequest, campaign: Campaign | None) -> HttpResponseBase:
    asked = {"include": request.GET.getlist("include")}
    form = CampaignForm(request.POST or None, campaign=campaign, initial=asked)
    if request.method == "POST" and form.is_valid():
        try:
            saved = _save(form, campaign, request)
        except InvalidInput as error:
            problems.add_to_form(form, error, {f"{key}.{n}": key for key in ("include", "exclude") for n in range(500)})
        else:
            messages.success(request, _("Saved."))
            return redirect("campaigns:campaign", saved.pk)
    shown = form.as_campaign() if form.is_bound else campaign or Campaign(include=sorted(form.chosen("include")))
    context = {"form": form, "campaign": campaign, "steps": presenting.estimate(shown) if shown.include else []}
    return render(request, "campaigns/edit.html", context, status=400 if form.errors else 200)


def _save(form: CampaignForm, campaign: Campaign | None, request: HttpRequest) -> Campaign:
    data, actor = form.data_for_service(), actor_of(request)
    if campaign is None:
        return services.create_campaign(data=data, actor=actor)
    return services.update_campaign(campaign.pk, data=data, actor=actor)


@require_POST
@signed_in
def estimate(request: HttpRequest) -> HttpResponseBase:
    """Whom the lists that are ticked now would reach."""
    campaign = CampaignForm(request.POST).as_campaign()
    steps = presenting.estimate(campaign) if campaign.include else []
    return render(request, "campaigns/estimate.html", {"steps": steps})


@require_POST
@signed_in
def preview(request: HttpRequest) -> HttpResponseBase:
    """What is written now, not saved, as a contact would see it: the document in the form's frame."""
    campaign = CampaignForm(request.POST).as_campaign()
    asked = request.POST.get("as", "")
    contact = selectors.find_contact(asked) if asked.strip() else selectors.example_contact(campaign)
    if contact is None:
        return frames.notes([_("Nobody of that name, address or ID was found.") if asked else _("Nobody is here yet.")])
    try:
        shown = compose.compose(campaign).render(contact, unsubscribe.url(0, unsubscribe.NOBODY))
    except InvalidInput as error:
        return frames.notes([problem.message for problem in error.problems])
    except TemplateError as error:
        return frames.notes([str(error)])
    return frames.message(shown.html, shown.text, subject=shown.subject)
