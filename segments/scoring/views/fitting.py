"""Learned scores: asking for one, what was found, and saving it as a score model beside those made by hand."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from contacts import stages
from contacts.fields import LIFECYCLE_STAGES
from contacts.models import EventType
from crmseg.access.actors import actor_of, person_of
from crmseg.access.roles import role_required, signed_in
from crmseg.common import json
from crmseg.common.problems import Conflict, InvalidInput
from crmseg.web.formats import number
from segments import catalogue, sentences
from segments.models import Fitting

from ..fitted import goals, keeping, offers, regression, runs
from ..fitted.kind import refusal

EVENT, STAGE = "event:", "stage:"
HORIZONS = (14, 30, 60, 90, 180)
MOST_EVENTS = 200


@require_GET
@signed_in
def fittings(request: HttpRequest) -> HttpResponseBase:
    rows = list(Fitting.objects.select_related("job", "model", "created_by")[:100])
    context = {"rows": [(row, refusal(row) if row.refused else "") for row in rows]}
    return render(request, "leads/fittings.html", context | {"installed": regression.is_installed()})


@require_http_methods(["GET", "POST"])
@role_required("marketer")
def new(request: HttpRequest) -> HttpResponseBase:
    """`?goal=event:NAME` or `stage:KEY` brings the conditions that may foretell it."""
    given = request.POST if request.method == "POST" else request.GET
    wanted, goal = given.get("goal", "")[:300], None
    problems: list[str] = []
    if wanted:
        try:
            goal = goals.read(_goal(wanted))
        except InvalidInput as error:
            problems = [problem.message for problem in error.problems]
    if request.method == "POST" and goal:
        try:
            fitting = _start(request, goal)
        except InvalidInput as error:
            problems = [problem.message for problem in error.problems]
        else:
            return redirect("leads:fitting", fitting.pk)
    chosen = set(request.POST.getlist("feature"))
    offered = offers.offered(catalogue.current(), goal) if goal else []
    rows = [(one, json.dumps(one.definition).decode()) for one in offered]
    context = {
        "installed": regression.is_installed(),
        "goal": wanted,
        "goal_label": goal.label if goal else "",
        "stages": [(f"{STAGE}{key}", stages.name_of(key)) for key in LIFECYCLE_STAGES[1:]],
        "events": [(f"{EVENT}{name}", name) for name in _event_names()],
        "horizons": HORIZONS,
        "days": given.get("days", "30"),
        "name": given.get("name", "")[:200],
        "problems": list(dict.fromkeys(problems)),
        "kinds": [
            (label, [(one, text, not chosen or text in chosen) for one, text in rows if one.kind == kind])
            for kind, label in offers.KINDS.items()
        ],
        "needed": runs.NEEDED,
        "moments": runs.LEARNED,
    }
    return render(request, "leads/fitting_new.html", context, status=422 if problems else 200)


def _event_names() -> list[str]:
    return list(EventType.objects.order_by("name").values_list("name", flat=True)[:MOST_EVENTS])


def _goal(text: str) -> Any:
    if text.startswith(EVENT):
        return {"event": text.removeprefix(EVENT)}
    return {"stage": text.removeprefix(STAGE)} if text.startswith(STAGE) else None


def _start(request: HttpRequest, goal: goals.Goal) -> Fitting:
    days = request.POST.get("days", "")
    features = []
    for text in request.POST.getlist("feature")[: runs.MOST_FEATURES + 1]:
        features.append({"definition": json.loads(text.encode("utf-8", "surrogatepass"))})
    return runs.start(
        name=request.POST.get("name", ""),
        goal=goal.plain(),
        days=int(days) if days.isascii() and days.isdecimal() and len(days) < 6 else 0,
        features=features,
        user=person_of(request),
        actor=actor_of(request),
    )


@require_GET
@signed_in
def fitting(request: HttpRequest, fitting_id: int) -> HttpResponseBase:
    found = get_object_or_404(Fitting.objects.select_related("job", "model", "created_by"), pk=fitting_id)
    context = {
        "fitting": found,
        "goal": goals.stored(found.goal).label,
        "job": found.job,
        "refusal": refusal(found) if found.refused else "",
        "needed": runs.NEEDED,
        "key": keeping.free_key(),
    }
    if found.found and not found.refused:
        context |= _told(found, found.found)
    return render(request, "leads/fitting.html", context)


def _told(fitting: Fitting, found: dict[str, Any]) -> dict[str, Any]:
    """What was found in words: the conditions by how much they tell, and those of which nothing could be learned."""
    known = catalogue.current()
    rows = [
        {
            "name": feature["name"],
            "sentence": sentences.sentence_of(feature["definition"], known),
            "weight": weight["weight"],
            "odds": None if weight["weight"] is None else regression.odds(weight["weight"]),
            "low": None if weight["weight"] is None else regression.odds(weight["low"]),
            "high": None if weight["weight"] is None else regression.odds(weight["high"]),
            "holds": weight["holds"],
            "converted": weight["converted"] / weight["holds"] if weight["holds"] else None,
        }
        for feature, weight in zip(fitting.features, found["weights"], strict=True)
    ]
    learned = sorted((row for row in rows if row["weight"] is not None), key=lambda row: -abs(row["weight"]))
    return {
        "found": found,
        "telling": [row for row in learned if row["low"] > 1 or row["high"] < 1],
        "silent": [row for row in learned if row["low"] <= 1 <= row["high"]],
        "unlearned": [row for row in rows if row["weight"] is None],
        "rate": found["converted"] / found["people"],
        "later_rate": found["later_converted"] / found["later_people"],
        "useless": found["auc_low"] <= 0.5,
    }


@require_GET
@signed_in
def calibration_chart(request: HttpRequest, fitting_id: int) -> JsonResponse:
    """What was said and what happened, tenth by tenth, in percent."""
    found = get_object_or_404(Fitting, pk=fitting_id).found or {}
    bins = found.get("bins", [])
    labels = [number(place) for place in range(1, len(bins) + 1)]
    rows = (("said", _("Said")), ("happened", _("Happened")), ("low", _("at least")), ("high", _("at most")))
    series = [{"name": name, "values": [round(one[key] * 100, 2) for one in bins]} for key, name in rows]
    return JsonResponse({"kind": "line", "labels": labels, "series": series, "notes": []})


@require_POST
@role_required("marketer")
def keep(request: HttpRequest, fitting_id: int) -> HttpResponseBase:
    get_object_or_404(Fitting, pk=fitting_id)
    key = request.POST.get("key", "").strip()[:60]
    try:
        model = keeping.keep(fitting_id, key=key or keeping.free_key(), actor=actor_of(request))
    except (InvalidInput, Conflict) as error:
        messages.error(request, " ".join(problem.message for problem in error.problems))
        return redirect("leads:fitting", fitting_id)
    messages.success(request, _("“%(name)s” is a score model now. Everybody is being scored.") % {"name": model.name})
    return redirect("leads:model", model.pk)


@require_POST
@role_required("marketer")
def delete(request: HttpRequest, fitting_id: int) -> HttpResponseBase:
    get_object_or_404(Fitting, pk=fitting_id)
    runs.delete(fitting_id, actor=actor_of(request))
    messages.success(request, _("Deleted."))
    return redirect("leads:fittings")
