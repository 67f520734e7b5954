"""The builder, for a condition of an automation: `?of=` filter, goal, exit, or of a step (`?step=`) branch or event.

Of an event (of a step, or of the trigger where no step is named), what is written is one condition about that event:
which of them count.
"""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from crmseg.access.actors import actor_of
from crmseg.access.roles import role_required
from crmseg.common.problems import InvalidInput
from crmseg.web.htmx import go
from segments import catalogue
from segments.views.builder import answers, asked
from segments.views.builder.encode import empty, encode
from segments.views.builder.pages import builder

from ...models import Automation
from .. import services
from .finding import automation_or_404

Raw = dict[str, Any]
WHOLE = ("filter", "goal", "exit")


@require_http_methods(["GET", "POST"])
@role_required("marketer")
def condition(request: HttpRequest, automation_id: int) -> HttpResponseBase:
    automation = automation_or_404(automation_id)
    of, step_id = request.GET.get("of", ""), request.GET.get("step", "")[:200]
    definition = dict(automation.latest.definition)
    held = _held(definition, of, step_id)
    if automation.state == Automation.State.ARCHIVED:
        raise Http404
    if request.method == "POST":
        return _save(request, automation, of, step_id)
    known = catalogue.current()
    try:
        root = encode(held, known) if held is not None else empty()
    except InvalidInput:
        root = empty()
    context = builder(root) | {
        "automation": automation,
        "of": of,
        "event": held.get("event") if of == "event" and held else "",
        "form_url": request.get_full_path(),
        "kept_as": f"automation-{automation.pk}-{of}-{step_id or 'all'}",
        "back_url": _back(automation, of, step_id),
    }
    return render(request, "automations/condition.html", context)


def _part(definition: Raw, of: str, step_id: str) -> Raw:
    """What of the definition holds the condition; 404 where there is no such thing."""
    if of in WHOLE and not step_id:
        return definition
    if of == "event" and not step_id:
        part = definition.get("trigger")
        if isinstance(part, dict) and part.get("kind") == "event" and part.get("event"):
            return part
        raise Http404
    kind = {"branch": "branch", "event": "wait_for_event"}.get(of)
    part = next((step for step in definition["steps"] if step["id"] == step_id and step["kind"] == kind), None)
    if part is None or (of == "event" and not part.get("event")):
        raise Http404
    return dict(part)


def _held(definition: Raw, of: str, step_id: str) -> Raw | None:
    part = _part(definition, of, step_id)
    if of != "event":
        found = part.get("condition" if of == "branch" else of)
        return found if isinstance(found, dict) else None
    where = {"where": part["where"]} if part.get("where") is not None else {}
    return {"event": part["event"], "op": "did"} | where


def _save(request: HttpRequest, automation: Automation, of: str, step_id: str) -> HttpResponseBase:
    given = asked.read(request, catalogue.current())
    remarks = asked.unfinished_remarks(given)
    if not given.problems and not remarks:
        try:
            definition = _with(dict(automation.latest.definition), of, step_id, given.definition)
            services.save_definition(automation.pk, definition, actor=actor_of(request))
        except InvalidInput as error:
            remarks = [asked.Remark("", problem.message) for problem in error.problems]
        else:
            return go(request, _back(automation, of, step_id))
    said = _("Not there yet. What you wrote is kept; mend the marked rows and try again.")
    context = answers.refused(given, remarks) | {"notice": said}
    return render(request, "segments/builder/answer.html", context, status=422)


def _with(definition: Raw, of: str, step_id: str, written: Raw) -> Raw:
    part = _part(definition, of, step_id)
    key = "condition" if of == "branch" else of
    made = part | (_of_event(written) if of == "event" else {key: written})
    if step_id:
        return definition | {"steps": [made if step["id"] == step_id else step for step in definition["steps"]]}
    return definition | {"trigger": made} if of == "event" else made


def _of_event(written: Raw) -> Raw:
    """The event and its `where` of one condition that it happened; anything else says more than one event can."""
    inner: Any = written
    while isinstance(inner, dict) and len(inner) == 1 and isinstance(next(iter(inner.values())), list):
        rows = next(iter(inner.values()))
        inner = rows[0] if "all" in inner and len(rows) == 1 else None
    happened = isinstance(inner, dict) and inner.keys() <= {"event", "op", "value", "where"}
    at_least_once = happened and (inner.get("op") == "did" or (inner.get("op"), inner.get("value")) == ("gte", 1))
    if not at_least_once:
        raise InvalidInput(_("Keep one row: that the event happened, without a time. Say beneath it which ones count."))
    return {"event": inner["event"], "where": inner.get("where")}


def _back(automation: Automation, of: str, step_id: str) -> str:
    at = {"step": step_id} if step_id else {"part": "rules" if of in ("goal", "exit") else "trigger"}
    return f"{reverse('automations:edit', args=[automation.pk])}?{urlencode(at)}"
