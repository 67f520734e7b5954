"""What is to be done: mine, everybody's and nobody's, each with its contact, its owner and its day."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from crmseg.access.actors import actor_of, person_of
from crmseg.access.roles import has_role, role_required, signed_in
from crmseg.common import clock
from crmseg.common.ids import read_id
from crmseg.common.problems import InvalidInput
from crmseg.web import formats, htmx, locking, problems
from crmseg.web.problems import tell
from crmseg.web.tables import Column, Table

from .. import selectors, services, tasks_listed, tasks_shown
from ..models import Contact, Task
from ..task_forms import DueField, TaskForm, initial_of
from ..task_forms import people as owners
from . import timeline as moments
from . import wording

COLUMNS = {
    "title": Column(gettext_lazy("What is to be done"), order=("title",)),
    "contact": Column(gettext_lazy("Contact")),
    "owner": Column(gettext_lazy("Owner"), order=("owner__name", "owner__email")),
    "due": Column(gettext_lazy("Due"), order=("due_at",)),
    "source": Column(gettext_lazy("Asked for by"), order=("source",)),
    "done": Column(gettext_lazy("Done"), order=("done_at",), descending_first=True),
}
STATES = {
    "open": gettext_lazy("Open"),
    "overdue": gettext_lazy("Overdue"),
    "today": gettext_lazy("Due today"),
    "later": gettext_lazy("Later"),
    "done": gettext_lazy("Done"),
}
SHOWN = ("title", "note", "owner_id", "due_at", "done_at")
MOST_FOUND = 10
MOST_AT_ONCE = 200


@require_GET
@signed_in
def table(request: HttpRequest) -> HttpResponseBase:
    user = person_of(request)
    chosen = {name: _parameter(request, name) for name in ("owner", "state", "q", "source")}
    chosen["owner"] = chosen["owner"] or tasks_listed.MINE
    if chosen["state"] not in STATES:
        chosen["state"] = "open"
    found = tasks_listed.tasks_table(user=user, **chosen)
    sort = "-done" if chosen["state"] == "done" else "due"
    shown = Table(request, found, COLUMNS, sort=sort, id="tasks-table")
    rows: list[Any] = shown.rows
    sources, now = tasks_listed.sources_of(rows), clock.now()
    counts = tasks_listed.counts(chosen["owner"], user)
    context = {
        "table": shown,
        "rows": [_row(task, sources, now) for task in rows],
        "chosen": chosen,
        "states": [
            {"key": key, "label": label, "count": counts.get(key), "url": shown.url(state=key, page=None, sort=None)}
            for key, label in STATES.items()
        ],
        "owners": owners(),
        "asked_by": tasks_listed.sources_of([Task(source=chosen["source"])]).get(chosen["source"]),
        "is_filtered": bool(chosen["q"] or chosen["source"]),
        "here": request.get_full_path(),
    }
    return htmx.varying(render(request, "tasks/table.html", context))


def _row(task: Task, sources: dict[str, tasks_listed.Source], now: Any) -> dict[str, Any]:
    return {
        "task": task,
        "source": sources.get(task.source),
        "by": wording.who(task.created_by),
        "done_by": wording.who(task.done_by),
        "is_overdue": task.done_at is None and task.due_at is not None and task.due_at < now,
    }


@require_http_methods(["GET", "POST"])
@role_required("service")
def new(request: HttpRequest) -> HttpResponseBase:
    """`?contact=` knows whom it is about."""
    about = Contact.objects.filter(pk=read_id(_parameter(request, "contact")) or 0).first()
    user = person_of(request)
    form = TaskForm(request.POST or None, contact=about, initial={"owner": user.pk})
    if request.method == "POST" and form.is_valid():
        assert form.about is not None
        try:
            made = services.create_task(form.about.pk, actor=actor_of(request), **form.changes())
        except InvalidInput as error:
            problems.add_to_form(form, error)
        else:
            messages.success(request, _("“%(task)s” is on the list of tasks.") % {"task": made})
            return HttpResponseRedirect(
                _back(request, reverse("contacts:contact", args=[form.about.pk]) if about else "")
            )
    context = {"form": form, "about": about, "back": _back(request)}
    return render(request, "tasks/edit.html", context, status=400 if form.errors else 200)


@require_http_methods(["GET", "POST"])
@signed_in
def task(request: HttpRequest, task_id: int) -> HttpResponseBase:
    found = _task(task_id)
    if request.method == "POST" and not has_role(request.user, "service"):
        return HttpResponse(status=403)
    form = TaskForm(request.POST or None, contact=found.contact, initial=initial_of(found))
    context: dict[str, Any] = {}
    if request.method == "POST" and form.is_valid():
        try:
            with locking.unchanged(request, Task.objects.all(), task_id, SHOWN):
                services.update_task(task_id, form.changes(), actor=actor_of(request))
        except locking.ChangedMeanwhile as error:
            theirs = {"owner": str(error.obj.owner or "")}
            mine = form.cleaned_data | {"owner": dict(owners()).get(str(form.cleaned_data["owner"] or ""), "")}
            labels = {key: field.label or key for key, field in form.fields.items()}
            url = reverse("tasks:task", args=[task_id])
            context["changed"] = locking.told(error, mine, theirs=theirs, url=url, labels=labels)
        except InvalidInput as error:
            problems.add_to_form(form, error)
        else:
            messages.success(request, _("Saved."))
            return HttpResponseRedirect(_back(request))
    sources = tasks_listed.sources_of([found])
    context |= {
        "form": form,
        "about": found.contact,
        "task": found,
        "row": _row(found, sources, clock.now()),
        "seen": locking.state_of(found, SHOWN),
        "back": _back(request),
    }
    status = 409 if "changed" in context else 400 if form.errors else 200
    return render(request, "tasks/edit.html", context, status=status)


@require_POST
@role_required("service")
def done(request: HttpRequest, task_id: int) -> HttpResponseBase:
    return _turn(request, task_id, services.complete_task)


@require_POST
@role_required("service")
def reopen(request: HttpRequest, task_id: int) -> HttpResponseBase:
    return _turn(request, task_id, services.reopen_task)


def _turn(request: HttpRequest, task_id: int, turn: Callable[..., Task]) -> HttpResponseBase:
    """In the table the row says what became of it; on a contact's page the panel is drawn anew."""
    turn(_task(task_id).pk, actor=actor_of(request))
    found = _task(task_id)
    if not htmx.wants_part(request):
        return HttpResponseRedirect(_back(request))
    if "panel" in request.GET:
        context = {"data": tasks_shown.panel(found.contact), "after_task": True}
        return moments.happened(render(request, "contacts/tasks_panel.html", context))
    context = {"row": _row(found, tasks_listed.sources_of([found]), clock.now()), "turned": True}
    return render(request, "tasks/row.html", context)


@require_POST
@role_required("service")
def delete(request: HttpRequest, task_id: int) -> HttpResponseBase:
    found = _task(task_id)
    services.delete_task(task_id, actor=actor_of(request))
    messages.success(request, _("“%(task)s” was deleted.") % {"task": found})
    return HttpResponseRedirect(_back(request))


@require_POST
@role_required("service")
def many(request: HttpRequest) -> HttpResponseBase:
    """One act on the tasks that were chosen."""
    ids = sorted({pk for one in request.POST.getlist("task") if (pk := read_id(one)) is not None})[:MOST_AT_ONCE]
    changed = 0
    try:
        act = _act(request)
        for pk in Task.objects.filter(pk__in=ids).order_by("pk").values_list("pk", flat=True):
            act(pk)
            changed += 1
    except InvalidInput as error:
        tell(request, error)
    else:
        said = ngettext("%(n)s task changed.", "%(n)s tasks changed.", changed)
        messages.success(request, said % {"n": formats.number(changed)})
    return HttpResponseRedirect(_back(request))


def _act(request: HttpRequest) -> Callable[[int], Any]:
    actor = actor_of(request)
    match request.POST.get("act"):
        case "done":
            return lambda pk: services.complete_task(pk, actor=actor)
        case "owner":
            given = request.POST.get("to", "")
            owner = read_id(given)
            if given and owner is None:
                raise InvalidInput(_("There is no such person."))
            return lambda pk: services.update_task(pk, {"owner": owner}, actor=actor)
        case "due":
            try:
                due = DueField(required=False).clean(request.POST.get("due", ""))
            except ValidationError:
                raise InvalidInput(_("Write a date between 2000 and 2199.")) from None
            return lambda pk: services.update_task(pk, {"due_at": due}, actor=actor)
        case _:
            raise InvalidInput(_("Choose what is to be done with them."))


@require_GET
@signed_in
def people(request: HttpRequest) -> HttpResponseBase:
    """Whom the words written so far may mean."""
    query = _parameter(request, "contact")
    found: list[Contact] = []
    if len(query) > 1:
        found = list(selectors.search(Contact.objects.select_related("company"), query).order_by("pk")[:MOST_FOUND])
    return render(request, "tasks/people.html", {"people": found})


def _task(task_id: int) -> Task:
    rows = Task.objects.select_related("contact", "owner")
    found = rows.filter(pk=task_id).first() if task_id < 2**63 else None
    if found is None:
        raise Http404
    return found


def _back(request: HttpRequest, otherwise: str = "") -> str:
    """The page that led here, where it said so."""
    asked = request.POST.get("back", "") or request.GET.get("back", "")
    otherwise = otherwise or reverse("tasks:list")
    return str(htmx.back(request, asked.replace("\x00", ""), otherwise)["Location"])


def _parameter(request: HttpRequest, name: str) -> str:
    return request.GET.get(name, "").strip()[:200].replace("\x00", "")
