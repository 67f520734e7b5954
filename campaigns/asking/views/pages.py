"""The surveys table, a new survey, how one is reached, and opening, closing and deleting it."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from crmseg.access.actors import actor_of
from crmseg.access.roles import has_role, role_required, signed_in
from crmseg.common.problems import InvalidInput
from crmseg.web import htmx, problems
from crmseg.web.problems import tried
from crmseg.web.tables import Column, Table

from ...models import Survey, SurveyVersion
from .. import links, scores, selectors, services, starts
from .found import survey_of, text

COLUMNS = {
    "name": Column(gettext_lazy("Name"), order=("name",)),
    "state": Column(gettext_lazy("State"), order=("state",)),
    "answers": Column(gettext_lazy("Answers"), order=("answers",), numeric=True, descending_first=True),
    "nps": Column("NPS", numeric=True),
    "published": Column(gettext_lazy("Published"), order=("published_at",), descending_first=True),
    "created": Column(gettext_lazy("Created"), order=("created_at",), descending_first=True),
}


@require_GET
@signed_in
def table(request: HttpRequest) -> HttpResponseBase:
    chosen = {key: text(request, key) for key in ("q", "state")}
    if chosen["state"] not in Survey.State.values:
        chosen["state"] = ""
    shown = Table(request, selectors.surveys_table(**chosen), COLUMNS, sort="-created", id="surveys-table")
    rows: list[Any] = shown.rows
    context = {
        "table": shown,
        "rows": [(row, scores.nps(row.promoters, row.passives, row.detractors)) for row in rows],
        "chosen": chosen,
        "states": Survey.State.choices,
        "is_filtered": any(chosen.values()),
    }
    return htmx.varying(render(request, "surveys/table.html", context))


@require_http_methods(["GET", "POST"])
@role_required("marketer")
def new(request: HttpRequest) -> HttpResponseBase:
    said: dict[str, str] = {}
    name, chosen = request.POST.get("name", ""), request.POST.get("start", "nps")
    if request.method == "POST":
        start = chosen if chosen in starts.STARTS else "blank"
        try:
            survey = services.create_survey(
                data={"name": name or str(starts.STARTS[start][0])}, actor=actor_of(request), start=start
            )
        except InvalidInput as error:
            said = problems.by_field(error.problems)
        else:
            return redirect("surveys:edit", survey.pk)
    shown = [(key, label, about) for key, (label, about, _form) in starts.STARTS.items()]
    context = {"starts": shown, "name": name, "chosen": chosen, "said": said}
    return render(request, "surveys/new.html", context, status=400 if said else 200)


@require_http_methods(["GET", "POST"])
@signed_in
def share(request: HttpRequest, survey_id: int) -> HttpResponseBase:
    """How people come to it: by a message, by a link for everybody, in a page of one's own."""
    survey = survey_of(survey_id)
    if request.method == "POST":
        if not has_role(request.user, "marketer"):
            raise PermissionDenied
        is_public = request.POST.get("public") == "1"
        services.update_survey(survey.pk, data={"is_public": is_public}, actor=actor_of(request))
        messages.success(request, _("Saved."))
        return redirect("surveys:share", survey.pk)
    context = {
        "survey": survey,
        "tab": "share",
        "liquid": f"{{{{ surveys.{survey.key} }}}}",
        "button": f'<mj-button href="{{{{ surveys.{survey.key} }}}}">',
        "score_link": f"{{{{ surveys.{survey.key} }}}}?score=9",
        "public_url": links.public_url(survey),
        "frame": f'<iframe src="{links.embed_url(survey)}" title="{survey.key}" width="100%" height="520" '
        'style="border:0" loading="lazy"></iframe>',
    }
    return render(request, "surveys/share.html", context)


@require_POST
@role_required("marketer")
def publish(request: HttpRequest, survey_id: int) -> HttpResponseBase:
    survey = survey_of(survey_id)
    publish = partial(services.publish_survey, survey.pk, actor=actor_of(request))
    is_open = tried(request, publish, _("It is open: whoever has a link sees this version."))
    return redirect("surveys:share" if is_open else "surveys:edit", survey.pk)


@require_POST
@role_required("marketer")
def close(request: HttpRequest, survey_id: int) -> HttpResponseBase:
    survey = survey_of(survey_id)
    tried(request, partial(services.close_survey, survey.pk, actor=actor_of(request)), _("It takes no more answers."))
    return redirect("surveys:survey", survey.pk)


@require_POST
@role_required("marketer")
def copy(request: HttpRequest, survey_id: int) -> HttpResponseBase:
    made = services.copy_survey(survey_of(survey_id).pk, actor=actor_of(request))
    return redirect("surveys:edit", made.pk)


@require_POST
@role_required("marketer")
def delete(request: HttpRequest, survey_id: int) -> HttpResponseBase:
    survey = survey_of(survey_id)
    said = _("The survey “%(name)s” was deleted.") % {"name": survey.name}
    gone = tried(request, partial(services.delete_survey, survey.pk, actor=actor_of(request)), said)
    return redirect("surveys:list") if gone else redirect("surveys:survey", survey.pk)


@require_POST
@role_required("marketer")
def restore(request: HttpRequest, survey_id: int, number: int) -> HttpResponseBase:
    """The draft is again what was asked then; people see it once it is published."""
    survey = survey_of(survey_id)
    try:
        services.restore_version(survey.pk, min(number, 2**31 - 1), actor=actor_of(request))
    except SurveyVersion.DoesNotExist as error:
        raise Http404 from error
    messages.success(request, _("The draft is again what was asked then."))
    return redirect(reverse("surveys:edit", args=[survey.pk]))
