"""What every page of the shell needs beside its own data."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject
from django.utils.translation import get_language

from crmseg.access import account

from . import navigation


def shell(request: HttpRequest) -> dict[str, Any]:
    user = getattr(request, "user", None)
    signed_in = user is not None and user.is_authenticated
    return {
        "account": SimpleLazyObject(account.current),
        "may_write": signed_in and user.role in {"marketer", "admin"},
        "is_admin": signed_in and user.role == "admin",
        "places": navigation.shown(request.path) if signed_in else [],
        "languages": settings.LANGUAGES,
        "language": get_language(),
    }
