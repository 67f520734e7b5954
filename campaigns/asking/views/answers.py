"""Answers to read, search, tag and hand to a person."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from django.http import HttpRequest, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from contacts.models import AttributeDefinition, Contact, Task
from crmseg.access.actors import actor_of
from crmseg.access.models import User
from crmseg.access.roles import role_required, signed_in
from crmseg.common.ids import LARGEST_ID, read_id
from crmseg.web import htmx
from crmseg.web.problems import tried
from crmseg.web.tables import Column, Table
from segments.models import Segment

from ...models import SurveyResponse
from .. import figures, presenting, reading, report, selectors, services
from ..schema import Form, Kind, say
from .found import segment_asked, survey_of, text

COLUMNS = {
    "answered": Column(gettext_lazy("Answered"), order=("completed_at",), descending_first=True),
    "nps": Column("NPS", order=("nps",), numeric=True),
    "csat": Column("CSAT", order=("csat",), numeric=True),
}
GROUP_WORDS = {
    "promoters": gettext_lazy("Promoters (9 and 10)"),
    "passives": gettext_lazy("Passives (7 and 8)"),
    "detractors": gettext_lazy("Detractors (0 to 6)"),
}
PAGE = 25
MOST_FILE = 100_000


@require_GET
@signed_in
def answers(request: HttpRequest, survey_id: int) -> HttpResponseBase:
    survey = survey_of(survey_id)
    form = services.published(survey) or services.form_of(survey)
    chosen = _chosen(request)
    found = selectors.answers(survey, **chosen)
    shown = Table(request, found, COLUMNS, sort="-answered", id="answers-table", page_size=PAGE)
    rows: list[Any] = shown.rows
    context = {
        "survey": survey,
        "tab": "answers",
        "table": shown,
        "rows": _shown(form, rows),
        "chosen": chosen,
        "groups": list(GROUP_WORDS.items()) if form.first(Kind.NPS) else [],
        "tags": figures.tags(survey),
        "segments": list(Segment.unarchived.order_by("name").values_list("pk", "name")[:500]),
        "people": list(User.objects.filter(is_active=True).order_by("name", "email")),
        "is_filtered": any(chosen.values()),
        "query": request.GET.urlencode(),
        "here": request.get_full_path(),
    }
    return htmx.varying(render(request, "surveys/answers.html", context))


@require_GET
@signed_in
def as_file(request: HttpRequest, survey_id: int) -> HttpResponseBase:
    """The answers that are asked for, as CSV."""
    survey = survey_of(survey_id)
    found = selectors.answers(survey, **_chosen(request)).order_by("-completed_at", "-pk")[:MOST_FILE]
    lines = report.answers_csv(survey, _with_names(list(found)))
    response = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="answers-{survey.key}.csv"'
    return response


@require_POST
@role_required("marketer")
def tag(request: HttpRequest, survey_id: int, response_id: int) -> HttpResponseBase:
    response = _response(survey_id, response_id)
    tags = request.POST.get("tags", "").split(",")
    tried(request, partial(reading.tag_answer, response.pk, tags, actor=actor_of(request)), _("Saved."))
    return _back(request, survey_id)


@require_POST
@role_required("marketer")
def route(request: HttpRequest, survey_id: int, response_id: int) -> HttpResponseBase:
    response = _response(survey_id, response_id)
    form = services.published(response.survey, response.version)
    make_task = partial(
        reading.route_answer,
        response.pk,
        owner=read_id(request.POST.get("owner", "")),
        title=request.POST.get("title", ""),
        note=_words(form, response) if form else "",
        actor=actor_of(request),
    )
    tried(request, make_task, _("The task is made."))
    return _back(request, survey_id)


@require_POST
@role_required("marketer")
def delete(request: HttpRequest, survey_id: int, response_id: int) -> HttpResponseBase:
    response = _response(survey_id, response_id)
    tried(request, partial(reading.delete_answer, response.pk, actor=actor_of(request)), _("The answer was deleted."))
    return redirect(f"{reverse('surveys:answers', args=[survey_id])}?{request.GET.urlencode()}")


def _chosen(request: HttpRequest) -> dict[str, Any]:
    segment = segment_asked(request)
    group = text(request, "group")
    return {
        "q": text(request, "q"),
        "group": group if group in selectors.GROUPS else "",
        "tag": text(request, "tag", 60),
        "segment": segment.pk if segment else None,
    }


def _response(survey_id: int, response_id: int) -> SurveyResponse:
    found = SurveyResponse.objects.select_related("survey").exclude(completed_at=None)
    return get_object_or_404(found, survey=survey_of(survey_id), pk=min(response_id, LARGEST_ID))


def _back(request: HttpRequest, survey_id: int) -> HttpResponseBase:
    return htmx.back(request, request.POST.get("next", ""), reverse("surveys:answers", args=[survey_id]))


def _words(form: Form, response: SurveyResponse) -> str:
    said = [str(response.answers.get(one.key) or "") for one in form.questions if one.kind is Kind.TEXT]
    return "\n\n".join(one for one in said if one)


def _shown(form: Form, rows: list[SurveyResponse]) -> list[dict[str, Any]]:
    language = get_language() or form.main
    labels = dict(AttributeDefinition.objects.filter(entity="contact").values_list("key", "label"))
    contacts = Contact.objects.in_bulk({row.contact_id for row in rows if row.contact_id})
    tasks = Task.objects.select_related("owner").in_bulk({row.task_id for row in rows if row.task_id})
    found = []
    for row in rows:
        contact = contacts.get(row.contact_id or 0)
        told = [
            {
                "question": say(one.text, language, form.main),
                "said": presenting.told(form, one, row.answers.get(one.key), language),
                "is_words": one.kind is Kind.TEXT,
            }
            for one in form.questions
        ]
        found.append(
            {
                "row": row,
                "contact": contact,
                "written": _written(form, row, contact, labels) if contact else [],
                "task": tasks.get(row.task_id or 0),
                "told": [one for one in told if one["said"]],
                "tone": "" if row.nps is None else "good" if row.nps >= 9 else "bad" if row.nps <= 6 else "quiet",
                "tags": ", ".join(row.tags),
            }
        )
    return found


def _written(form: Form, row: SurveyResponse, contact: Contact, labels: Mapping[str, str]) -> list[str]:
    """What stays of an answer that is deleted."""
    kept = reading.written(form, row, contact)
    return [_("“%(attribute)s” keeps what this answer says.") % {"attribute": labels.get(key, key)} for key in kept]


def _with_names(rows: list[SurveyResponse]) -> Iterator[tuple[SurveyResponse, str]]:
    ids = {row.contact_id for row in rows if row.contact_id}
    names = dict(Contact.objects.filter(pk__in=ids).values_list("pk", "email"))
    for row in rows:
        yield row, str(names.get(row.contact_id or 0) or row.contact_id or "")
