"""Who is calling the API: a program with a key, or a person in a browser.

A bearer key is found by its prefix and compared by its hash. When it was last used is noted at most once a minute.
"""

from __future__ import annotations

import re
from datetime import timedelta

from django.contrib.auth.models import AnonymousUser
from django.utils.translation import gettext as _
from rest_framework.authentication import BaseAuthentication, SessionAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from crmseg.common.clock import now

from .models import ApiKey, User

NOTE_USE_EVERY = timedelta(minutes=1)
_KEY = re.compile(r"[A-Za-z0-9]{8}\.[A-Za-z0-9]{32,64}")


class KeyUser(AnonymousUser):
    """Stands where a person would, for a program: what it may do is the scope of its key (`request.auth`)."""

    def __init__(self, key: ApiKey) -> None:
        self.key = key

    def __str__(self) -> str:
        return self.key.name


def find_key(text: str) -> ApiKey | None:
    """The usable key that `text` is, if it is one."""
    if not _KEY.fullmatch(text):
        return None
    key: ApiKey | None = ApiKey.objects.filter(prefix=text.partition(".")[0], revoked=False).first()
    if key is None or not key.is_valid(text) or key.has_expired:
        return None
    note_use(key)
    return key


def note_use(key: ApiKey) -> None:
    at = now()
    if key.last_used_at is None or at - key.last_used_at > NOTE_USE_EVERY:
        ApiKey.objects.filter(pk=key.pk).update(last_used_at=at)


class BearerKeyAuthentication(BaseAuthentication):
    """`Authorization: Bearer KEY`."""

    def authenticate(self, request: Request) -> tuple[KeyUser, ApiKey] | None:
        scheme, _space, text = request.headers.get("Authorization", "").partition(" ")
        if not scheme:
            return None
        key = find_key(text.strip()) if scheme.lower() == "bearer" else None
        if key is None:
            raise AuthenticationFailed(_("This key is unknown, revoked or expired."))
        return KeyUser(key), key

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="api"'


class BrowserSessionAuthentication(SessionAuthentication):
    """A signed-in person; writes need the CSRF token, as in every page."""

    def authenticate(self, request: Request) -> tuple[User, None] | None:
        found: tuple[User, None] | None = super().authenticate(request)
        return found
