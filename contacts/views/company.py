"""One company's page: what is known about it, its people and what they add up to, and what happened."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from crmseg.access.actors import actor_of
from crmseg.access.roles import has_role, role_required, signed_in
from crmseg.common.problems import InvalidInput
from crmseg.web import htmx, locking, problems
from crmseg.web.tables import Column, Table

from .. import activity, company_moments, histories, panels, services
from ..forms import CompanyForm
from ..models import Company
from . import presenting, wording
from . import timeline as moments

PEOPLE = {
    "name": Column(gettext_lazy("Name"), order=("last_name", "first_name")),
    "job": Column(gettext_lazy("Job title"), order=("job_title",)),
    "stage": Column(gettext_lazy("Stage"), order=("lifecycle_stage",)),
    "created": Column(gettext_lazy("Created"), order=("created_at",), descending_first=True),
}
PAGE_SIZE = 20
FEW = 100
"""Of more people, the page is shown before they are added up."""


def _company(company_id: int) -> Company:
    company = Company.objects.filter(pk=company_id).first()
    if company is None:
        raise Http404
    return company


@require_GET
@signed_in
def page(request: HttpRequest, company_id: int) -> HttpResponseBase:
    company = _company(company_id)
    people = Table(request, company.contacts.all(), PEOPLE, sort="name", id="people-table", page_size=PAGE_SIZE)
    context: dict[str, Any] = {"company": company, "table": people}
    if htmx.wants_part(request, "people-table"):
        return htmx.varying(render(request, "companies/people.html", context))
    context |= {
        "groups": presenting.groups(company, histories.changed_of_company(company_id)),
        "may_change": has_role(request.user, "marketer"),
        "lookalikes": activity.lookalikes(company),
        **({} if activity.has_many_people(company_id, FEW) else _sums(company)),
        **_timeline(request, company),
    }
    return htmx.varying(render(request, "companies/company.html", context))


@require_GET
@signed_in
def sums(request: HttpRequest, company_id: int) -> HttpResponseBase:
    """What the people add up to, where there are too many of them to be waited for."""
    return render(request, "companies/sums.html", _sums(_company(company_id)))


def _sums(company: Company) -> dict[str, Any]:
    return {"company": company, "sums": activity.sums_of(company.pk), "panels": panels.shown_of_company(company)}


@require_GET
@signed_in
def timeline(request: HttpRequest, company_id: int) -> HttpResponseBase:
    context = _timeline(request, _company(company_id))
    if context["timeline"].asked.before:
        return render(request, "contacts/timeline_rows.html", context)
    return moments.addressed(request, render(request, "contacts/timeline.html", context), context)


def _timeline(request: HttpRequest, company: Company) -> dict[str, Any]:
    asked = moments.Asked.read(request)
    entries = company_moments.company_timeline(company.pk, **asked.wanted(), limit=moments.ROWS + 1)
    return {
        "company": company,
        "timeline": moments.stretch(entries, asked, moments.kinds_of_company(), of="company"),
        "page_url": reverse("contacts:company", args=[company.pk]),
        "timeline_url": reverse("contacts:company-timeline", args=[company.pk]),
        "began_at": company.created_at,
    }


@require_http_methods(["GET", "POST"])
@role_required("marketer")
def edit(request: HttpRequest, company_id: int) -> HttpResponseBase:
    company = _company(company_id)
    fields = list(CompanyForm.base_fields)
    held: dict[str, Any] = {name: getattr(company, name) for name in fields}
    form = CompanyForm(request.POST if request.method == "POST" else None, initial=held)
    seen = locking.seen_by(request) or locking.state_of(company, fields)
    context: dict[str, Any] = {"form": form, "company": company, "seen": seen}
    status = 200
    if request.method == "POST" and form.is_valid():
        changes = {key: value for key, value in form.data_for_service().items() if key in form.changed_data}
        try:
            with locking.unchanged(request, Company.objects.all(), company_id, fields):
                services.update_company(company_id, data=changes, actor=actor_of(request))
        except locking.ChangedMeanwhile as error:
            who = wording.who(histories.latest_of_company(company_id))
            url = reverse("contacts:company-edit", args=[company_id])
            context["changed"], status = locking.told(error, form, url=url, who=who), 409
        except InvalidInput as error:
            problems.add_to_form(form, error)
        else:
            messages.success(request, _("The changes were saved."))
            return redirect("contacts:company", company_id)
    return render(request, "companies/edit.html", context, status=400 if form.errors else status)


@require_POST
@role_required("marketer")
def delete(request: HttpRequest, company_id: int) -> HttpResponseBase:
    company = _company(company_id)
    services.delete_companies([company_id], actor=actor_of(request))
    messages.success(request, _("%(company)s was deleted; its people stay.") % {"company": company})
    return redirect("contacts:companies")
