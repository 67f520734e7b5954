"""Score models: all of them, one with what it gives and how it came about, and what may be done with it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from crmseg.access.actors import actor_of
from crmseg.access.roles import role_required, signed_in
from crmseg.common.actor import Actor
from crmseg.common.problems import Conflict, InvalidInput
from crmseg.web.formats import number
from crmseg.web.problems import add_to_form
from segments.models import Fitting, ScoreModel

from .. import example, preview, selectors, services
from ..forms import NamingForm, NewModelForm
from . import shown, working


@require_GET
@signed_in
def table(request: HttpRequest) -> HttpResponseBase:
    archived = request.GET.get("archived") == "1"
    found = ScoreModel.objects.exclude(archived_at=None).order_by("name", "pk") if archived else selectors.models()
    context = {
        "rows": shown.summaries(list(found)),
        "archived": archived,
        "any_archived": ScoreModel.objects.exclude(archived_at=None).exists(),
        "fittings": Fitting.objects.count(),
    }
    return render(request, "leads/models.html", context)


@require_http_methods(["GET", "POST"])
@role_required("marketer")
def new(request: HttpRequest) -> HttpResponseBase:
    form = NewModelForm(request.POST or None, initial={"key": example.free_key(example.KEY)})
    if request.method == "POST" and form.is_valid():
        try:
            made = services.create_model(
                **form.cleaned_data, definition={"groups": []}, draft=True, actor=actor_of(request)
            )
        except InvalidInput as error:
            add_to_form(form, error)
        else:
            return redirect("leads:edit", made.pk)
    return render(request, "leads/model_new.html", {"form": form}, status=422 if form.errors else 200)


@require_POST
@role_required("marketer")
def make_example(request: HttpRequest) -> HttpResponseBase:
    try:
        made = example.create(actor=actor_of(request))
    except InvalidInput as error:
        messages.error(request, " ".join(problem.message for problem in error.problems))
        return redirect("leads:models")
    messages.success(request, _("“%(name)s” was created. Change its rules as you like.") % {"name": made.name})
    return redirect("leads:model", made.pk)


@require_GET
@signed_in
def page(request: HttpRequest, model_id: int) -> HttpResponseBase:
    model = get_object_or_404(ScoreModel, pk=model_id)
    spread = preview.spread_of(model)
    context = {
        "model": model,
        "build": selectors.latest_build(model) if model.state == ScoreModel.State.BUILDING else None,
        "groups": shown.groups(model),
        "grid": shown.grid(spread, queue_of=model) if spread.looked_at else None,
        "spread": spread,
        "versions": shown.versions(model),
        "form": NamingForm(initial={"name": model.name, "description": model.description}),
        "used": shown.used_in(model),
        "unsaved": working.of(request, model).changed,
    }
    return render(request, "leads/model.html", context)


@require_GET
@signed_in
def spread_chart(request: HttpRequest, model_id: int) -> JsonResponse:
    """How many people have which score."""
    spread = preview.spread_of(get_object_or_404(ScoreModel, pk=model_id))
    labels = [number(one.low) for one in spread.bins]
    series = [{"name": _("People"), "values": [one.count for one in spread.bins]}]
    return JsonResponse({"kind": "bars", "labels": labels, "series": series, "notes": []})


@require_POST
@role_required("marketer")
def rename(request: HttpRequest, model_id: int) -> HttpResponseBase:
    get_object_or_404(ScoreModel, pk=model_id)
    form = NamingForm(request.POST)
    if form.is_valid():
        _try(request, lambda actor: services.update_model(model_id, actor=actor, **form.cleaned_data), _("Saved."))
    else:
        messages.error(request, _("Give it a name of at most 200 characters."))
    return redirect("leads:model", model_id)


_ACTIONS: dict[str, tuple[Callable[..., Any], Callable[[], str]]] = {
    "publish": (services.publish_model, lambda: _("Everybody is being scored. You can go on working.")),
    "rebuild": (services.rebuild_model, lambda: _("Everybody is being scored anew.")),
    "default": (services.make_default, lambda: _("This score is shown first from now on.")),
    "archive": (services.archive_model, lambda: _("Archived. Nobody has this score any more.")),
    "restore": (services.restore_model, lambda: _("Restored as a draft. Switch it on when you are ready.")),
    "delete": (services.delete_model, lambda: _("Deleted.")),
}


@require_POST
@role_required("marketer")
def act(request: HttpRequest, model_id: int, action: str) -> HttpResponseBase:
    get_object_or_404(ScoreModel, pk=model_id)
    if action not in _ACTIONS:
        return redirect("leads:model", model_id)
    service, said = _ACTIONS[action]
    done = _try(request, lambda actor: service(model_id, actor=actor), said())
    if done and action in ("delete", "archive"):
        return redirect("leads:models")
    return redirect("leads:model", model_id)


@require_POST
@role_required("marketer")
def roll_back(request: HttpRequest, model_id: int, version: int) -> HttpResponseBase:
    model = get_object_or_404(ScoreModel, pk=model_id)
    said = _("Version %(number)s is back. Everybody is being scored by it.") % {"number": version}
    if _try(request, lambda actor: services.rollback_model(model_id, version, actor=actor), said):
        working.forget(request, model)
    return redirect(f"{reverse('leads:model', args=[model_id])}#versions")


def _try(request: HttpRequest, do: Callable[[Actor], Any], said: str) -> bool:
    try:
        do(actor_of(request))
    except (InvalidInput, Conflict) as error:
        messages.error(request, " ".join(problem.message for problem in error.problems))
        return False
    messages.success(request, said)
    return True
