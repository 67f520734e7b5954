"""What people keep of the tables: columns, views, and the view that a table opens with."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from crmseg.access.actors import person_of
from crmseg.access.roles import signed_in
from crmseg.common.problems import InvalidInput
from crmseg.web.problems import tell

from .. import saved_views, selection
from . import columns

PAGES = {"contacts": "contacts:list", "companies": "contacts:companies"}


@require_http_methods(["GET", "POST"])
@signed_in
def table_columns(request: HttpRequest, table: str) -> HttpResponseBase:
    return keep_columns(request, table) if request.method == "POST" else choose_columns(request, table)


def choose_columns(request: HttpRequest, table: str) -> HttpResponseBase:
    """The dialog: the columns shown now in their order, then all others."""
    _page(table)
    user, known = person_of(request), columns.catalogue(table)
    _stage, _view, asked = selection.resolve(request.GET, user, table)
    layout = columns.placed(asked.get("columns") or saved_views.habit(user, table).columns, known, table)
    context = {
        "name": table,
        "leading": layout[0].written,
        "choices": columns.choices(layout, known),
        "query": request.GET.urlencode(),
    }
    return render(request, "contacts/table_columns.html", context)


def keep_columns(request: HttpRequest, table: str) -> HttpResponseBase:
    """Columns as the dialog orders them, or as the script wrote them after a drag; then back to the same rows."""
    page = _page(table)
    known = columns.catalogue(table)
    if "usual" in request.POST:
        text, shown = "", None
    else:
        layout = columns.placed(request.POST.get("columns") or ",".join(request.POST.getlist("column")), known, table)
        text = shown = columns.written(layout)
    saved_views.keep_columns(person_of(request), table, text)
    if "quietly" in request.POST:
        return HttpResponse(status=204)
    query = _query(request)
    query.pop("columns", None)
    if shown:
        query["columns"] = shown
    return redirect(f"{page}?{query.urlencode()}" if query else page)


@require_POST
@signed_in
def save_view(request: HttpRequest, table: str) -> HttpResponseBase:
    """The table as it is now under a name of its own, or anew in the view that it `replaces`."""
    page, query = _page(table), _query(request)
    kept = {key: str(value) for key, value in query.items()}
    replaces, user = request.POST.get("replaces", ""), person_of(request)
    try:
        if replaces.isdecimal():
            view = saved_views.replace_view(user, table, int(replaces), kept)
        else:
            shared = request.POST.get("shared") == "1"
            view = saved_views.save_view(user, table, request.POST.get("name", ""), kept, shared=shared)
    except InvalidInput as error:
        return _refused(request, error, f"{page}?{query.urlencode()}")
    messages.success(request, _("The view “%(name)s” was saved.") % {"name": view.name})
    return redirect(f"{page}?view={view.pk}")


@require_POST
@signed_in
def change_view(request: HttpRequest, table: str, view_id: int) -> HttpResponseBase:
    """Another name, and for whom it is."""
    page = f"{_page(table)}?view={view_id}"
    name, shared = request.POST.get("name", ""), request.POST.get("shared") == "1"
    try:
        saved_views.rename_view(person_of(request), table, view_id, name, shared=shared)
    except InvalidInput as error:
        return _refused(request, error, page)
    messages.success(request, _("The changes were saved."))
    return redirect(page)


@require_POST
@signed_in
def delete_view(request: HttpRequest, table: str, view_id: int) -> HttpResponseBase:
    page = _page(table)
    name = saved_views.delete_view(person_of(request), table, view_id)
    messages.success(request, _("The view “%(name)s” was deleted.") % {"name": name})
    return redirect(f"{page}?view=all")


@require_POST
@signed_in
def open_with(request: HttpRequest, table: str) -> HttpResponseBase:
    page, view = _page(table), request.POST.get("view", "")
    saved_views.open_with(person_of(request), table, view)
    messages.success(request, _("The table opens with this view from now on."))
    return redirect(f"{page}?view={view or 'all'}")


def _page(table: str) -> str:
    if table not in PAGES:
        raise Http404
    return reverse(PAGES[table])


def _query(request: HttpRequest) -> QueryDict:
    """The address of the table that the form was on, without its page."""
    query = QueryDict(request.POST.get("query", "").removeprefix("?"), mutable=True)
    query.pop("page", None)
    return query


def _refused(request: HttpRequest, error: InvalidInput, page: str) -> HttpResponseBase:
    tell(request, error)
    return redirect(page)
