"""Writing a campaign: one page of steps that keeps what is written, with whom it would reach always in sight."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from crmseg.access.actors import actor_of
from crmseg.access.roles import role_required
from crmseg.common.problems import Conflict, InvalidInput, Problem
from crmseg.web import locking, problems

from .. import draft, services, writing
from ..content import compose
from ..forms import CampaignForm, StartForm, channel_choices, language_name
from ..models import Campaign
from . import choosing, picking, presenting, previewing, testing
from .pages import _campaign


@require_http_methods(["GET", "POST"])
@role_required("marketer")
def new(request: HttpRequest) -> HttpResponseBase:
    """A name and what to begin from; everything else is written on the page of the draft."""
    if request.method == "POST":
        return _begin(request)
    context = {"form": StartForm(), "include": request.GET.getlist("include"), **picking.templates()}
    return render(request, "campaigns/writing/start.html", context)


def _begin(request: HttpRequest) -> HttpResponseBase:
    given = request.POST.copy()
    given["name"] = given.get("name", "").strip() or writing.name_for_nameless()
    form = CampaignForm(given)
    if form.is_valid():
        try:
            begun = picking.words_of(template) if (template := given.get("template", "")) else {}
            made = services.create_campaign(data=begun | form.data_for_service(), actor=actor_of(request))
        except KeyError:
            raise Http404 from None
        except InvalidInput as error:
            problems.add_to_form(form, error)
        else:
            return redirect("campaigns:edit", made.pk)
    context = {"form": form, "include": given.getlist("include"), **picking.templates()}
    return render(request, "campaigns/writing/start.html", context, status=400)


@require_http_methods(["GET", "POST"])
@role_required("marketer")
def edit(request: HttpRequest, campaign_id: int) -> HttpResponseBase:
    """A POST (without JavaScript, or by the last button) saves all or nothing and leads to the campaign's page."""
    campaign = _campaign(campaign_id)
    if campaign.state != Campaign.State.DRAFT:
        messages.error(request, _("A campaign that has started cannot be changed."))
        return redirect("campaigns:campaign", campaign_id)
    form = _form(request, campaign)
    context: dict[str, Any] = {}
    if request.method == "POST" and form.is_valid():
        try:
            with locking.unchanged(request, Campaign.objects.all(), campaign_id, writing.written):
                services.update_campaign(campaign_id, data=form.data_for_service(), actor=actor_of(request))
        except locking.ChangedMeanwhile as error:
            context["changed"] = _told(error, form)
        except InvalidInput as error:
            problems.add_to_form(form, error, _places(error))
        else:
            messages.success(request, _("Saved."))
            return redirect("campaigns:campaign", campaign_id)
    status = 409 if context else 400 if form.errors else 200
    return render(request, "campaigns/writing/page.html", _context(form, campaign) | context, status=status)


@require_POST
@role_required("marketer")
def save(request: HttpRequest, campaign_id: int) -> HttpResponseBase:
    """Keep what is on the page now, as far as it is usable: asked a moment after each change."""
    campaign = _campaign(campaign_id)
    form = _form(request, campaign)
    form.is_valid()
    context: dict[str, Any] = {"campaign": campaign}
    try:
        with locking.unchanged(request, Campaign.objects.all(), campaign_id, writing.written):
            found = writing.keep(campaign_id, data=form.data_for_service(), actor=actor_of(request))
    except locking.ChangedMeanwhile as error:
        shown = context | {"changed": _told(error, form)}
        response = render(request, "campaigns/writing/conflict.html", shown, status=409)
        response["HX-Retarget"], response["HX-Reswap"] = "#conflict", "innerHTML"
        return response
    except Conflict as error:
        return _asks_to_look(request, campaign_id, str(error))
    found = form.wrong() + found
    before, saved = campaign.channel, _campaign(campaign_id)
    context |= {"campaign": saved, "seen": locking.state_of(saved, writing.written), "problems": _placed(found, form)}
    response = render(request, "campaigns/writing/saved.html", context)
    response["HX-Trigger"] = "saved"
    if saved.channel != before:
        response["HX-Refresh"] = "true"
    return response


@require_POST
@role_required("marketer")
def languages(request: HttpRequest, campaign_id: int) -> HttpResponseBase:
    """Begin a translation, or take one away."""
    language, act = request.POST.get("language", ""), request.POST.get("act")
    at = reverse("campaigns:edit", args=[_campaign(campaign_id).pk])
    if language not in compose.LANGUAGES:
        return redirect(f"{at}#message")
    try:
        change = writing.remove_language if act == "remove" else writing.add_language
        change(campaign_id, language=language, actor=actor_of(request))
    except InvalidInput as error:
        messages.error(request, str(error))
    shown = "" if act == "remove" else f"?language={language}"
    return redirect(f"{at}{shown}#message")


def _form(request: HttpRequest, campaign: Campaign) -> CampaignForm:
    language = request.POST.get("language", "") or request.GET.get("language", "")
    return CampaignForm(request.POST or None, campaign=campaign, language=language)


def _context(form: CampaignForm, campaign: Campaign) -> dict[str, Any]:
    shown = form.as_campaign() if form.is_bound else campaign
    words = {key: str(form[key].value() or "").strip() for key in draft.WORDS}
    at_once = bool(shown.include) and presenting.is_soon_counted(shown)
    spoken = [key for key in compose.LANGUAGES if key in campaign.translations]
    return {
        "form": form,
        "campaign": campaign,
        "shown": shown,
        "seen": locking.state_of(campaign, writing.written),
        "steps": presenting.estimate(shown) if at_once else [],
        "counted": at_once or not shown.include,
        "languages": [(key, language_name(key)) for key in spoken],
        "more_languages": [(key, language_name(key)) for key in compose.LANGUAGES if key not in spoken],
        "language_name": language_name(form.language) if form.language else "",
        "made": _made(words),
        "has_channels": len(channel_choices()) > 1,
        "personal": previewing.personal_values(),
        "blocks": picking.blocks(),
        **choosing.lists(form),
        **testing.context(campaign),
    }


def _made(words: dict[str, str]) -> str:
    """What the message is made with, which decides the tab that is open."""
    found = (name for name in ("mjml", "html", "text") if words[f"body_{name}"])
    return next(found, "mjml")


def _told(error: locking.ChangedMeanwhile[Campaign], form: CampaignForm) -> locking.Changed:
    url = reverse("campaigns:edit", args=[error.obj.pk])
    form.is_valid()
    labels = {key: field.label or key for key, field in form.fields.items()}
    return locking.told(error, form.data_for_service(), url=url, labels=labels)


def _placed(found: list[Problem], form: CampaignForm) -> list[dict[str, str]]:
    """Each problem with the control that it is about."""
    placed = []
    for problem in found:
        parts = problem.pointer.split("/")[1:]
        name = parts[-1] if parts[:1] == ["translations"] else parts[0] if parts else ""
        label = str(form.fields[name].label or name) if name in form.fields else ""
        at = f"id_{name}" if label and name not in ("include", "exclude") else "audience"
        placed.append({"at": at, "label": label, "message": problem.message})
    return placed


def _places(error: InvalidInput) -> dict[str, str]:
    """Problems within a list, a definition or a translation belong to the control that shows it."""
    names = {problems.field_of(problem.pointer) for problem in error.problems}
    return {
        name: name.rpartition(".")[2] if name.startswith("translations.") else name.partition(".")[0] for name in names
    }


def _asks_to_look(request: HttpRequest, campaign_id: int, said: str) -> HttpResponse:
    """It started, or was deleted, while the page was open: go where that is told."""
    messages.error(request, said)
    response = HttpResponse()
    response["HX-Redirect"] = reverse("campaigns:campaign", args=[campaign_id])
    return response
