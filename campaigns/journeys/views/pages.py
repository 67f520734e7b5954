"""The automations there are, one of them with the people in it, and what can be done with it as a whole."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from contacts.tasks_listed import EVERYBODYS
from contacts.views import wording
from crmseg.access.actors import actor_of
from crmseg.access.roles import role_required, signed_in
from crmseg.common.ids import read_id
from crmseg.common.problems import InvalidInput
from crmseg.web import htmx
from crmseg.web.problems import tell, tried
from crmseg.web.tables import Column, Table

from ... import services as campaigns
from ...models import Automation, AutomationVersion, Campaign, Run
from .. import selectors, services
from . import presenting, results, saying, starts
from .finding import automation_or_404

COLUMNS = {
    "name": Column(gettext_lazy("Name"), order=("name",)),
    "state": Column(gettext_lazy("State"), order=("state",)),
    "starts": Column(gettext_lazy("Everyone who")),
    "way": Column(gettext_lazy("On the way"), order=("on_the_way",), numeric=True, descending_first=True),
    "entered": Column(gettext_lazy("Entered"), order=("entered",), numeric=True, descending_first=True),
    "goal": Column(gettext_lazy("Reached the goal"), order=("reached_goal",), numeric=True, descending_first=True),
    "saved": Column(gettext_lazy("Saved"), order=("updated_at",), descending_first=True),
}
State = Automation.State


@require_GET
@signed_in
def table(request: HttpRequest) -> HttpResponseBase:
    chosen = {key: request.GET.get(key, "").strip()[:200].replace("\x00", "") for key in ("q", "state")}
    if chosen["state"] not in State.values:
        chosen["state"] = ""
    shown = Table(request, selectors.automations_table(**chosen), COLUMNS, sort="name", id="automations-table")
    rows: list[Any] = shown.rows
    kept = AutomationVersion.objects.filter(automation__in=[row.pk for row in rows])
    by_number = {(pk, number): said for pk, number, said in kept.values_list("automation_id", "number", "definition")
                 if (pk, number) in {(row.pk, row.version) for row in rows}}  # fmt: skip
    names = saying.Names(list(by_number.values()))
    context = {
        "table": shown,
        "rows": [(row, saying.trigger(by_number.get((row.pk, row.version), {}).get("trigger"), names)) for row in rows],
        "chosen": chosen,
        "states": State.choices,
        "is_filtered": any(chosen.values()),
    }
    return htmx.varying(render(request, "automations/table.html", context))


@require_http_methods(["GET", "POST"])
@role_required("marketer")
def new(request: HttpRequest) -> HttpResponseBase:
    """A name and what to begin from; `?list=` knows who is to enter."""
    if request.method == "GET":
        return render(request, "automations/new.html", {"starts": starts.STARTS, "list": request.GET.get("list", "")})
    start = starts.BY_KEY.get(request.POST.get("start", ""), starts.STARTS[0])
    definition = start.definition()
    given = request.POST.get("list", "")
    if (chosen := read_id(given)) is not None:
        definition["trigger"] = {"kind": "enters", "list": chosen}
    name = request.POST.get("name", "").strip() or str(start.label)
    try:
        made = services.create_automation(name=name, definition=definition, actor=actor_of(request))
    except InvalidInput as error:
        context = {"starts": starts.STARTS, "list": given, "problem": error.problems[0].message, "name": name}
        return render(request, "automations/new.html", context, status=400)
    return redirect("automations:edit", made.pk)


@require_GET
@signed_in
def page(request: HttpRequest, automation_id: int) -> HttpResponseBase:
    """`?version=` shows another than the one that people enter on now."""
    automation = automation_or_404(automation_id)
    shown = _version(request, automation)
    context = {
        **_picture(automation, shown),
        "versions": list(selectors.versions_of(automation_id)[:30]),
        "results": results.of(automation, has_goal=bool(_goal_of(shown.definition))),
        "tab": "picture",
    }
    return render(request, "automations/automation.html", context)


@require_GET
@signed_in
def live(request: HttpRequest, automation_id: int) -> HttpResponseBase:
    """The picture alone, asked for every few seconds while people move through it."""
    automation = automation_or_404(automation_id)
    return render(request, "automations/live.html", _picture(automation, _version(request, automation)))


def _version(request: HttpRequest, automation: Automation) -> AutomationVersion:
    asked = request.GET.get("version", "")
    if asked.isascii() and asked.isdigit() and len(asked) < 9:
        found = automation.versions.filter(number=int(asked)).first()
        if found is not None:
            return found
    return automation.live or automation.latest


def _picture(automation: Automation, shown: AutomationVersion) -> dict[str, Any]:
    definition, names = shown.definition, saying.Names([shown.definition])
    people = selectors.people_per_step(automation.pk, version=shown.number)
    totals = selectors.totals(automation.pk)
    elsewhere = Run.objects.filter(automation=automation, state=Run.State.ACTIVE).exclude(version=shown)
    here = sum(one.here for one in people.values())
    return {
        "automation": automation,
        "shown": shown,
        "definition": definition,
        "picture": presenting.draw(definition, names, people=people),
        "totals": totals,
        "through": totals.get("finished", 0),
        "elsewhere": elsewhere.count() if totals.get("active", 0) > here else 0,
        "again": saying.again(definition.get("reentry")),
        "filter_said": names.sentence(definition["filter"]) if definition.get("filter") else "",
        "exit_said": names.sentence(definition["exit"]) if definition.get("exit") else "",
        "goal_said": _goal(definition, names),
        "is_live": automation.state == State.ACTIVE,
        "everybody": EVERYBODYS,
    }


def _goal_of(definition: dict[str, Any]) -> object:
    return definition.get("goal") or definition.get("goal_event")


def _goal(definition: dict[str, Any], names: saying.Names) -> str:
    parts = []
    event = definition.get("goal_event")
    if isinstance(event, dict) and event.get("event"):
        parts.append(names.sentence({"op": "did", **event}))
    if definition.get("goal"):
        parts.append(names.sentence(definition["goal"]))
    return " · ".join(parts)


@require_GET
@signed_in
def versions(request: HttpRequest, automation_id: int) -> HttpResponseBase:
    automation = automation_or_404(automation_id)
    table = Table(request, selectors.versions_of(automation_id), _VERSIONS, sort="-number", id="versions-table")
    rows: list[Any] = table.rows
    context = {"automation": automation, "table": table, "rows": [(v, wording.who(v.saved_by)) for v in rows],
               "tab": "versions"}  # fmt: skip
    return htmx.varying(render(request, "automations/versions.html", context))


_VERSIONS = {
    "number": Column(gettext_lazy("Version"), order=("number",), descending_first=True),
    "saved": Column(gettext_lazy("Saved"), order=("saved_at",), descending_first=True),
    "by": Column(gettext_lazy("By")),
    "steps": Column(gettext_lazy("Steps"), numeric=True),
    "people": Column(gettext_lazy("People"), order=("people",), numeric=True, descending_first=True),
    "note": Column(gettext_lazy("Note")),
}


@require_POST
@role_required("marketer")
def restore_version(request: HttpRequest, automation_id: int, number: int) -> HttpResponseBase:
    if number >= 2**31 or not automation_or_404(automation_id).versions.filter(number=number).exists():
        messages.error(request, _("There is no such version."))
        return redirect("automations:versions", automation_id)
    change = partial(services.restore_version, number=number)
    return _act(request, automation_id, change, _("It is the newest version again."), to="automations:edit")


@require_POST
@role_required("marketer")
def message(request: HttpRequest, automation_id: int) -> HttpResponseBase:
    """A new message for a step, and on to the page where it is written."""
    automation = automation_or_404(automation_id)
    definition = dict(automation.latest.definition)
    step = next((s for s in definition["steps"] if s["id"] == request.POST.get("step") and s["kind"] == "send"), None)
    if step is None:
        messages.error(request, _("This step is not there any more."))
        return redirect("automations:edit", automation_id)
    number = sum(1 for one in definition["steps"] if one["kind"] == "send" and one.get("campaign")) + 1
    name = f"{automation.name} {number}"[:200]
    try:
        data = {"name": name, "kind": Campaign.Kind.AUTOMATED}
        made = campaigns.create_campaign(data=data, actor=actor_of(request))
        definition["steps"] = [{**s, "campaign": made.pk} if s is step else s for s in definition["steps"]]
        services.save_definition(automation_id, definition, actor=actor_of(request))
    except InvalidInput as error:
        tell(request, error)
        return redirect("automations:edit", automation_id)
    return redirect("campaigns:edit", made.pk)


@require_POST
@role_required("marketer")
def rename(request: HttpRequest, automation_id: int) -> HttpResponseBase:
    changes = {key: request.POST.get(key, "") for key in ("name", "description")}
    return _act(request, automation_id, partial(services.update_automation, changes=changes), _("Saved."))


@require_POST
@role_required("marketer")
def switch_on(request: HttpRequest, automation_id: int) -> HttpResponseBase:
    said = _("Switched on. Whoever does it from now on enters.")
    return _act(request, automation_id, services.activate_automation, said, otherwise="automations:dry_run")


@require_POST
@role_required("marketer")
def pause(request: HttpRequest, automation_id: int) -> HttpResponseBase:
    said = _("Paused. Nobody enters and nobody goes on until you resume.")
    return _act(request, automation_id, services.pause_automation, said)


@require_POST
@role_required("marketer")
def resume(request: HttpRequest, automation_id: int) -> HttpResponseBase:
    """`catch_up`: those who did it meanwhile enter, too."""
    change = partial(services.resume_automation, catch_up="catch_up" in request.POST)
    return _act(request, automation_id, change, _("It goes on."))


@require_POST
@role_required("marketer")
def archive(request: HttpRequest, automation_id: int) -> HttpResponseBase:
    return _act(request, automation_id, services.archive_automation, _("Archived. Nobody is in it any more."))


@require_POST
@role_required("marketer")
def restore(request: HttpRequest, automation_id: int) -> HttpResponseBase:
    return _act(request, automation_id, services.restore_automation, _("It is a draft again."))


@require_POST
@role_required("marketer")
def copy(request: HttpRequest, automation_id: int) -> HttpResponseBase:
    made = services.copy_automation(automation_or_404(automation_id).pk, actor=actor_of(request))
    return redirect("automations:edit", made.pk)


@require_POST
@role_required("marketer")
def delete(request: HttpRequest, automation_id: int) -> HttpResponseBase:
    said = _("“%(name)s” was deleted.") % {"name": automation_or_404(automation_id)}
    return _act(request, automation_id, services.delete_automation, said, to="")


def _act(
    request: HttpRequest,
    automation_id: int,
    change: Callable[..., Any],
    said: str,
    *,
    to: str = "automations:automation",
    otherwise: str = "automations:automation",
) -> HttpResponseBase:
    automation = automation_or_404(automation_id)
    if not tried(request, partial(change, automation.pk, actor=actor_of(request)), said):
        return redirect(otherwise, automation_id)
    return redirect(reverse(to, args=[automation_id]) if to else reverse("automations:list"))
