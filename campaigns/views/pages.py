"""The campaigns table, one campaign's page, and what can be done with it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from contacts.models import Contact
from crmseg.access import account
from crmseg.access.actors import actor_of
from crmseg.access.roles import role_required, signed_in
from crmseg.common.ids import LARGEST_ID
from crmseg.common.problems import InvalidInput
from crmseg.web import htmx
from crmseg.web.problems import tell, tried
from crmseg.web.tables import Column, Table
from segments.models import Segment

from .. import draft, scheduling, selectors, services, unsubscribe
from ..content import compose
from ..content.liquid import TemplateError
from ..forms import TestForm
from ..measuring import waterfall
from ..models import Campaign, Send
from ..sending import trial
from . import frames, presenting

COLUMNS = {
    "name": Column(gettext_lazy("Name"), order=("name",)),
    "state": Column(gettext_lazy("State"), order=("state",)),
    "lists": Column(gettext_lazy("Lists")),
    "sent": Column(gettext_lazy("Sent"), numeric=True),
    "failed": Column(gettext_lazy("Failed"), numeric=True),
    "unsubscribed": Column(gettext_lazy("Unsubscribed"), numeric=True),
    "started": Column(gettext_lazy("Started"), order=("started_at",), descending_first=True),
    "created": Column(gettext_lazy("Created"), order=("created_at",), descending_first=True),
}
SENDS_COLUMNS = {
    "contact": Column(gettext_lazy("Contact")),
    "address": Column(gettext_lazy("Address"), order=("address",)),
    "state": Column(gettext_lazy("State"), order=("state",)),
    "reason": Column(gettext_lazy("Reason")),
    "sent": Column(gettext_lazy("Sent"), order=("sent_at",), descending_first=True),
    "id": Column(gettext_lazy("Place"), order=("id",), numeric=True),
}


@require_GET
@signed_in
def table(request: HttpRequest) -> HttpResponseBase:
    chosen = {key: _parameter(request, key) for key in ("q", "state")}
    if chosen["state"] not in Campaign.State.values:
        chosen["state"] = ""
    shown = Table(request, selectors.campaigns_table(**chosen), COLUMNS, sort="-created", id="campaigns-table")
    rows: list[Any] = shown.rows
    counts = selectors.counts_of([campaign.pk for campaign in rows])
    names = dict(Segment.objects.filter(pk__in=_lists_of(rows)).values_list("pk", "name"))
    context = {
        "table": shown,
        "rows": [(c, counts[c.pk], [names[pk] for pk in c.include_ids if pk in names]) for c in rows],
        "chosen": chosen,
        "states": Campaign.State.choices,
        "is_filtered": any(chosen.values()),
    }
    return htmx.varying(render(request, "campaigns/table.html", context))


@require_GET
@signed_in
def page(request: HttpRequest, campaign_id: int) -> HttpResponseBase:
    campaign = _campaign(campaign_id)
    include, exclude = selectors.lists_of(campaign)
    context = _progress(campaign, wait=presenting.is_soon_counted(campaign)) | {
        "include": presenting.audience_lists(campaign, include),
        "exclude": presenting.audience_lists(campaign, exclude),
        "include_said": presenting.definitions_of(campaign.include),
        "exclude_said": presenting.definitions_of(campaign.exclude),
        "sender": campaign.sender or draft.default_sender(),
        "notes": presenting.notes(campaign),
        "test_form": TestForm(campaign, getattr(request.user, "email", "")),
        **_preview(request, campaign),
    }
    return render(request, "campaigns/campaign.html", context)


@require_GET
@signed_in
def reach(request: HttpRequest, campaign_id: int) -> HttpResponseBase:
    """Whom a draft would reach now, and with it the way to start, where the page did not wait for it."""
    return render(request, "campaigns/reach.html", _progress(_campaign(campaign_id)))


@require_GET
@signed_in
def live(request: HttpRequest, campaign_id: int) -> HttpResponseBase:
    """The numbers alone, asked for every few seconds while messages go out; the whole page once that has ended."""
    campaign = _campaign(campaign_id)
    response = render(request, "campaigns/progress.html", _progress(campaign))
    if campaign.state != Campaign.State.SENDING:
        response["HX-Refresh"] = "true"
    return response


@require_GET
@signed_in
def preview(request: HttpRequest, campaign_id: int) -> HttpResponseBase:
    """Subject and text as another contact would read them; the frame beside it shows the HTML."""
    campaign = _campaign(campaign_id)
    return render(request, "campaigns/preview.html", {"campaign": campaign, **_preview(request, campaign)})


@require_GET
@signed_in
def message(request: HttpRequest, campaign_id: int, contact_id: int) -> HttpResponseBase:
    """The document in the frame."""
    contact = Contact.objects.select_related("company").filter(pk=contact_id).first() or Contact()
    try:
        shown = _rendered(_campaign(campaign_id), contact)
    except (InvalidInput, TemplateError) as error:
        return frames.notes([str(error)])
    return frames.message(shown.html, shown.text)


@require_GET
@signed_in
def sends(request: HttpRequest, campaign_id: int) -> HttpResponseBase:
    campaign = _campaign(campaign_id)
    chosen = {key: _parameter(request, key) for key in ("state", "reason", "reaction", "arm", "step")}
    if chosen["state"] not in Send.State.values:
        chosen["state"] = ""
    if chosen["reaction"] not in selectors.REACTIONS:
        chosen["reaction"] = ""
    if chosen["step"] not in waterfall.LABELS:
        chosen["step"] = ""
    found = selectors.sends_of(campaign, **chosen)
    shown = Table(request, found, SENDS_COLUMNS, sort="id", id="sends-table")
    rows: list[Any] = shown.rows
    contacts = selectors.contacts_of(rows)
    context = {
        "campaign": campaign,
        "table": shown,
        "rows": [(s, contacts.get(s.contact_id), presenting.reason_of(s)) for s in rows],
        "chosen": chosen,
        "reactions": presenting.REACTIONS.items(),
        "arms": list(campaign.arms.values_list("key", "name")),
        "states": [choice for choice in Send.State.choices if choice[0] != Send.State.LEASED],
        "said": presenting.said_of(chosen),
    }
    return htmx.varying(render(request, "campaigns/sends.html", context))


@require_POST
@role_required("marketer")
def start(request: HttpRequest, campaign_id: int) -> HttpResponseBase:
    return _act(request, campaign_id, services.start_campaign, _("Sending has started."))


@require_POST
@role_required("marketer")
def schedule(request: HttpRequest, campaign_id: int) -> HttpResponseBase:
    """At an instant of the account's clock, to the minute."""
    try:
        local = parse_datetime(request.POST.get("at", ""))
    except ValueError:
        local = None
    if local is None:
        messages.error(request, _("Say on which day and at what time it is to start."))
        return redirect("campaigns:campaign", campaign_id)
    at = local.replace(tzinfo=ZoneInfo(account.current().time_zone))
    said = _("It starts by itself. Until then it can still be changed.")
    return _act(request, campaign_id, partial(scheduling.schedule, at=at), said)


@require_POST
@role_required("marketer")
def unschedule(request: HttpRequest, campaign_id: int) -> HttpResponseBase:
    return _act(request, campaign_id, scheduling.unschedule, _("It is a draft without a date again."))


@require_POST
@role_required("marketer")
def pause(request: HttpRequest, campaign_id: int) -> HttpResponseBase:
    return _act(request, campaign_id, services.pause_campaign, _("Paused. Nobody else is written to until you resume."))


@require_POST
@role_required("marketer")
def resume(request: HttpRequest, campaign_id: int) -> HttpResponseBase:
    return _act(request, campaign_id, services.resume_campaign, _("Sending goes on."))


@require_POST
@role_required("marketer")
def cancel(request: HttpRequest, campaign_id: int) -> HttpResponseBase:
    return _act(request, campaign_id, services.cancel_campaign, _("Cancelled. What was sent stays sent."))


@require_POST
@role_required("marketer")
def copy(request: HttpRequest, campaign_id: int) -> HttpResponseBase:
    made = services.copy_campaign(_campaign(campaign_id).pk, actor=actor_of(request))
    return redirect("campaigns:edit", made.pk)


@require_POST
@role_required("marketer")
def delete(request: HttpRequest, campaign_id: int) -> HttpResponseBase:
    said = _("%(campaign)s was deleted.") % {"campaign": _campaign(campaign_id)}
    gone = tried(request, partial(services.delete_campaign, campaign_id, actor=actor_of(request)), said)
    return redirect("campaigns:list") if gone else redirect("campaigns:campaign", campaign_id)


@require_POST
@role_required("marketer")
def test(request: HttpRequest, campaign_id: int) -> HttpResponseBase:
    campaign, address = _campaign(campaign_id), request.POST.get("address", "").strip()
    try:
        went = trial.send_test(campaign, address=address)
    except InvalidInput as error:
        tell(request, error)
    else:
        said = _("A test is in the outbox.") if went == "outbox" else _("A test was sent to %(address)s.")
        messages.success(request, said % {"address": address or campaign.webhook_url})
    return redirect("campaigns:campaign", campaign_id)


def _act(request: HttpRequest, campaign_id: int, service: Callable[..., Campaign], said: str) -> HttpResponseBase:
    tried(request, partial(service, _campaign(campaign_id).pk, actor=actor_of(request)), said)
    return redirect("campaigns:campaign", campaign_id)


def _progress(campaign: Campaign, *, wait: bool = True) -> dict[str, Any]:
    """Of a draft whom it would reach, `wait` until they are counted; of others what became of everybody."""
    if campaign.state == Campaign.State.DRAFT:
        missing = services.lacking(campaign)
        steps = presenting.estimate(campaign) if wait else []
        return {
            "campaign": campaign,
            "missing": [problem.message for problem in missing if problem.pointer != "/include"],
            "may_begin": not missing,
            "steps": steps,
            "reach": steps[-1].people if steps else 0,
            "counted": wait,
        }
    steps = presenting.waterfall(campaign)
    people = {step.key: step.people for step in steps}
    done = people["written_to"] - people.get("queued", 0) - people.get("waiting", 0)
    return {
        "campaign": campaign,
        "steps": steps,
        "people": people,
        "done": done,
        "goes_to_outbox": not settings.EMAIL_URL,
        "is_live": campaign.state == Campaign.State.SENDING,
    }


def _preview(request: HttpRequest, campaign: Campaign) -> dict[str, Any]:
    asked = _parameter(request, "as")
    contact = selectors.find_contact(asked) if asked else selectors.example_contact(campaign)
    context: dict[str, Any] = {"as": asked, "seen_by": contact, "nobody_found": bool(asked and contact is None)}
    if contact is not None:
        try:
            context["message"] = _rendered(campaign, contact)
        except (InvalidInput, TemplateError) as error:
            context["preview_problem"] = str(error)
    return context


def _rendered(campaign: Campaign, contact: Contact) -> compose.Message:
    return compose.compose(campaign).render(contact, unsubscribe.url(campaign.pk or 0, unsubscribe.NOBODY))


def _campaign(campaign_id: int) -> Campaign:
    campaign = Campaign.objects.filter(pk=campaign_id).first() if campaign_id <= LARGEST_ID else None
    if campaign is None:
        raise Http404
    return campaign


def _lists_of(campaigns: list[Any]) -> set[int]:
    return {pk for campaign in campaigns for pk in campaign.include_ids}


def _parameter(request: HttpRequest, name: str) -> str:
    return request.GET.get(name, "").strip()[:200].replace("\x00", "")
