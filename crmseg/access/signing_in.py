"""Guessing passwords: who is trying, and what is said once it was too often."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from crmseg.common.rest.refusals import refuse


def attempted_name(request: HttpRequest | None, credentials: Mapping[str, Any] | None = None) -> str:
    """The address somebody signs in with, in one spelling."""
    given = credentials or {}
    name = given.get("email") or given.get("username")
    if not name and request is not None:
        name = request.POST.get("login") or request.POST.get("username")
    return str(name or "").strip().casefold()[:250]


def locked_out(request: HttpRequest, credentials: Mapping[str, Any] | None = None, *args: Any) -> HttpResponse:
    minutes = round(settings.AXES_COOLOFF_TIME * 60)
    message = _("Too many attempts to sign in: wait %(minutes)s minutes, then try again.") % {"minutes": minutes}
    response = refuse(request, 429, message)
    response["Retry-After"] = str(minutes * 60)
    return response
