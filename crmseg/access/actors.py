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
    return person_of(request).actor()


def person_of(request: HttpRequest | Request) -> User:
    """Who is signed in."""
    if not isinstance(request.user, User):
        raise PermissionDenied
    return request.user
