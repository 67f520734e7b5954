"""Who is in an automation, or was: each with where she is, and what was done for her step by step."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from contacts.models import Contact
from crmseg.access.actors import actor_of
from crmseg.access.roles import role_required, signed_in
from crmseg.common.problems import InvalidInput
from crmseg.web import htmx
from crmseg.web.tables import Column, Table

from ... import audience
from ...models import HookCall, Run
from .. import selectors, services
from . import presenting, saying
from .finding import automation_or_404, run_or_404

COLUMNS = {
    "contact": Column(gettext_lazy("Contact")),
    "entered": Column(gettext_lazy("Entered"), order=("entered_at",), descending_first=True),
    "state": Column(gettext_lazy("State"), order=("state",)),
    "step": Column(gettext_lazy("Where")),
    "due": Column(gettext_lazy("Goes on"), order=("due_at",)),
    "goal": Column(gettext_lazy("Reached the goal"), order=("goal_at",), descending_first=True),
    "ended": Column(gettext_lazy("Ended"), order=("ended_at",), descending_first=True),
}
OUTCOMES = {
    "waited": gettext_lazy("time was over"),
    "happened": gettext_lazy("it happened"),
    "did_not_happen": gettext_lazy("it did not happen in time"),
    "yes": gettext_lazy("yes"),
    "no": gettext_lazy("no"),
    "sent": gettext_lazy("handed over to be sent"),
    "skipped": gettext_lazy("not sent"),
    "refused": gettext_lazy("refused"),
    "done": gettext_lazy("done"),
    "called": gettext_lazy("the service was to be called"),
    "ended": gettext_lazy("ended"),
}
REASONS = {
    "exit": gettext_lazy("the condition to leave held"),
    "archived": gettext_lazy("the automation was archived"),
    "removed": gettext_lazy("somebody took her out"),
    "merged": gettext_lazy("she was merged into another contact"),
    "deleted": gettext_lazy("the contact was deleted"),
    "failed": gettext_lazy("a step failed again and again"),
    "goal": gettext_lazy("the goal was reached"),
}
MOST_STEPS_SHOWN = 500


@require_GET
@signed_in
def table(request: HttpRequest, automation_id: int) -> HttpResponseBase:
    automation = automation_or_404(automation_id)
    chosen = {key: request.GET.get(key, "").strip()[:200].replace("\x00", "") for key in ("q", "state", "step")}
    if chosen["state"] not in Run.State.values:
        chosen["state"] = ""
    shown = Table(request, selectors.runs_table(automation_id, **chosen), COLUMNS, sort="-entered", id="runs-table")
    rows: list[Any] = shown.rows
    people = selectors.people_of(rows)
    definitions = {row.version_id: row.version.definition for row in rows}
    titles = _titles([*definitions.values(), (automation.live or automation.latest).definition])
    context = {
        "automation": automation,
        "table": shown,
        "rows": [(row, people.get(row.contact_id), titles.get(row.step, row.step), _reason(row)) for row in rows],
        "chosen": chosen,
        "states": Run.State.choices,
        "steps": titles.items(),
        "is_filtered": any(chosen.values()),
        "tab": "people",
    }
    return htmx.varying(render(request, "automations/people.html", context))


def _titles(definitions: list[dict[str, Any]]) -> dict[str, str]:
    """What the steps of these definitions are called, by id; a later one decides."""
    names = saying.Names(definitions)
    found: dict[str, str] = {}
    for definition in definitions:
        for raw in definition["steps"]:
            said = saying.step(raw, names)
            found[str(raw["id"])] = f"{said.title}: {said.text}"[:80] if said.text else said.title
    return found


def _reason(run: Run) -> str:
    return str(REASONS.get(run.exit_reason, run.exit_reason))


@require_GET
@signed_in
def run(request: HttpRequest, automation_id: int, run_id: int) -> HttpResponseBase:
    """Everything that was done for one person, and what comes next."""
    found = run_or_404(automation_id, run_id)
    definition = found.version.definition
    names = saying.Names([definition])
    steps = {str(raw["id"]): saying.step(raw, names) for raw in definition["steps"]}
    done = list(found.done.order_by("visit")[:MOST_STEPS_SHOWN])
    calls = {call.done_id: call for call in HookCall.objects.filter(done__in=[one.pk for one in done])}
    kinds = {str(raw["id"]): raw["kind"] for raw in definition["steps"]}
    blank = saying.Said("point", _("This step is not there any more."))
    context = {
        "automation": found.automation,
        "run": found,
        "contact": Contact.objects.filter(pk=found.contact_id).first(),
        "trace": [
            {
                "said": steps.get(one.step, blank),
                "done": one,
                "outcome": OUTCOMES.get(one.outcome, one.outcome),
                "why": _why(one.details),
                "task": _task_url(one.details),
                "call": calls.get(one.pk),
            }
            for one in done
        ],
        "next": steps.get(found.step) if found.state == Run.State.ACTIVE else None,
        "next_kind": kinds.get(found.step, ""),
        "reason": _reason(found),
        "entry": _entry(found, definition, names),
        "tab": "people",
    }
    return render(request, "automations/run.html", context)


def _why(details: dict[str, Any]) -> str:
    reason = str(details.get("reason") or "")
    return str(audience.REASONS.get(reason, reason))


def _task_url(details: dict[str, Any]) -> str:
    pk = details.get("task")
    return reverse("tasks:task", args=[pk]) if isinstance(pk, int) else ""


def _entry(run: Run, definition: dict[str, Any], names: saying.Names) -> str:
    return saying.trigger(definition.get("trigger"), names)


@require_POST
@role_required("marketer")
def end(request: HttpRequest, automation_id: int, run_id: int) -> HttpResponseBase:
    found = run_or_404(automation_id, run_id)
    try:
        services.end_run(found.pk, actor=actor_of(request))
    except InvalidInput as error:
        messages.error(request, error.problems[0].message)
    else:
        messages.success(request, _("She is out, and gets nothing more of it."))
    return redirect("automations:run", automation_id, run_id)


def panel(contact: Contact) -> dict[str, Any] | None:
    """The automations she is or was in, for her page; nothing where she never was."""
    found = list(selectors.runs_of_contact(contact.pk)[:10])
    names = presenting.titles_of(found)
    return {"runs": [(one, names.get(one.pk, "")) for one in found]} if found else None
