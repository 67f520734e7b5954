"""What every page of the shell needs beside its own data."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject
from django.utils.translation import get_language

from crmseg.access import account
from crmseg.access.models import Role
from crmseg.access.roles import has_role

from . import navigation


def shell(request: HttpRequest) -> dict[str, Any]:
    user = getattr(request, "user", None)
    signed_in = user is not None and user.is_authenticated
    return {
        "account": SimpleLazyObject(account.current),
        "may_note": has_role(user, Role.SERVICE),
        "may_sell": has_role(user, Role.SALES),
        "may_write": has_role(user, Role.MARKETER),
        "is_admin": has_role(user, Role.ADMIN),
        "places": navigation.shown(request.path, user) if signed_in else [],
        "languages": settings.LANGUAGES,
        "language": get_language(),
    }
