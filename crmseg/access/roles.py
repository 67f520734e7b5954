"""Who may do what, by rank, and who may open a page: decorators for views."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, cast

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.translation import gettext_lazy as _

from .models import Role, User

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponseBase]
RANK = [Role.VIEWER, Role.SERVICE, Role.SALES, Role.MARKETER, Role.ADMIN]
# What each role adds to the one before it, as the people page says it.
ABILITIES = {
    Role.VIEWER: _("Finds and reads everything but these settings."),
    Role.SERVICE: _("Also writes notes about contacts."),
    Role.SALES: _("Also changes the facts, the stage and the owner of a contact."),
    Role.MARKETER: _("Also writes lists and campaigns, imports, changes many contacts at once, merges and deletes."),
    Role.ADMIN: _("Also sees people, keys, the audit log, the health of the system and the other settings."),
}


def has_role(user: object, role: str) -> bool:
    """Whether `user` is a person with at least this role."""
    return isinstance(user, User) and RANK.index(Role(user.role)) >= RANK.index(Role(role))


def signed_in(view: View[P]) -> View[P]:
    """Everyone with an account."""
    return login_required(view)


def role_required(role: str) -> Callable[[View[P]], View[P]]:
    """At least this role; others are told that they may not."""

    def decorate(view: View[P]) -> View[P]:
        @wraps(view)
        def guarded(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            if not has_role(request.user, role):
                raise PermissionDenied
            return view(request, *args, **kwargs)

        return cast(View[P], login_required(guarded))

    return decorate
