"""The nightly audit, for people: when the lists were held against the truth, what differed, and what was mended."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from crmseg.access.roles import role_required, signed_in
from crmseg.web.tables import Column, Table
from segments import tasks
from segments.models import AuditReport, Segment

COLUMNS = {
    "at": Column(gettext_lazy("When"), order=("at",), descending_first=True),
    "segments": Column(gettext_lazy("Active lists"), order=("segments",), numeric=True),
    "contacts": Column(gettext_lazy("Contacts"), order=("contacts",), numeric=True),
    "missing": Column(gettext_lazy("Missing"), order=("missing",), numeric=True, descending_first=True),
    "extra": Column(gettext_lazy("Too many"), order=("extra",), numeric=True, descending_first=True),
    "where": Column(gettext_lazy("Where")),
}


@require_GET
@signed_in
def audits(request: HttpRequest) -> HttpResponse:
    shown = Table(request, AuditReport.objects.all(), COLUMNS, sort="-at", id="audits")
    names = dict(Segment.objects.values_list("pk", "name"))
    rows = [(report, _places(report, names)) for report in shown.rows if isinstance(report, AuditReport)]
    return render(request, "segments/audits.html", {"table": shown, "rows": rows})


@require_POST
@role_required("admin")
def audit_now(request: HttpRequest) -> HttpResponse:
    tasks.ring(tasks.nightly_audit)
    messages.success(request, _("The audit runs in the background. Its report appears here."))
    return redirect("segments:audits")


def _places(report: AuditReport, names: dict[int, str]) -> str:
    return ", ".join(names.get(one["segment"], f"#{one['segment']}") for one in report.details)
