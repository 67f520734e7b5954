"""Merging one company into another: find the other, compare side by side, choose, confirm."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from crmseg.access.actors import actor_of
from crmseg.access.roles import role_required
from crmseg.common.ids import read_id
from crmseg.common.problems import InvalidInput

from .. import activity, selectors, services, values
from ..fields import Field, writable
from ..models import Company
from . import presenting, side_by_side

MOST_FOUND = 10


@require_http_methods(["GET", "POST"])
@role_required("marketer")
def merge(request: HttpRequest, company_id: int) -> HttpResponseBase:
    company = Company.objects.filter(pk=company_id).first()
    if company is None:
        raise Http404
    asked = request.POST if request.method == "POST" else request.GET
    other = Company.objects.filter(pk=read_id(asked.get("with", "")) or 0).exclude(pk=company_id).first()
    problem = ""
    if request.method == "POST" and other is not None:
        try:
            services.merge_companies(
                company_id, other.pk, take=side_by_side.taken(_fields(), request), actor=actor_of(request)
            )
        except InvalidInput as error:
            problem = " ".join(one.message for one in error.problems)
        else:
            messages.success(request, _("%(other)s is part of %(company)s now.") % {"other": other, "company": company})
            return redirect("contacts:company", company_id)
    if other is None:
        return _search(request, company, bool(asked.get("with")))
    context = {
        "contact": company,
        "other": other,
        "comparison": side_by_side.compare(_fields(), presenting.value_of, company, other, request),
        "people": other.contacts.count(),
        "problem": problem,
    }
    return render(request, "companies/merge.html", context, status=409 if problem else 200)


def _search(request: HttpRequest, company: Company, missing: bool) -> HttpResponseBase:
    """Which it might be: those of its name or domain, or those that answer to what was typed."""
    query = request.GET.get("q", "").strip()[:200].replace("\x00", "")
    if query:
        rows = selectors.companies_table(q=query, counted=False).exclude(pk=company.pk)
        found = list(rows.order_by("name", "pk")[:MOST_FOUND])
    else:
        found = activity.lookalikes(company, MOST_FOUND)
    context = {"company": company, "query": query, "rows": found, "missing": missing}
    return render(request, "companies/merge_search.html", context, status=404 if missing else 200)


def _fields() -> list[Field]:
    return list(writable(values.catalog("company")))
