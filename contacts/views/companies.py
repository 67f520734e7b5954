"""A new company."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from crmseg.access.actors import actor_of
from crmseg.access.roles import role_required
from crmseg.common.problems import InvalidInput
from crmseg.web import problems

from .. import services
from ..forms import CompanyForm


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
