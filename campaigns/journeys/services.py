"""Everything that changes an automation as a whole. Who is where in it is `campaigns.journeys.runner`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db.models import Max
from django.utils.translation import gettext as _

from crmseg.access import audit
from crmseg.common import clock, json
from crmseg.common.actor import Actor, acting
from crmseg.common.problems import Conflict, InvalidInput, Problem
from segments.engine import feed
from segments.models import LedgerEntry

from .. import services as campaigns
from ..models import Automation, AutomationVersion, Campaign, Run
from . import load, readings, reads
from .schema import Journey
from .shape import shape

State = Automation.State
LONGEST_NAME = 200
LONGEST_TEXT = 5_000


def create_automation(*, name: object, description: object = "", definition: object = None, actor: Actor) -> Automation:
    """A draft; its definition may be unfinished."""
    said = _words({"name": name, "description": description})
    kept = shape(definition or {})
    with acting(actor):
        automation = Automation.objects.create(**said, created_by=str(actor))
        audit.record(actor, "created", automation)
        _keep(automation, kept, "", actor)
    return automation


def update_automation(automation_id: int, changes: Mapping[str, object], *, actor: Actor) -> Automation:
    """`changes` holds `name`, `description` or both."""
    said = _words(changes)
    with acting(actor):
        automation = _locked(automation_id)
        before = {key: getattr(automation, key) for key in said}
        moved = {key: value for key, value in said.items() if value != before[key]}
        if moved:
            for key, value in moved.items():
                setattr(automation, key, value)
            automation.save(update_fields=[*moved, "updated_at"])
            audit.record(actor, "updated", automation, moved, before=before)
    return automation


def save_definition(automation_id: int, definition: object, *, note: str = "", actor: Actor) -> AutomationVersion:
    """A new version, or the present one where nothing differs. It may be unfinished: nobody follows it until
    `activate_automation`. Raises InvalidInput where it cannot even be shown."""
    kept = shape(definition)
    with acting(actor):
        automation = _locked(automation_id)
        if automation.state == State.ARCHIVED:
            raise Conflict(_("This automation is archived. Restore it first."))
        latest = automation.latest
        if latest.definition == kept:
            return latest
        made = _keep(automation, kept, note, actor)
        audit.record(actor, "updated", automation, {"definition": kept}, before={"definition": latest.definition})
    return made


def restore_version(automation_id: int, number: int, *, actor: Actor) -> AutomationVersion:
    """The definition of an earlier version as the newest one. Raises AutomationVersion.DoesNotExist."""
    version = AutomationVersion.objects.get(automation=automation_id, number=number)
    return save_definition(
        automation_id, version.definition, note=_("As in version %(n)s") % {"n": number}, actor=actor
    )


def activate_automation(automation_id: int, *, actor: Actor) -> Automation:
    """From now on people enter on the newest version; those on their way finish on theirs. Its campaigns begin to send.

    Raises InvalidInput, with pointers into the definition, where it is not ready.
    """
    with acting(actor):
        automation = _locked(automation_id)
        if automation.state == State.ARCHIVED:
            raise Conflict(_("This automation is archived. Restore it first."))
        if automation.state == State.ACTIVE and not automation.has_changes:
            return automation
        journey = load.load(automation.latest.definition)
        _start_campaigns(automation, journey, actor)
        followed = automation.live
        same = followed is not None and followed.definition["trigger"] == automation.latest.definition["trigger"]
        if automation.state == State.DRAFT or not same:
            _from_now_on(automation)
        automation.state, automation.live_version, automation.trouble = State.ACTIVE, automation.version, ""
        automation.activated_at = clock.now()
        automation.save()
        audit.record(actor, "switched on", automation, {"version": automation.version})
    return automation


def pause_automation(automation_id: int, *, actor: Actor) -> Automation:
    """Nobody enters, nobody moves on. Messages already handed over go out."""
    with acting(actor):
        automation = _locked(automation_id)
        if automation.state == State.ACTIVE:
            automation.state = State.PAUSED
            automation.save(update_fields=["state", "updated_at"])
            audit.record(actor, "paused", automation)
        elif automation.state != State.PAUSED:
            raise Conflict(_("This automation is not switched on."))
    return automation


def resume_automation(automation_id: int, *, catch_up: bool = True, actor: Actor) -> Automation:
    """People move on; whose time came meanwhile, now. With `catch_up` those enter who would have meanwhile."""
    with acting(actor):
        automation = _locked(automation_id)
        if automation.state == State.PAUSED:
            if not catch_up:
                _from_now_on(automation)
            automation.state, automation.trouble = State.ACTIVE, ""
            automation.save()
            audit.record(actor, "resumed", automation)
        elif automation.state != State.ACTIVE:
            raise Conflict(_("This automation is not switched on."))
    return automation


def archive_automation(automation_id: int, *, actor: Actor) -> Automation:
    """For good: whoever is on her way leaves."""
    with acting(actor):
        automation = _locked(automation_id)
        if automation.state != State.ARCHIVED:
            now = clock.now()
            automation.state, automation.archived_at = State.ARCHIVED, now
            automation.save(update_fields=["state", "archived_at", "updated_at"])
            left = Run.objects.filter(automation=automation, state=Run.State.ACTIVE).update(
                state=Run.State.LEFT, exit_reason="archived", ended_at=now, due_at=None, waits_for=""
            )
            audit.record(actor, "archived", automation, {"people": left})
    return automation


def restore_automation(automation_id: int, *, actor: Actor) -> Automation:
    """An archived one as a draft: nobody is in it, and it is switched on anew."""
    with acting(actor):
        automation = _locked(automation_id)
        if automation.state == State.ARCHIVED:
            automation.state, automation.archived_at, automation.live_version = State.DRAFT, None, None
            automation.save(update_fields=["state", "archived_at", "live_version", "updated_at"])
            audit.record(actor, "restored", automation)
    return automation


def delete_automation(automation_id: int, *, actor: Actor) -> None:
    """One that nobody ever entered."""
    with acting(actor):
        automation = _locked(automation_id)
        if automation.state in (State.ACTIVE, State.PAUSED) or automation.runs.exists():
            raise Conflict(_("People have been through this automation: archive it instead."))
        audit.record(actor, "deleted", automation)
        automation.delete()


def copy_automation(automation_id: int, *, actor: Actor) -> Automation:
    """A new draft with the newest definition."""
    automation = Automation.objects.get(pk=automation_id)
    name = (_("Copy of %(name)s") % {"name": automation.name})[:LONGEST_NAME]
    return create_automation(
        name=name, description=automation.description, definition=automation.latest.definition, actor=actor
    )


def end_run(run_id: int, *, actor: Actor) -> Run:
    """Take one person out of an automation. Raises Run.DoesNotExist."""
    with acting(actor):
        run = Run.objects.select_for_update(of=("self",)).select_related("automation").get(pk=run_id)
        if run.state != Run.State.ACTIVE:
            raise Conflict(_("She is not on her way any more."))
        run.state, run.exit_reason, run.ended_at, run.due_at, run.waits_for = (
            Run.State.LEFT,
            "removed",
            clock.now(),
            None,
            "",
        )
        run.save(update_fields=["state", "exit_reason", "ended_at", "due_at", "waits_for"])
        audit.record(actor, "took a person out of", run.automation, {"contact": run.contact_id})
    return run


def _from_now_on(automation: Automation) -> None:
    """Nothing that happened before makes anybody enter."""
    feed.number()
    last = LedgerEntry.objects.aggregate(last=Max("cursor"))["last"] or 0
    automation.ledger_cursor = automation.moves_cursor = last
    readings.begin(automation)
    automation.dates_until = clock.now()


def _start_campaigns(automation: Automation, journey: Journey, actor: Actor) -> None:
    places = {
        step["campaign"]: place
        for place, step in enumerate(automation.latest.definition["steps"])
        if "campaign" in step
    }
    problems: list[Problem] = []
    for pk in reads.campaigns_of(journey):
        campaign = Campaign.objects.get(pk=pk)
        try:
            if campaign.state == Campaign.State.DRAFT:
                campaigns.start_campaign(pk, actor=actor)
            elif campaign.state == Campaign.State.PAUSED:
                campaigns.resume_campaign(pk, actor=actor)
        except InvalidInput as error:
            at = f"/steps/{places[pk]}/campaign"
            problems += [Problem(at, f"{campaign.name}: {problem.message}") for problem in error.problems]
    if problems:
        raise InvalidInput(problems)


def _keep(automation: Automation, kept: dict[str, Any], note: str, actor: Actor) -> AutomationVersion:
    try:
        keys = sorted(reads.keys_of(load.load(kept)))
    except InvalidInput:
        keys = []
    automation.version += 1
    automation.save(update_fields=["version", "updated_at"])
    return AutomationVersion.objects.create(
        automation=automation,
        number=automation.version,
        definition=kept,
        keys=keys,
        note=note[:200],
        saved_by=str(actor),
    )


def _locked(automation_id: int) -> Automation:
    return Automation.objects.select_for_update().get(pk=automation_id)


def _words(given: Mapping[str, object]) -> dict[str, str]:
    found, problems = {}, []
    for key, raw in given.items():
        longest = {"name": LONGEST_NAME, "description": LONGEST_TEXT}.get(key)
        if longest is None:
            said = _("There is no field “%(key)s”.") % {"key": str(key)[:100]}
            problems.append(Problem(f"/{json.escape(str(key)[:100])}", said))
        elif not isinstance(raw, str):
            problems.append(Problem(f"/{key}", _("Expected a text.")))
        elif not json.is_storable(raw) or len(raw) > longest:
            problems.append(Problem(f"/{key}", _("Use at most %(limit)s characters.") % {"limit": f"{longest:,}"}))
        elif key == "name" and not raw.strip():
            problems.append(Problem("/name", _("This cannot be empty.")))
        else:
            found[key] = " ".join(raw.split()) if key == "name" else raw.replace("\r\n", "\n").strip()
    if problems:
        raise InvalidInput(problems)
    return found
