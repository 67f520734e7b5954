"""The import wizard: choose a file, match its columns, check, import; and the files of the past."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import PurePath

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils.http import content_disposition_header
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from crmseg.access.actors import actor_of
from crmseg.access.models import User
from crmseg.access.roles import has_role, role_required, signed_in
from crmseg.common.problems import InvalidInput, Problem
from crmseg.web import htmx, problems
from crmseg.web.tables import Column, Table

from .. import importing
from ..forms import UploadForm
from ..importing import static_lists
from ..models import Contact, ContactImport, UndoProblem
from . import presenting

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
    ("cp1252", gettext_lazy("Windows-1252 (Western Europe)")),
    ("iso8859-15", gettext_lazy("ISO 8859-15 (Western Europe)")),
    ("cp1250", gettext_lazy("Windows-1250 (Central Europe)")),
    ("cp1251", gettext_lazy("Windows-1251 (Cyrillic)")),
    ("cp1253", gettext_lazy("Windows-1253 (Greek)")),
    ("cp1254", gettext_lazy("Windows-1254 (Turkish)")),
    ("shift_jis", gettext_lazy("Shift JIS (Japanese)")),
]
DELIMITERS = [
    (",", gettext_lazy("comma")),
    (";", gettext_lazy("semicolon")),
    ("\t", gettext_lazy("tab")),
    ("|", gettext_lazy("vertical bar")),
]
State = ContactImport.State
RUNNING = (State.QUEUED, State.RUNNING, State.UNDOING)
SAMPLES = 20
SHOWN_PROBLEMS = 50


@dataclass(frozen=True)
class FileColumn:
    """A column of the file: its name, what its first rows hold, and where it goes."""

    name: str
    samples: list[str]
    target: str
    problem: str = ""


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
        file = form.cleaned_data["file"]
        try:
            item = importing.receive(
                file, name=file.name, user=request.user if isinstance(request.user, User) else None
            )
        except InvalidInput as error:
            for problem in error.problems:
                form.add_error("file", problem.message)
        else:
            return redirect("contacts:import-map", item.pk)
    return render(request, "imports/upload.html", {"form": form}, status=400 if form.errors else 200)


def _item(import_id: int) -> ContactImport:
    item = ContactImport.objects.select_related("created_by").filter(pk=import_id).first()
    if item is None:
        raise Http404
    return item


@require_http_methods(["GET", "POST"])
@role_required("marketer")
def map_columns(request: HttpRequest, import_id: int) -> HttpResponseBase:
    """Say how the file is to be read and where its columns go, then have it checked."""
    item = _item(import_id)
    if item.state in RUNNING or (item.state == State.DONE and not item.dry_run):
        return redirect("contacts:import", import_id)
    found: list[Problem] = []
    if request.method == "POST":
        try:
            return _follow(request, item)
        except InvalidInput as error:
            found = error.problems
            item.refresh_from_db()
    names: list[str] = []
    rows: list[list[str]] = []
    try:
        names, rows = importing.sample(item, SAMPLES)
    except InvalidInput as error:
        found = [*found, *error.problems]
    context = {
        "item": item,
        "step": 2,
        "part": "imports/mapping.html",
        "columns": _columns(request, item, names, rows, found),
        "targets": _grouped_targets(),
        "encodings": ENCODINGS if item.encoding in dict(ENCODINGS) else [(item.encoding, item.encoding), *ENCODINGS],
        "delimiters": DELIMITERS,
        "static_lists": static_lists.choices(),
        "problems": [problem.message for problem in found if not _column_of(problem)],
    }
    return render(request, "imports/import.html", context, status=400 if found else 200)


def _follow(request: HttpRequest, item: ContactImport) -> HttpResponseBase:
    """Keep what was chosen; the columns are guessed again where the file is now read in another way."""
    sent, actor = request.POST, actor_of(request)
    before = (item.encoding, item.delimiter, item.has_header)
    static_list = sent.get("static_list", "")
    item = importing.configure(
        item.pk,
        encoding=sent.get("encoding", item.encoding),
        delimiter=sent.get("delimiter", item.delimiter),
        has_header="has_header" in sent,
        match_company="match_company" in sent,
        static_list_id=int(static_list) if static_list.isdecimal() else None,
        actor=actor,
    )
    if sent.get("then") == "read" or before != (item.encoding, item.delimiter, item.has_header):
        guessed = importing.guess_mapping(item)
        importing.configure(item.pk, mapping=guessed, static_list_id=item.static_list_id, actor=actor)
        return redirect("contacts:import-map", item.pk)
    names, _rows = importing.sample(item, 0)
    chosen = {name: sent.get(f"column-{index}", "") for index, name in enumerate(names)}
    importing.configure(item.pk, mapping=chosen, static_list_id=item.static_list_id, actor=actor)
    importing.dry_run(item.pk, actor=actor)
    return redirect("contacts:import", item.pk)


def _columns(
    request: HttpRequest, item: ContactImport, names: list[str], rows: list[list[str]], found: list[Problem]
) -> list[FileColumn]:
    wrong = {column: problem.message for problem in found if (column := _column_of(problem))}
    return [
        FileColumn(
            importing.shown_name(name),
            list(dict.fromkeys(row[index].strip()[:60] for row in rows if row[index].strip()))[:3],
            request.POST.get(f"column-{index}", item.mapping.get(name, "")),
            wrong.get(name, ""),
        )
        for index, name in enumerate(names)
    ]


def _column_of(problem: Problem) -> str:
    """The column that a problem of the mapping is about."""
    return problems.field_of(problem.pointer).removeprefix("mapping.") if "/mapping/" in problem.pointer else ""


def _grouped_targets() -> list[tuple[str, list[tuple[str, str]]]]:
    grouped: dict[str, list[tuple[str, str]]] = {}
    for key, label, group in importing.targets():
        grouped.setdefault(group, []).append((key, label))
    return list(grouped.items())


@require_GET
@signed_in
def page(request: HttpRequest, import_id: int) -> HttpResponseBase:
    """Where the import stands; while it runs, the page asks again every second."""
    item = _item(import_id)
    if item.state in RUNNING:
        part = "imports/undoing.html" if item.state == State.UNDOING else "imports/running.html"
        if htmx.wants_part(request):
            return render(request, part, {"item": item})
    elif htmx.wants_part(request):
        answer = HttpResponse()
        answer["HX-Refresh"] = "true"
        return answer
    elif item.state == State.UPLOADED and has_role(request.user, "marketer"):
        return redirect("contacts:import-map", import_id)
    else:
        part = "imports/result.html"
    context = {
        "item": item,
        "part": part,
        "step": 3 if item.dry_run else 4,
        "good_rows": item.rows - item.refused,
        "shown_problems": item.problems.order_by("row", "pk")[:SHOWN_PROBLEMS],
        "problem_count": item.problems.count(),
        "undoable": importing.is_undoable(item),
        "not_undone": _not_undone(item) if item.state == State.UNDONE else [],
    }
    return render(request, "imports/import.html", context)


@require_POST
@role_required("marketer")
def start(request: HttpRequest, import_id: int) -> HttpResponseBase:
    return _tell(request, import_id, importing.start)


@require_POST
@role_required("marketer")
def cancel(request: HttpRequest, import_id: int) -> HttpResponseBase:
    return _tell(request, import_id, importing.cancel)


@require_POST
@role_required("marketer")
def undo(request: HttpRequest, import_id: int) -> HttpResponseBase:
    return _tell(request, import_id, importing.undo)


def _not_undone(item: ContactImport) -> list[tuple[UndoProblem, Contact | None, str, list[str]]]:
    """The first of what stayed: whose it is, what the field is called, and the three values."""
    rows = list(item.undo_problems.order_by("contact_id", "pk")[:SHOWN_PROBLEMS])
    people = Contact.objects.in_bulk({row.contact_id for row in rows})
    labels = presenting.column_labels()
    return [
        (
            row,
            people.get(row.contact_id),
            labels.get(row.key, row.key),
            [importing.shown(value) for value in (row.former, row.imported, row.present)],
        )
        for row in rows
    ]


@require_GET
@signed_in
def undo_file(request: HttpRequest, import_id: int) -> HttpResponseBase:
    item = _item(import_id)
    response = StreamingHttpResponse(importing.undo_report(import_id), content_type="text/csv; charset=utf-8")
    name = f"not-undone-{PurePath(item.name).stem}.csv"
    response["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    return response


def _tell(request: HttpRequest, import_id: int, step: Callable[..., object]) -> HttpResponseBase:
    """One step further; what the present state refuses is said on the page."""
    _item(import_id)
    try:
        step(import_id, actor=actor_of(request))
    except InvalidInput as error:
        messages.error(request, " ".join(problem.message for problem in error.problems))
    return redirect("contacts:import", import_id)


@require_GET
@signed_in
def problems_file(request: HttpRequest, import_id: int) -> HttpResponseBase:
    item = _item(import_id)
    response = StreamingHttpResponse(importing.problems_csv(import_id), content_type="text/csv; charset=utf-8")
    name = f"problems-{PurePath(item.name).stem}.csv"
    response["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    return response
