"""The history of work in the background, one job's page, the tray, and what may be done to a job."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from crmseg.access.actors import actor_of, person_of
from crmseg.access.roles import signed_in
from crmseg.common.actor import Actor
from crmseg.common.problems import Conflict
from crmseg.web import htmx
from crmseg.web.tables import Column, Table

from . import registry, services, tray
from .models import Job

COLUMNS = {
    "work": Column(gettext_lazy("Work"), order=("kind",)),
    "state": Column(gettext_lazy("State"), order=("state",)),
    "total": Column(gettext_lazy("Contacts"), order=("total",), numeric=True, descending_first=True),
    "person": Column(gettext_lazy("By")),
    "at": Column(gettext_lazy("Started"), order=("created_at",), descending_first=True),
}
SHOWN_KEPT = 50


@require_GET
@signed_in
def history(request: HttpRequest) -> HttpResponseBase:
    chosen = {key: request.GET.get(key, "") for key in ("kind", "state")}
    rows = Job.objects.select_related("user")
    kinds = {kind.key: kind.name for kind in registry.kinds()}
    if chosen["kind"] in kinds:
        rows = rows.filter(kind=chosen["kind"])
    if chosen["state"] in Job.State.values:
        rows = rows.filter(state=chosen["state"])
    table = Table(request, rows, COLUMNS, sort="-at", id="jobs-table")
    context = {
        "table": table,
        "items": [(job, tray.item_of(job, person_of(request))) for job in table.rows if isinstance(job, Job)],
        "kinds": kinds.items(),
        "states": Job.State.choices,
        "chosen": chosen,
    }
    return htmx.varying(render(request, "jobs/history.html", context))


@require_GET
@signed_in
def page(request: HttpRequest, job_id: int) -> HttpResponseBase:
    job = _job(job_id)
    kind = registry.get(job.kind)
    kept = kind.kept(job)[: SHOWN_KEPT + 1] if kind and not job.is_open else []
    context = {
        "job": job,
        "item": tray.item_of(job, person_of(request)),
        "kind": kind,
        "about_url": kind.url(job) if kind else "",
        "again_url": kind.again(job) if kind else "",
        "kept": kept[:SHOWN_KEPT],
        "kept_more": len(kept) > SHOWN_KEPT,
        "may_steer": tray.may_steer(job, person_of(request)),
    }
    part = htmx.wants_part(request, "job-part")
    answer = render(request, "jobs/job_part.html" if part else "jobs/job.html", context)
    if part and not job.is_open:
        answer["HX-Refresh"] = "true"  # what may be done with it now is beside this part, too
    return htmx.varying(answer)


@require_GET
@signed_in
def tray_part(request: HttpRequest) -> HttpResponseBase:
    return _tray(request)


@require_POST
@signed_in
def cancel(request: HttpRequest, job_id: int) -> HttpResponseBase:
    return _steer(request, job_id, services.cancel)


@require_POST
@signed_in
def undo(request: HttpRequest, job_id: int) -> HttpResponseBase:
    return _steer(request, job_id, services.undo)


@require_POST
@signed_in
def try_again(request: HttpRequest, job_id: int) -> HttpResponseBase:
    return _steer(request, job_id, services.try_again)


@require_GET
@signed_in
def file(request: HttpRequest, job_id: int) -> HttpResponseBase:
    """What the job made, for whoever started it and for administrators."""
    job = _job(job_id)
    if not tray.may_read_file(job, person_of(request)):
        raise PermissionDenied
    try:
        content = job.file.open("rb") if job.file and job.state == Job.State.DONE else None
    except FileNotFoundError:
        content = None
    if content is None:
        raise Http404
    return FileResponse(content, as_attachment=True, filename=job.file_name, content_type="text/csv; charset=utf-8")


def _job(job_id: int) -> Job:
    job = Job.objects.select_related("user").filter(pk=job_id).first()
    if job is None:
        raise Http404
    return job


def _steer(request: HttpRequest, job_id: int, act: Callable[..., Job]) -> HttpResponseBase:
    job = _job(job_id)
    actor: Actor = actor_of(request)
    if not tray.may_steer(job, person_of(request)):
        raise PermissionDenied
    try:
        act(job_id, actor=actor)
    except Conflict as refused:
        messages.error(request, " ".join(problem.message for problem in refused.problems))
    if htmx.wants_part(request, "tray-part"):
        return _tray(request)
    return redirect("jobs:job", job_id)


def _tray(request: HttpRequest) -> HttpResponseBase:
    user = person_of(request)
    context: dict[str, Any] = {"items": tray.shown(user), "running": tray.running_count(user)}
    return render(request, "jobs/tray_part.html", context)
