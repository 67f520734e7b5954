"""The dry run: who would have entered over the past year, when, and how many messages that is. From here it is
switched on."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.http import Http404, HttpRequest, HttpResponseBase, JsonResponse
from django.shortcuts import redirect, render
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_GET, require_http_methods

from crmseg.access.actors import actor_of, person_of
from crmseg.access.roles import has_role, signed_in
from crmseg.common.problems import InvalidInput
from crmseg.jobs.models import Job
from crmseg.web import formats
from crmseg.web.problems import tell

from ...models import Automation, DryRun
from .. import dry_runs
from . import presenting, saying
from .finding import automation_or_404

ASKED = {
    "/filter": gettext_lazy("“only people who”"),
    "/goal": gettext_lazy("the goal"),
    "/exit": gettext_lazy("“leave early”"),
}
REFUSED = {
    "filter": gettext_lazy("did not fit “only people who”"),
    "exit": gettext_lazy("fitted “leave early”"),
    "goal": gettext_lazy("had reached the goal already"),
    "again": gettext_lazy("were in it, or had been"),
    "deleted": gettext_lazy("were deleted since"),
}
ENDED = {
    "finished": gettext_lazy("would be through"),
    "goal": gettext_lazy("would have reached the goal"),
    "exit": gettext_lazy("would have left early"),
    "on_the_way": gettext_lazy("would still be on their way"),
}


@require_http_methods(["GET", "POST"])
@signed_in
def page(request: HttpRequest, automation_id: int) -> HttpResponseBase:
    """A POST starts a dry run of the newest version."""
    automation = automation_or_404(automation_id)
    if request.method == "POST":
        return _start(request, automation)
    definition = automation.latest.definition
    problems, names = presenting.problems_of(definition), saying.Names([definition])
    made = automation.dry_runs.order_by("-pk").first()
    shown = made if made is None or made.result else automation.dry_runs.exclude(result=None).order_by("-pk").first()
    context = {
        "automation": automation,
        "problems": _placed(definition, problems, names),
        "running": _running(made),
        "made": shown,
        "is_old": shown is not None and shown.version != automation.version,
        "result": shown.result if shown else None,
        "may_switch_on": automation.state == Automation.State.DRAFT or automation.has_changes,
        "messages_to": _campaigns(shown, names),
        "lines": _lines(shown, automation),
        "tab": "dry-run",
        **_parts(shown),
    }
    return render(request, "automations/dry_run.html", context)


def _start(request: HttpRequest, automation: Automation) -> HttpResponseBase:
    if not has_role(request.user, "marketer"):
        return render(request, "403.html", status=403)
    try:
        dry_runs.start(automation.pk, user=person_of(request), actor=actor_of(request))
    except InvalidInput as error:
        tell(request, error)
    return redirect("automations:dry_run", automation.pk)


def _placed(definition: dict[str, Any], problems: Any, names: saying.Names) -> list[dict[str, str]]:
    """Each thing that is open, with the step it is about and where that is mended."""
    steps = {str(raw["id"]): (n, raw) for n, raw in enumerate(definition["steps"], start=1)}
    found = []
    for about, several in problems.items():
        label, at = "", "part=trigger" if about in ("trigger", "filter") else "part=rules"
        if about in steps:
            number, raw = steps[about]
            label, at = f"{number}. {saying.step(raw, names).title}", f"step={about}"
        elif about == "steps":
            at = "add=start"
        found += [{"label": label, "at": at, "message": one.message} for one in several]
    return found


def _running(made: DryRun | None) -> dict[str, Any] | None:
    """How far the newest is; nothing once it has a result. One whose job is gone, or failed, says so."""
    if made is None or made.result is not None:
        return None
    job = Job.objects.filter(pk=made.job_id or 0).first()
    if job is None:
        return {"failed": True}
    return {"job": job, "failed": not job.is_open, "done": job.done, "total": job.total}


def _campaigns(made: DryRun | None, names: saying.Names) -> list[tuple[str, int]]:
    counted = made.result.get("campaigns", {}) if made and made.result else {}
    found = ((names.campaigns.get(int(pk)), n) for pk, n in counted.items() if pk.isdigit())
    return [(campaign.name if campaign else _("a message that is gone"), n) for campaign, n in found]


def _parts(made: DryRun | None) -> dict[str, Any]:
    result = made.result if made and made.result else {}
    return {
        "refused": [(REFUSED.get(key, key), n) for key, n in result.get("refused", {}).items()],
        "ended": [(ENDED.get(key, key), n) for key, n in result.get("ended", {}).items()],
        "since": parse_datetime(str(result.get("since", ""))) if result else None,
        "known_since": parse_datetime(str(result["known_since"])) if result.get("known_since") else None,
        "is_share": result.get("share", 1) < 1,
        "is_exact": result.get("exact", False),
        "list_made_at": parse_datetime(str(result["list_made_at"])) if result.get("list_made_at") else None,
        "as_of_today": [_as_of_today(one) for one in result.get("as_of_today", [])],
    }


def _as_of_today(told: dict[str, Any]) -> dict[str, Any]:
    """A condition that was not asked as of then: which, and why, or until when."""
    label = ASKED.get(told["at"]) or _("step %(n)s") % {"n": int(told["at"].split("/")[2]) + 1}
    return {"label": label, "why": told["why"], "until": parse_datetime(str(told["until"] or ""))}


def _lines(made: DryRun | None, automation: Automation) -> list[str]:
    """What switching on asks with."""
    if made is None or made.result is None or made.version != automation.version:
        return [_("There is no dry run of this version.")]
    entered, sent = made.result["entered"], made.result["messages"]
    return [
        ngettext(
            "Over the past year %(n)s person would have entered.",
            "Over the past year %(n)s people would have entered.",
            entered,
        )
        % {"n": formats.number(entered)},
        ngettext("That is %(n)s message.", "That is %(n)s messages.", sent) % {"n": formats.number(sent)},
    ]


@require_GET
@signed_in
def days(request: HttpRequest, automation_id: int) -> HttpResponseBase:
    """The figures of the chart: every day of the year, also those on which nobody came."""
    automation = automation_or_404(automation_id)
    made = automation.dry_runs.exclude(result=None).order_by("-pk").first()
    if made is None or made.result is None:
        raise Http404
    counted = {one["day"]: one for one in made.result["days"]}
    until = date.fromisoformat(made.result["until"][:10])
    first = min([date.fromisoformat(made.result["since"][:10]), *map(date.fromisoformat, counted)])
    last = max([until, *map(date.fromisoformat, counted)])
    labels = [(first + timedelta(days=n)).isoformat() for n in range((last - first).days + 1)]
    series = [
        {"name": name, "values": [counted.get(label, {}).get(key, 0) for label in labels]}
        for key, name in (("entered", _("Would have entered")), ("messages", _("Messages")))
    ]
    return JsonResponse({"kind": "line", "labels": labels, "series": series})
