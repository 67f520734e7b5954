"""Where the account requires a second factor, whoever has none is led to set one up, and nowhere else."""

from __future__ import annotations

from collections.abc import Callable

from allauth.mfa.utils import is_mfa_enabled
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from crmseg.common.rest.refusals import refuse

from . import account
from .models import Role, TwoFactor, User

OPEN = ("/accounts/", "/static/", "/language/", "/healthz", "/readyz", "/u/", "/ask/", "/favicon.ico")


def is_required_of(user: User) -> bool:
    match account.current().require_mfa:
        case TwoFactor.EVERYBODY:
            return True
        case TwoFactor.ADMINS:
            return user.role == Role.ADMIN
        case _:
            return False


class SecondFactorMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        user = request.user
        is_asked = isinstance(user, User) and not request.path.startswith(OPEN) and is_required_of(user)
        if not is_asked or is_mfa_enabled(user):
            return self.get_response(request)
        if request.path.startswith("/api/"):
            return refuse(request, 403, _("This account requires two-factor sign-in: set it up first."))
        return redirect("mfa_activate_totp")
