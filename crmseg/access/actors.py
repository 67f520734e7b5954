"""Who is behind a request, as histories and the audit log name them."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from rest_framework.request import Request

from crmseg.common.actor import Actor

from .models import ApiKey, User


def actor_of(request: HttpRequest | Request) -> Actor:
    key = getattr(request, "auth", None)
    if isinstance(key, ApiKey):
        return Actor("key", key.name)
    if isinstance(request.user, User):
        return request.user.actor()
    raise PermissionDenied
