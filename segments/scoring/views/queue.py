"""The queue for sales: the table, its rows, who takes which lead, and the file of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_GET, require_POST

from contacts import stages
from crmseg.access import audit
from crmseg.access.actors import actor_of, person_of
from crmseg.access.roles import has_role, role_required, signed_in
from crmseg.common import clock
from crmseg.common.csv import line
from crmseg.common.ids import read_id
from crmseg.common.problems import InvalidInput
from crmseg.web.formats import number
from crmseg.web.htmx import back
from crmseg.web.tables import Column, Table
from segments.models import Score, ScoreModel

from .. import claiming, queue, selectors
from ..schema import DIGITS, LETTERS

COLUMNS = {
    "points": Column(gettext_lazy("Score"), order=("points",), numeric=True, descending_first=True),
    "grade": Column(gettext_lazy("Grade"), order=("grade",)),
    "name": Column(gettext_lazy("Name"), order=("contact__last_name", "contact__first_name")),
    "why": Column(gettext_lazy("Why")),
    "changed": Column(gettext_lazy("7 days"), order=("changed_at",), numeric=True, descending_first=True),
    "stage": Column(gettext_lazy("Stage")),
    "owner": Column(gettext_lazy("Owner"), order=("contact__owner",)),
    "touch": Column(gettext_lazy("Last touch")),
    "next": Column(gettext_lazy("Next step")),
}
BATCH = 500


def model_asked(request: HttpRequest) -> ScoreModel | None:
    """The model that `?model=` names by its key, or the default one."""
    key = request.GET.get("model", "")
    named = selectors.scoring_models().filter(key=key).first() if key and "\x00" not in key else None
    return named or selectors.default_model()


@require_GET
@signed_in
def queue_page(request: HttpRequest) -> HttpResponseBase:
    model, asked = model_asked(request), queue.read(request.GET)
    if model is None:
        return render(request, "leads/queue_empty.html", {"drafts": selectors.models().exists()})
    person = person_of(request)
    table = Table(request, queue.rows(model, asked, person), COLUMNS, sort="-points", id="leads")
    scores = [row for row in table.rows if isinstance(row, Score)]
    people = queue.people()
    context = {
        "model": model,
        "models": list(selectors.scoring_models()),
        "building": selectors.latest_build(model) if model.state == ScoreModel.State.BUILDING else None,
        "asked": asked,
        "table": table,
        "leads": queue.leads(model, scores, clock.now()),
        "people": people,
        "other_owner": asked.owner if asked.owner not in ("", queue.ME, queue.NONE, *people) else "",
        "stages": stages.NAMES.items(),
        "letters": LETTERS,
        "digits": DIGITS,
        "me": queue.names_of(person),
        "may_assign": has_role(request.user, "sales"),
        "here": request.get_full_path(),
        "now": clock.now(),
        "export_url": f"{reverse('leads:export')}?{request.GET.urlencode()}",
        "everybody_url": table.url(stage=queue.ALL, page=None),
    }
    return render(request, "leads/queue.html", context)


@require_POST
@role_required("sales")
def assign(request: HttpRequest) -> HttpResponseBase:
    """`contact`, once or more; `owner` a name, `me`, or empty for nobody."""
    ids = [pk for one in request.POST.getlist("contact") if (pk := read_id(one)) is not None]
    wanted = request.POST.get("owner", "").replace("\x00", "").strip()[:300]
    owner = str(request.user) if wanted == queue.ME else wanted or None
    try:
        changed = claiming.assign(ids, owner, actor=actor_of(request))
    except InvalidInput as error:
        messages.error(request, " ".join(problem.message for problem in error.problems))
    else:
        messages.success(request, _said(changed, owner))
    return back(request, request.POST.get("back", ""), reverse("leads:queue"))


def _said(changed: int, owner: str | None) -> str:
    if not changed:
        return _("Nothing to change: they had this owner already.")
    if owner is None:
        return ngettext("%(n)s lead is nobody's now.", "%(n)s leads are nobody's now.", changed) % {
            "n": number(changed)
        }
    said = ngettext("%(n)s lead belongs to %(owner)s now.", "%(n)s leads belong to %(owner)s now.", changed)
    return said % {"n": number(changed), "owner": owner}


@require_GET
@signed_in
def export(request: HttpRequest) -> HttpResponseBase:
    """All pages of the queue as the address narrows it, in the order of the score."""
    model = model_asked(request)
    if model is None:
        return redirect("leads:queue")
    asked = queue.read(request.GET)
    audit.record(actor_of(request), "exported", model, {"leads": request.GET.urlencode()})
    lines = _csv(model, queue.rows(model, asked, person_of(request)).order_by("-points", "pk"))
    response = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="leads-{model.key}.csv"'
    return response


_FILE = (
    *("id", "external_id", "email", "first_name", "last_name", "company", "lifecycle_stage", "owner"),
    *("score", "grade", "fit", "engagement", "change_7_days", "why", "last_touch", "last_touch_at"),
    *("next_step", "next_step_due"),
)


def _csv(model: ScoreModel, scores: Any) -> Iterator[str]:
    yield line(list(_FILE))
    block: list[Score] = []
    for score in scores.iterator(chunk_size=BATCH):
        block.append(score)
        if len(block) == BATCH:
            yield from _lines(model, block)
            block = []
    yield from _lines(model, block)


def _lines(model: ScoreModel, block: list[Score]) -> Iterator[str]:
    for lead in queue.leads(model, block, clock.now()) if block else ():
        contact, score, touch, task = lead.contact, lead.score, lead.touch, lead.task
        yield line(
            [
                *(contact.pk, contact.external_id, contact.email, contact.first_name, contact.last_name),
                *(contact.company and contact.company.name, contact.lifecycle_stage, contact.owner),
                *(score.points, score.grade, score.fit, score.engagement, lead.change),
                "; ".join(f"{one.said} ({one.points:+f})" for one in lead.why),
                *(touch and touch.said, touch and touch.at.isoformat()),
                *(task and task.title, task and task.due_at and task.due_at.isoformat()),
            ]
        )
