"""The companies of the table as a file, and a new company."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from crmseg.access import audit
from crmseg.access.actors import actor_of, person_of
from crmseg.access.roles import role_required, signed_in
from crmseg.common import clock
from crmseg.common.ids import read_id
from crmseg.common.problems import InvalidInput
from crmseg.web import problems

from .. import company_selection, services
from ..export import companies_csv
from ..forms import CompanyForm
from ..models import Company

MOST_IDS = 50_000


@require_http_methods(["GET", "POST"])
@signed_in
def export(request: HttpRequest) -> HttpResponseBase:
    """GET: those whom the table shows at the same address. POST: those chosen in it, or all that match `query`."""
    user, query, ids = person_of(request), request.GET.urlencode(), None
    if request.method == "POST":
        query = request.POST.get("query", "")
        if request.POST.get("all") != "1":
            given = request.POST.get("ids", "").split(",")[:MOST_IDS]
            ids = [pk for one in given if (pk := read_id(one)) is not None]
    rows = company_selection.chosen(ids, query, user)
    audit.record(actor_of(request), "exported", Company(), {"companies": len(ids) if ids is not None else query})
    response = StreamingHttpResponse(companies_csv(rows), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="companies-{clock.now():%Y-%m-%d}.csv"'
    return response


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
