"""The builder over the contacts table: the same rows, to look for people once, or to keep as a view or as a list."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from contacts import saved_views
from crmseg.access.actors import person_of
from crmseg.access.roles import signed_in
from crmseg.common.problems import InvalidInput
from crmseg.web.htmx import go
from segments import catalogue as catalogues

from . import answers, asked
from .encode import empty, encode
from .pages import builder

_TABLES = {"contacts": "contacts:list", "companies": "contacts:companies"}
_BESIDE = ("table", "view", "q", "segment", "sort", "columns")
"""What the table is narrowed and shown by beside the filter: it stays as it is."""


@require_http_methods(["GET", "POST"])
@signed_in
def filter_contacts(request: HttpRequest) -> HttpResponseBase:
    """`?filter=` opens with a kept filter. A POST goes on with the rows: `?then=` show, view or list.

    `?table=companies`: of the companies that have such people, rather than of the people.
    """
    if request.method == "POST":
        return _go_on(request)
    token = request.GET.get("filter", "")
    root = encode(saved_views.definition_of(token), catalogues.current()) if token else empty()
    beside = {key: request.GET[key] for key in _BESIDE if request.GET.get(key)}
    here = f"{reverse('segments:filter')}?{urlencode(beside)}"
    context = builder(root) | {
        "filtering": True,
        "of_companies": _table(request) == "companies",
        "form_url": f"{here}&then=show",
        "list_url": f"{here}&then=list",
        "view_url": f"{here}&then=view",
        "back_url": _page_of({**beside, "filter": token}),
    }
    return render(request, "segments/builder/filter.html", context)


def _go_on(request: HttpRequest) -> HttpResponseBase:
    given = asked.read(request, catalogues.current())
    remarks = asked.unfinished_remarks(given)
    if given.problems or remarks:
        return _refused(request, given, remarks)
    query = {key: request.GET[key] for key in _BESIDE if request.GET.get(key)}
    query["filter"] = saved_views.keep_filter(given.definition)
    match request.GET.get("then"):
        case "list":
            return go(request, f"{reverse('segments:new')}?{urlencode({'filter': query['filter']})}")
        case "view":
            name = request.POST.get("view_name", "")
            shared = "view_shared" in request.POST
            try:
                view = saved_views.save_view(person_of(request), _table(request), name, query, shared=shared)
            except InvalidInput as error:
                return _refused(request, given, [asked.Remark("", problem.message) for problem in error.problems])
            messages.success(request, _("The view “%(name)s” was saved.") % {"name": view.name})
            return go(request, _page_of({"table": _table(request), "view": str(view.pk)}))
    return go(request, _page_of(query))


def _table(request: HttpRequest) -> str:
    asked = request.GET.get("table", "")
    return asked if asked in _TABLES else "contacts"


def _page_of(query: dict[str, str]) -> str:
    kept = {key: value for key, value in query.items() if value and key != "table"}
    page = reverse(_TABLES.get(query.get("table", ""), _TABLES["contacts"]))
    return f"{page}?{urlencode(kept or {'view': 'all'})}"


def _refused(request: HttpRequest, given: asked.Asked, remarks: list[asked.Remark]) -> HttpResponse:
    said = _("Not there yet. What you wrote is kept; mend the marked rows and try again.")
    context = answers.refused(given, remarks) | {"notice": said}
    return render(request, "segments/builder/answer.html", context, status=422)
