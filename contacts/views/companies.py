"""The companies table, and a new company."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from crmseg.access.actors import actor_of
from crmseg.access.roles import role_required, signed_in
from crmseg.common.problems import InvalidInput
from crmseg.web import htmx, problems
from crmseg.web.tables import Column, Table

from .. import selectors, services
from ..forms import CompanyForm

COLUMNS = {
    "name": Column(gettext_lazy("Name"), order=("name",)),
    "industry": Column(gettext_lazy("Industry"), order=("industry",)),
    "place": Column(gettext_lazy("Place"), order=("country", "city")),
    "employees": Column(gettext_lazy("Employees"), order=("employees",), numeric=True, descending_first=True),
    "contacts": Column(gettext_lazy("Contacts"), order=("contact_count",), numeric=True, descending_first=True),
    "created": Column(gettext_lazy("Created"), order=("created_at",), descending_first=True),
}


@require_GET
@signed_in
def table(request: HttpRequest) -> HttpResponseBase:
    query = request.GET.get("q", "").strip()[:200].replace("\x00", "")
    shown = Table(request, selectors.companies_table(q=query), COLUMNS, sort="name", id="companies-table")
    return htmx.varying(render(request, "companies/table.html", {"table": shown, "query": query}))


@require_http_methods(["GET", "POST"])
@role_required("marketer")
def new(request: HttpRequest) -> HttpResponseBase:
    form = CompanyForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        data = {key: value for key, value in form.data_for_service().items() if value is not None}
        try:
            company = services.create_company(data=data, actor=actor_of(request))
        except InvalidInput as error:
            problems.add_to_form(form, error)
        else:
            messages.success(request, _("%(company)s was added.") % {"company": company})
            return redirect("contacts:company", company.pk)
    return render(request, "companies/edit.html", {"form": form}, status=400 if form.errors else 200)
