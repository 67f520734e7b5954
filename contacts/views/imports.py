"""The import wizard: choose a file, match its columns, check, import; and the files of the past."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from crmseg.access.roles import role_required, signed_in
from crmseg.common.problems import InvalidInput
from crmseg.web import problems
from crmseg.web.tables import Column, Table

from ..forms import UploadForm
from ..models import ContactImport

COLUMNS = {
    "name": Column(gettext_lazy("File"), order=("name",)),
    "state": Column(gettext_lazy("State"), order=("state",)),
    "rows": Column(gettext_lazy("Rows"), order=("rows",), numeric=True, descending_first=True),
    "created": Column(gettext_lazy("Added"), order=("created",), numeric=True, descending_first=True),
    "updated": Column(gettext_lazy("Changed"), order=("updated",), numeric=True, descending_first=True),
    "refused": Column(gettext_lazy("Refused"), order=("refused",), numeric=True, descending_first=True),
    "at": Column(gettext_lazy("Uploaded"), order=("created_at",), descending_first=True),
}
ENCODINGS = [
    ("utf-8", "UTF-8"),
    ("utf-16", "UTF-16"),
    ("cp1252", gettext_lazy("Western European (Windows-1252)")),
    ("iso8859_15", gettext_lazy("Western European (ISO 8859-15)")),
    ("cp1250", gettext_lazy("Central European (Windows-1250)")),
    ("cp1251", gettext_lazy("Cyrillic (Windows-1251)")),
    ("cp1253", gettext_lazy("Greek (Windows-1253)")),
    ("cp1254", gettext_lazy("Turkish (Windows-1254)")),
    ("shift_jis", gettext_lazy("Japanese (Shift JIS)")),
]
DELIMITERS = [
    (",", gettext_lazy("comma")),
    (";", gettext_lazy("semicolon")),
    ("\t", gettext_lazy("tab")),
    ("|", gettext_lazy("vertical bar")),
]
State = ContactImport.State
SHOWN_PROBLEMS = 50


@dataclass(frozen=True)
class FileColumn:
    """A column of the file: its name, what its first rows hold, and where it goes."""

    name: str
    samples: list[str]
    target: str


@require_GET
@signed_in
def history(request: HttpRequest) -> HttpResponseBase:
    rows = ContactImport.objects.select_related("created_by")
    table = Table(request, rows, COLUMNS, sort="-at", id="imports-table")
    return render(request, "imports/history.html", {"table": table})


@require_http_methods(["GET", "POST"])
@role_required("marketer")
def upload(request: HttpRequest) -> HttpResponseBase:
    form = UploadForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        from .. import importing

        file = form.cleaned_data["file"]
        try:
            item = importing.receive(file, name=file.name, user=request.user)
        except InvalidInput as error:
            problems.add_to_form(form, error)
        else:
            return redirect("contacts:import-map", item.pk)
    return render(request, "imports/upload.html", {"form": form}, status=400 if form.errors else 200)
