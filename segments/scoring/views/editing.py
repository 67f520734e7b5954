"""The editor of a score model: groups and rules as one form, each rule's condition in the builder, and the grades that
would come of it. Nothing counts until it is saved; what is not saved is kept for whoever writes it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from crmseg.access.actors import actor_of
from crmseg.access.roles import role_required
from crmseg.common import clock, json
from crmseg.common.problems import Conflict, InvalidInput
from crmseg.web.htmx import go, wants_part
from segments import catalogue, sentences
from segments.definition.windows import UNITS
from segments.models import ScoreModel
from segments.views.builder import answers, asked
from segments.views.builder.encode import empty, encode
from segments.views.builder.pages import builder

from .. import preview, services
from . import shown, working
from .working import Working

NEW_RULE = {"name": "", "points": 10, "decay": None}


def _model(model_id: int) -> ScoreModel:
    return get_object_or_404(ScoreModel, pk=model_id, archived_at=None)


@require_http_methods(["GET", "POST"])
@role_required("marketer")
def edit(request: HttpRequest, model_id: int) -> HttpResponseBase:
    """A POST carries the whole form and what to `do` with it: save, discard, go to a condition, or change its shape."""
    model = _model(model_id)
    if request.method == "GET":
        return _page(request, model, working.of(request, model))
    do = request.POST.get("do", "")
    if do == "discard":
        working.forget(request, model)
        return go(request, reverse("leads:edit", args=[model.pk]))
    held = working.read(request.POST, _version(request, model))
    if do == "save":
        return _save(request, model, held)
    verb, _colon, place = do.partition(":")
    working.act(held, do)
    working.keep(request, model, held)
    if verb == "condition" and working.rule_at(held, place) is not None:
        return go(request, f"{reverse('leads:rule', args=[model.pk])}?at={place}")
    return _page(request, model, held)


@require_POST
@role_required("marketer")
def effect(request: HttpRequest, model_id: int) -> HttpResponse:
    """Who would have which grade; asked after every change, and the change is kept."""
    model = _model(model_id)
    held = working.read(request.POST, _version(request, model))
    working.keep(request, model, held)
    try:
        found = preview.preview(
            held.definition,
            clock.now(),
            link=model.link,
            intercept=model.intercept,
            model=model,
            asker=f"score:{request.session.session_key}",
        )
    except InvalidInput as error:
        return render(request, "leads/effect.html", {"problems": _said(error)})
    except preview.TookTooLong:
        return render(
            request, "leads/effect.html", {"problems": [_("Counting took too long. You can save all the same.")]}
        )
    before = preview.spread_of(model)
    context = {
        "spread": found,
        "grid": shown.grid(found, before=before if before.looked_at else None),
        "warnings": list(dict.fromkeys(problem.message for problem in found.warnings)),
    }
    return render(request, "leads/effect.html", context)


def _said(error: InvalidInput) -> list[str]:
    return list(dict.fromkeys(problem.message for problem in error.problems))


def _save(request: HttpRequest, model: ScoreModel, held: Working) -> HttpResponseBase:
    working.keep(request, model, held)
    if held.version != model.version and "anyway" not in request.POST:
        return _page(request, model, held, status=422)
    reason = request.POST.get("reason", "").replace("\x00", "").strip()[:1000]
    try:
        saved = services.update_model(model.pk, definition=held.definition, reason=reason, actor=actor_of(request))
        if "publish" in request.POST and saved.state == ScoreModel.State.DRAFT:
            services.publish_model(model.pk, actor=actor_of(request))
    except (InvalidInput, Conflict) as error:
        apart = working.place(held, error.problems)
        return _page(request, model, held, apart=apart, status=422)
    working.forget(request, model)
    if saved.version == model.version:
        messages.info(request, _("Nothing was changed."))
    else:
        messages.success(request, _("Saved as version %(number)s.") % {"number": saved.version})
    return go(request, reverse("leads:model", args=[model.pk]))


def _version(request: HttpRequest, model: ScoreModel) -> int:
    raw = request.POST.get("version", "")
    return int(raw) if raw.isascii() and raw.isdecimal() and len(raw) < 9 else model.version


def _page(
    request: HttpRequest, model: ScoreModel, held: Working, *, apart: list[str] | None = None, status: int = 200
) -> HttpResponse:
    context = {
        "model": model,
        "held": held,
        "groups": _groups(held),
        "edges": _edges(held),
        "units": _units(),
        "apart": apart or [],
        "outdated": held.version != model.version,
    }
    part = "leads/editor_form.html" if wants_part(request) else "leads/editor.html"
    return render(request, part, context, status=status)


def _units() -> list[tuple[str, str]]:
    names = {
        "minute": _("minutes"),
        "hour": _("hours"),
        "day": _("days"),
        "week": _("weeks"),
        "month": _("months"),
        "year": _("years"),
    }
    return [(unit, names[unit]) for unit in UNITS if unit in names]


def _groups(held: Working) -> list[dict[str, Any]]:
    """The working copy with the ids of its fields, what each rule says, and what is wrong where."""
    known = catalogue.current()
    found = []
    for at, group in enumerate(held.groups):
        rules = [
            {
                "id": f"g{at}.r{place}",
                "place": f"{at}.{place}",
                "rule": rule,
                "fading": rule.get("decay") or working.FADING,
                "sentence": sentences.sentence_of(rule["definition"], known) if rule.get("definition") else "",
                "json": json.dumps(rule.get("definition")).decode(),
                "problems": [held.problems[key] for key in held.problems if key.startswith(f"g{at}.r{place}.")],
                "first": place == 0,
                "last": place == len(group["rules"]) - 1,
            }
            for place, rule in enumerate(group["rules"])
        ]
        own = [held.problems[key] for key in (f"g{at}.name", f"g{at}.kind", f"g{at}.cap") if key in held.problems]
        found.append({"id": f"g{at}", "place": str(at), "group": group, "rules": rules, "problems": own})
    return found


def _edges(held: Working) -> list[dict[str, Any]]:
    grades = held.definition.get("grades") or {}
    words = {"fit": ("A", "B", "C"), "engagement": ("1", "2", "3")}
    return [
        {
            "kind": kind,
            "label": shown.kind_words(kind),
            "problem": held.problems.get(f"{kind}.0", ""),
            "fields": [
                (f"{kind}.{place}", word, [*(grades.get(kind) or []), "", "", ""][place])
                for place, word in enumerate(names)
            ],
        }
        for kind, names in words.items()
    ]


@require_http_methods(["GET", "POST"])
@role_required("marketer")
def rule(request: HttpRequest, model_id: int) -> HttpResponseBase:
    """The builder for the condition at `?at=`: `1.0` is the first rule of the second group, `1.new` one to come."""
    model = _model(model_id)
    held, at = working.of(request, model), request.GET.get("at", "")
    place = working.rule_at(held, at)
    if place is None or "." not in at:
        raise Http404
    group, index = place
    if request.method == "POST":
        return _keep_rule(request, model, held, group, index)
    known = catalogue.current()
    rules = held.groups[group]["rules"]
    root = empty()
    if index is not None:
        try:
            root = encode(rules[index]["definition"], known)
        except (InvalidInput, KeyError, TypeError, ValueError):
            root = empty()
    context = builder(root) | {
        "model": model,
        "name": rules[index].get("name") if index is not None else "",
        "form_url": request.get_full_path(),
        "kept_as": f"score-{model.pk}-{group}-{'new' if index is None else index}",
        "back_url": reverse("leads:edit", args=[model.pk]),
    }
    return render(request, "leads/rule.html", context)


def _keep_rule(
    request: HttpRequest, model: ScoreModel, held: Working, group: int, index: int | None
) -> HttpResponseBase:
    given = asked.read(request, catalogue.current())
    remarks = asked.unfinished_remarks(given)
    if given.problems or remarks:
        said = _("Not there yet. What you wrote is kept; mend the marked rows and try again.")
        context = answers.refused(given, remarks) | {"notice": said}
        return render(request, "segments/builder/answer.html", context, status=422)
    rules = held.groups[group]["rules"]
    if index is None:
        rules.append(NEW_RULE | {"definition": given.definition})
    else:
        rules[index]["definition"] = given.definition
    working.keep(request, model, held)
    last = len(rules) - 1 if index is None else index
    return go(request, f"{reverse('leads:edit', args=[model.pk])}#g{group}.r{last}")
