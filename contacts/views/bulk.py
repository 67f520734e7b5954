"""Actions on the chosen contacts: the dialog that asks and says what else is touched, and the start of the work."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from crmseg.access.actors import actor_of, person_of
from crmseg.access.models import User
from crmseg.access.roles import has_role, signed_in
from crmseg.common.problems import InvalidInput, Problem
from crmseg.jobs import registry
from crmseg.jobs.models import Job
from crmseg.web import htmx, problems
from crmseg.web.formats import number

from .. import bulk, selection
from ..models import Contact
from . import bulk_forms

MOST_IDS = 50_000


@dataclass(frozen=True)
class Chosen:
    """What the selection bar sent: ids, or all that match a query."""

    ids: list[int] | None
    query: str
    people: QuerySet[Contact]

    @property
    def all(self) -> bool:
        return self.ids is None

    @property
    def ids_text(self) -> str:
        return ",".join(map(str, self.ids or []))


@dataclass(frozen=True)
class Action:
    """`form(request, people)` is the context of the dialog; `start(request, chosen, who)` begins the work."""

    template: str
    title: Callable[[int], str]
    label: Callable[[int], str]
    form: Callable[[HttpRequest, QuerySet[Contact]], dict[str, Any]]
    start: Callable[[HttpRequest, Chosen, Mapping[str, Any]], Job]
    role: str = "marketer"
    tone: str = "btn-primary"


def _put(request: HttpRequest, chosen: Chosen, who: Mapping[str, Any]) -> Job:
    return bulk.put_on_list(bulk_forms.chosen_list(request), people=chosen.people, **who)


def _take_off(request: HttpRequest, chosen: Chosen, who: Mapping[str, Any]) -> Job:
    return bulk.take_off_list(bulk_forms.chosen_list(request), people=chosen.people, **who)


def _set(request: HttpRequest, chosen: Chosen, who: Mapping[str, Any]) -> Job:
    return bulk.set_attribute(*bulk_forms.sent_setting(request), people=chosen.people, **who)


def _consent(request: HttpRequest, chosen: Chosen, who: Mapping[str, Any]) -> Job:
    sent = [request.POST.get(name, "").strip() for name in ("channel", "topic", "status", "reason")]
    return bulk.change_consent(*sent, people=chosen.people, **who)


def _delete(request: HttpRequest, chosen: Chosen, who: Mapping[str, Any]) -> Job:
    if request.POST.get("sure") != "1":
        raise InvalidInput([Problem("/sure", _("Tick this first."))])
    return bulk.delete(people=chosen.people, **who)


def _export(request: HttpRequest, chosen: Chosen, who: Mapping[str, Any]) -> Job:
    columns = request.POST.getlist("columns")
    return bulk.export(columns, people=chosen.people, ids=chosen.ids, query=chosen.query, **who)


ACTIONS = {
    "put-on-list": Action(
        "contacts/bulk_list.html",
        lambda n: ngettext("Add %(n)s contact to a list", "Add %(n)s contacts to a list", n),
        lambda n: ngettext("Add %(n)s contact", "Add %(n)s contacts", n),
        bulk_forms.of_list,
        _put,
    ),
    "take-off-list": Action(
        "contacts/bulk_list.html",
        lambda n: ngettext("Remove %(n)s contact from a list", "Remove %(n)s contacts from a list", n),
        lambda n: ngettext("Remove %(n)s contact", "Remove %(n)s contacts", n),
        bulk_forms.of_list,
        _take_off,
    ),
    "set-attribute": Action(
        "contacts/bulk_attribute.html",
        lambda n: ngettext("Set an attribute of %(n)s contact", "Set an attribute of %(n)s contacts", n),
        lambda n: ngettext("Change %(n)s contact", "Change %(n)s contacts", n),
        bulk_forms.of_attribute,
        _set,
    ),
    "change-consent": Action(
        "contacts/bulk_consent.html",
        lambda n: ngettext("Change the consent of %(n)s contact", "Change the consent of %(n)s contacts", n),
        lambda n: ngettext("Change %(n)s contact", "Change %(n)s contacts", n),
        bulk_forms.of_consent,
        _consent,
    ),
    "export": Action(
        "contacts/bulk_export.html",
        lambda n: ngettext("Export %(n)s contact", "Export %(n)s contacts", n),
        lambda n: ngettext("Export %(n)s contact", "Export %(n)s contacts", n),
        bulk_forms.of_export,
        _export,
        role="viewer",
    ),
    "delete": Action(
        "contacts/bulk_delete.html",
        lambda n: ngettext("Delete %(n)s contact?", "Delete %(n)s contacts?", n),
        lambda n: ngettext("Delete %(n)s contact", "Delete %(n)s contacts", n),
        bulk_forms.of_deletion,
        _delete,
        tone="btn-danger",
    ),
}


@require_POST
@signed_in
def ask(request: HttpRequest, action: str) -> HttpResponseBase:
    """The dialog, and again when a choice in it changes what it says."""
    return _dialog(request, action, _action(request, action), _chosen(request))


@require_POST
@signed_in
def start(request: HttpRequest, action: str) -> HttpResponseBase:
    asked, chosen = _action(request, action), _chosen(request)
    try:
        job = asked.start(request, chosen, _who(request))
    except InvalidInput as refused:
        return _dialog(request, action, asked, chosen, refused)
    return started(request, job)


@require_POST
@signed_in
def export_again(request: HttpRequest, job_id: int) -> HttpResponseBase:
    """The same columns, of whoever matches now."""
    try:
        job = bulk.export_again(job_id, **_who(request))
    except Job.DoesNotExist:
        raise Http404 from None
    return started(request, job)


def started(request: HttpRequest, job: Job) -> HttpResponseBase:
    if not htmx.wants_part(request):
        return redirect("jobs:job", job.pk)
    messages.success(
        request, _("Started: %(work)s. The tray above shows how far it is.") % {"work": registry.label(job)}
    )
    answer = HttpResponse()
    answer["HX-Trigger"] = "work-started"
    return answer


def _dialog(
    request: HttpRequest, action: str, asked: Action, chosen: Chosen, refused: InvalidInput | None = None
) -> HttpResponseBase:
    count = chosen.people.count()
    found = problems.by_field(refused.problems) if refused else {}
    context = {
        **asked.form(request, chosen.people),
        "title": asked.title(count) % {"n": number(count)},
        "label": asked.label(count) % {"n": number(count)},
        "tone": asked.tone,
        "template": asked.template,
        "selection": chosen,
        "count": count,
        "problems": found,
        "problem": found.get(""),
        "ask_url": reverse("contacts:bulk", args=[action]),
        "start_url": reverse("contacts:bulk-start", args=[action]),
    }
    return render(request, "contacts/bulk_dialog.html", context, status=400 if refused else 200)


def _action(request: HttpRequest, name: str) -> Action:
    if name not in ACTIONS:
        raise Http404
    if not has_role(request.user, ACTIONS[name].role):
        raise PermissionDenied
    return ACTIONS[name]


def _chosen(request: HttpRequest) -> Chosen:
    """InvalidInput where the selection cannot be read: an action must not reach others than those that were shown."""
    user: User = person_of(request)
    query = request.POST.get("query", "")
    if request.POST.get("all") == "1":
        return Chosen(None, query, selection.chosen(None, query, user))
    ids = request.POST.get("ids", "").split(",")[: MOST_IDS + 1]
    if not all(one.isdecimal() and len(one) < 19 for one in ids) or len(ids) > MOST_IDS:
        raise InvalidInput(_("Choose contacts first."))
    chosen = [int(one) for one in ids]
    return Chosen(chosen, query, selection.chosen(chosen, "", user))


def _who(request: HttpRequest) -> dict[str, Any]:
    return {"user": person_of(request), "actor": actor_of(request)}
