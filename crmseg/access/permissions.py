"""What a caller of the API may do, by the scope of the key or the role of the person.

A view says of itself: `ingest = True` when an ingest key may call it, `safe_posts` the names of its actions (or
methods, in lower case) that only read although they are posted, `admin_only = True` when marketers may not write,
`writers` the role from which an action may be called, where it is another than marketer.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request

from .models import ApiKey, Role, Scope, User
from .roles import has_role

if TYPE_CHECKING:
    from rest_framework.views import APIView


class ScopePermission(BasePermission):
    def has_permission(self, request: Request, view: APIView) -> bool:
        if isinstance(request.auth, ApiKey):
            return key_allows(request.auth, request, view)
        return isinstance(request.user, User) and role_allows(request.user, request, view)


def key_allows(key: ApiKey, request: Request, view: APIView) -> bool:
    match Scope(key.scope):
        case Scope.FULL:
            return True
        case Scope.READ:
            return only_reads(request, view)
        case Scope.INGEST:
            return getattr(view, "ingest", False) and request.method == "POST"


def role_allows(user: User, request: Request, view: APIView) -> bool:
    if only_reads(request, view):
        return True
    if getattr(view, "admin_only", False):
        return has_role(user, Role.ADMIN)
    writers: Mapping[str, str] = getattr(view, "writers", {})
    return has_role(user, writers.get(_asked(request, view), Role.MARKETER))


def only_reads(request: Request, view: APIView) -> bool:
    return request.method in SAFE_METHODS or _asked(request, view) in getattr(view, "safe_posts", ())


def _asked(request: Request, view: APIView) -> str:
    """The name of the action, or of the method where the view knows no actions."""
    return getattr(view, "action", None) or (request.method or "").lower()
