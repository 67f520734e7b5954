"""Everything that changes a campaign as a whole. The sending of its messages is `campaigns.sending`."""

from __future__ import annotations

from collections.abc import Mapping

from django.conf import settings
from django.db import transaction
from django.forms.models import model_to_dict
from django.utils.translation import gettext as _

from crmseg.access import audit
from crmseg.common import clock, net
from crmseg.common.actor import Actor
from crmseg.common.problems import Conflict, InvalidInput, Problem
from segments.models import Segment

from . import audience, draft, ongoing, tasks, whom
from .channels import registry
from .content import compose, preflight, together, versions
from .content.words import BODIES
from .experiments import arms
from .models import Campaign, CampaignNote
from .sending import finish

State = Campaign.State


@transaction.atomic
def create_campaign(*, data: Mapping[str, object], actor: Actor) -> Campaign:
    """A draft. It may still lack anything but a name; what it has must be usable."""
    campaign = Campaign(created_by=str(actor))
    _fill(campaign, {"name": None} | dict(data))
    campaign.save()
    _words_changed(campaign, actor)
    audit.record(actor, "created", campaign)
    return campaign


@transaction.atomic
def update_campaign(campaign_id: int, *, data: Mapping[str, object], actor: Actor) -> Campaign:
    campaign = draft_of(campaign_id, _("A campaign that has started cannot be changed."))
    before = model_to_dict(campaign)
    changed = _fill(campaign, data)
    if changed:
        campaign.save(update_fields=[*changed, "updated_at"])
        if set(changed) & set(versions.KEPT):
            _words_changed(campaign, actor)
        audit.record(actor, "updated", campaign, {name: getattr(campaign, name) for name in changed}, before=before)
    return campaign


@transaction.atomic
def delete_campaign(campaign_id: int, *, actor: Actor) -> None:
    campaign = draft_of(
        campaign_id, _("A campaign that has started cannot be deleted: it is part of people's history.")
    )
    audit.record(actor, "deleted", campaign)
    campaign.delete()


@transaction.atomic
def start_campaign(campaign_id: int, *, actor: Actor) -> Campaign:
    """Freeze the audience and begin to send. Whoever starts it again, even at the same moment, changes nothing."""
    campaign = _locked(campaign_id)
    if campaign.state == State.CANCELLED:
        raise Conflict(_("This campaign was cancelled. Copy it to send it after all."))
    if campaign.state != State.DRAFT:
        return campaign
    check_ready(campaign)
    campaign.waterfall, campaign.versions_used = _BEGIN[Campaign.Kind(campaign.kind)](campaign)
    campaign.state, campaign.started_at, campaign.trouble = State.SENDING, clock.now(), ""
    campaign.save(update_fields=["waterfall", "versions_used", "state", "started_at", "trouble", "updated_at"])
    note(campaign, "started", actor, {"waterfall": campaign.waterfall})
    tasks.ring(campaign.pk)
    return campaign


@transaction.atomic
def pause_campaign(campaign_id: int, *, actor: Actor) -> Campaign:
    """At once: a message whose delivery has begun is finished, the next one waits."""
    return _move(campaign_id, State.SENDING, State.PAUSED, "paused", actor)


@transaction.atomic
def resume_campaign(campaign_id: int, *, actor: Actor) -> Campaign:
    campaign = _move(campaign_id, State.PAUSED, State.SENDING, "resumed", actor)
    tasks.ring(campaign.pk)
    return campaign


@transaction.atomic
def cancel_campaign(campaign_id: int, *, actor: Actor) -> Campaign:
    """For good: whoever was not written to yet is skipped, with that as the reason."""
    campaign = _locked(campaign_id)
    if campaign.state == State.CANCELLED:
        return campaign
    if campaign.state not in {State.SENDING, State.PAUSED}:
        raise Conflict(
            _("Only a campaign that is being sent can be cancelled; this one is: %(state)s.") % _says(campaign)
        )
    campaign.state, campaign.finished_at, campaign.trouble = State.CANCELLED, clock.now(), ""
    campaign.save(update_fields=["state", "finished_at", "trouble", "updated_at"])
    finish.skip_cancelled()
    note(campaign, "cancelled", actor)
    return campaign


@transaction.atomic
def copy_campaign(campaign_id: int, *, actor: Actor) -> Campaign:
    """A new draft with the same words and lists."""
    campaign = Campaign.objects.get(pk=campaign_id)
    data: dict[str, object] = {key: getattr(campaign, key) for key in draft.READERS}
    data["include"] = whom.still_there(campaign.include)
    data["exclude"] = whom.still_there(campaign.exclude)
    data["name"] = (_("Copy of %(name)s") % {"name": campaign.name})[:200]
    made = create_campaign(data=data, actor=actor)
    arms.copy_arms(campaign, made)
    return made


def _nobody(campaign: Campaign) -> tuple[dict[str, int], dict[str, int]]:
    """An automated campaign begins with nobody: automations say to whom."""
    return {}, {}


_BEGIN = {
    Campaign.Kind.ONCE: audience.freeze,
    Campaign.Kind.ONGOING: ongoing.begin,
    Campaign.Kind.AUTOMATED: _nobody,
}


def _fill(campaign: Campaign, data: Mapping[str, object]) -> list[str]:
    values = draft.read(data)
    changed = [key for key, value in values.items() if getattr(campaign, key) != value]
    for key in changed:
        setattr(campaign, key, values[key])
    problems = compose.problems(campaign)
    if problems:
        raise InvalidInput(problems)
    return changed


def _webhook_problems(campaign: Campaign) -> list[Problem]:
    try:
        net.check(campaign.webhook_url, allow_private=settings.ALLOW_PRIVATE_WEBHOOKS)
    except net.Refused as error:
        return [Problem("/webhook_url", str(error))]
    except net.Unreachable:
        pass  # it may be there by the time it is called
    return []


def _words_changed(campaign: Campaign, actor: Actor) -> None:
    versions.keep(campaign, actor=actor)
    if any("bought_together" in getattr(campaign, key) for key in BODIES) and not together.is_fresh():
        tasks.ring_count_together()


def lacking(campaign: Campaign) -> list[Problem]:
    """What nobody has chosen or written yet of what a start on its channel needs."""
    problems = []
    if not campaign.include and campaign.kind != Campaign.Kind.AUTOMATED:
        problems.append(Problem("/include", _("Choose at least one list.")))
    needs = registry.needs_of(campaign.channel)
    if "subject" in needs and not campaign.subject.strip():
        problems.append(Problem("/subject", _("Write a subject.")))
    if "body" in needs and not any(getattr(campaign, key).strip() for key in BODIES):
        problems.append(Problem("/body_html", _("Write the message, as HTML or as plain text.")))
    if "webhook_url" in needs and not campaign.webhook_url.strip():
        problems.append(Problem("/webhook_url", _("Write the address of the service.")))
    return problems


def check_ready(campaign: Campaign) -> None:
    """Refuse, naming each place, what lacks something that a start needs."""
    problems = lacking(campaign)
    if "webhook_url" in registry.needs_of(campaign.channel) and campaign.webhook_url.strip():
        problems += _webhook_problems(campaign)
    if campaign.kind == Campaign.Kind.ONGOING:
        said = _("An ongoing campaign greets whoever enters a list: save this definition as a list first.")
        definitions = [place for place, part in enumerate(campaign.include) if isinstance(part, dict)]
        problems += [Problem(f"/include/{place}", said) for place in definitions]
    problems += arms.problems(campaign)
    if problems:
        raise InvalidInput(problems)
    compose.compose(campaign)
    lists = Segment.objects.in_bulk(whom.lists_in([*campaign.include, *campaign.exclude]))
    for key in ("include", "exclude"):
        problems += [problem.under(f"/{key}") for problem in whom.unreadable(getattr(campaign, key))]
        for at, pk in whom.places(getattr(campaign, key), f"/{key}"):
            if pk not in lists:
                problems.append(Problem(at, _("List %(id)s was deleted.") % {"id": pk}))
            elif lists[pk].archived_at is not None:
                message = _("The list “%(name)s” is archived. Restore it first.")
                problems.append(Problem(at, message % {"name": lists[pk].name}))
            elif lists[pk].state == Segment.State.BUILDING:
                message = _("The list “%(name)s” is being built. Start the campaign when it is ready.")
                problems.append(Problem(at, message % {"name": lists[pk].name}))
            elif lists[pk].state == Segment.State.FAILED:
                message = _("The list “%(name)s” could not be built. Correct it, then start the campaign.")
                problems.append(Problem(at, message % {"name": lists[pk].name}))
    if problems:
        raise Conflict(problems)
    if stops := preflight.blocking(campaign):
        raise InvalidInput(stops)


def _locked(campaign_id: int) -> Campaign:
    return Campaign.objects.select_for_update().get(pk=campaign_id)


def draft_of(campaign_id: int, otherwise: str) -> Campaign:
    """The draft, locked; `otherwise` is said of a campaign that is none any more."""
    campaign = _locked(campaign_id)
    if campaign.state != State.DRAFT:
        raise Conflict(otherwise)
    return campaign


def _move(campaign_id: int, before: State, after: State, what: str, actor: Actor) -> Campaign:
    campaign = _locked(campaign_id)
    if campaign.state == after:
        return campaign
    if campaign.state != before:
        raise Conflict(_("This cannot be done now: the campaign is “%(state)s”.") % _says(campaign))
    campaign.state = after
    campaign.save(update_fields=["state", "updated_at"])
    note(campaign, what, actor)
    return campaign


def _says(campaign: Campaign) -> dict[str, str]:
    return {"state": campaign.get_state_display()}


def note(campaign: Campaign, what: str, actor: Actor, changes: Mapping[str, object] | None = None) -> None:
    """Say on the campaign's page and in the audit log what happened."""
    user_id = actor.id if actor.kind == "user" else None
    CampaignNote.objects.create(campaign=campaign, what=what, actor=str(actor), by_id=user_id)
    audit.record(actor, what, campaign, dict(changes or {}))
