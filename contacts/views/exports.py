"""The files that were written: who asked, when, what for, and until when they can be fetched."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from crmseg.access.actors import person_of
from crmseg.access.roles import signed_in
from crmseg.jobs import tray
from crmseg.jobs.models import Job
from crmseg.web.tables import Column, Table

from ..bulk import exporting_events

COLUMNS = {
    "at": Column(gettext_lazy("Started"), order=("created_at",), descending_first=True),
    "person": Column(gettext_lazy("By")),
    "what": Column(gettext_lazy("What")),
    "columns": Column(gettext_lazy("Columns"), numeric=True),
    "rows": Column(gettext_lazy("Rows"), order=("done",), numeric=True, descending_first=True),
    "state": Column(gettext_lazy("State"), order=("state",)),
    "until": Column(gettext_lazy("Download until"), order=("file_until",), descending_first=True),
}


@require_GET
@signed_in
def history(request: HttpRequest) -> HttpResponseBase:
    user = person_of(request)
    rows = Job.objects.filter(kind__in=["contacts.export", exporting_events.KIND]).select_related("user")
    table = Table(request, rows, COLUMNS, sort="-at", id="exports-table")
    items = [(job, tray.item_of(job, user)) for job in table.rows if isinstance(job, Job)]
    return render(request, "contacts/bulk_exports.html", {"table": table, "items": items})
