"""One company's page: what is known about it, and its people."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from crmseg.access.actors import actor_of
from crmseg.access.roles import role_required, signed_in
from crmseg.common.problems import InvalidInput
from crmseg.web import htmx, problems
from crmseg.web.tables import Column, Table

from .. import services
from ..forms import CompanyForm
from ..models import Company

PEOPLE = {
    "name": Column(gettext_lazy("Name"), order=("last_name", "first_name")),
    "job": Column(gettext_lazy("Job title"), order=("job_title",)),
    "stage": Column(gettext_lazy("Stage"), order=("lifecycle_stage",)),
    "created": Column(gettext_lazy("Created"), order=("created_at",), descending_first=True),
}


def _company(company_id: int) -> Company:
    company = Company.objects.filter(pk=company_id).first()
    if company is None:
        raise Http404
    return company


@require_GET
@signed_in
def page(request: HttpRequest, company_id: int) -> HttpResponseBase:
    company = _company(company_id)
    people = Table(request, company.contacts.all(), PEOPLE, sort="name", id="people-table")
    return htmx.varying(render(request, "companies/company.html", {"company": company, "table": people}))


@require_http_methods(["GET", "POST"])
@role_required("marketer")
def edit(request: HttpRequest, company_id: int) -> HttpResponseBase:
    company = _company(company_id)
    held: dict[str, Any] = {name: getattr(company, name) for name in CompanyForm.base_fields}
    form = CompanyForm(request.POST if request.method == "POST" else None, initial=held)
    if request.method == "POST" and form.is_valid():
        changes = {key: value for key, value in form.data_for_service().items() if key in form.changed_data}
        try:
            services.update_company(company_id, data=changes, actor=actor_of(request))
        except InvalidInput as error:
            problems.add_to_form(form, error)
        else:
            messages.success(request, _("The changes were saved."))
            return redirect("contacts:company", company_id)
    context = {"form": form, "company": company}
    return render(request, "companies/edit.html", context, status=400 if form.errors else 200)


@require_POST
@role_required("marketer")
def delete(request: HttpRequest, company_id: int) -> HttpResponseBase:
    company = _company(company_id)
    services.delete_companies([company_id], actor=actor_of(request))
    messages.success(request, _("%(company)s was deleted; its people stay.") % {"company": company})
    return redirect("contacts:companies")
