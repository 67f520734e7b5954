"""How the instance counts days and money, and how a person wants to be addressed."""

from __future__ import annotations

from django.contrib import messages
from django.forms.models import model_to_dict
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from .. import account
from ..actors import actor_of, person_of
from ..forms import AccountForm, ProfileForm
from ..roles import has_role, role_required, signed_in
from ..services import update_account, update_profile


@require_GET
@signed_in
def settings(request: HttpRequest) -> HttpResponseBase:
    return redirect("access:account" if has_role(request.user, "admin") else "access:profile")


@require_http_methods(["GET", "POST"])
@role_required("admin")
def edit_account(request: HttpRequest) -> HttpResponseBase:
    form = AccountForm(request.POST or None, initial=model_to_dict(account.current()))
    if request.method == "POST" and form.is_valid():
        update_account(form.cleaned_data, actor=actor_of(request))
        messages.success(request, _("The account was saved."))
        return redirect("access:account")
    status = 400 if form.errors else 200
    return render(request, "access/account.html", {"form": form, "here": "account"}, status=status)


@require_http_methods(["GET", "POST"])
@signed_in
def edit_profile(request: HttpRequest) -> HttpResponseBase:
    user = person_of(request)
    form = ProfileForm(request.POST or None, initial={"name": user.name, "language": user.language})
    if request.method == "POST" and form.is_valid():
        update_profile(user.pk, **form.cleaned_data)
        with translation.override(form.cleaned_data["language"] or translation.get_language()):
            messages.success(request, _("Your profile was saved."))
        return redirect("access:profile")
    status = 400 if form.errors else 200
    return render(request, "access/profile.html", {"form": form, "here": "profile"}, status=status)
