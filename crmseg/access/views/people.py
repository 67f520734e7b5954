"""People and their roles."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from crmseg.common.problems import InvalidInput
from crmseg.web.problems import add_to_form

from ..actors import actor_of
from ..forms import PersonForm, RoleForm
from ..models import Role, User
from ..roles import ABILITIES, role_required
from ..services import change_person, invite_person, offer_password_link


@never_cache
@require_http_methods(["GET", "POST"])
@role_required("admin")
def people(request: HttpRequest) -> HttpResponseBase:
    """Everybody; a POST invites one more and shows the link to hand over."""
    form = PersonForm(request.POST or None, initial={"role": Role.MARKETER})
    if request.method == "POST" and form.is_valid():
        try:
            invited = invite_person(**form.cleaned_data, actor=actor_of(request))
        except InvalidInput as error:
            add_to_form(form, error)
        else:
            return _with_link(request, invited)
    everybody = User.objects.order_by("-is_active", "name", "email")
    shown = {"people": everybody, "form": form, "here": "people", "abilities": _abilities()}
    return render(request, "access/people.html", shown, status=400 if form.errors else 200)


@require_http_methods(["GET", "POST"])
@role_required("admin")
def person(request: HttpRequest, user_id: int) -> HttpResponseBase:
    found = get_object_or_404(User, pk=user_id)
    form = RoleForm(request.POST or None, initial={"role": found.role, "is_active": found.is_active})
    if request.method == "POST" and form.is_valid():
        try:
            change_person(found.pk, **form.cleaned_data, actor=actor_of(request))
        except InvalidInput as error:
            add_to_form(form, error)
        else:
            messages.success(request, _("%(person)s was saved.") % {"person": found})
            return redirect("access:people")
    shown = {"person": found, "form": form, "here": "people", "abilities": _abilities()}
    return render(request, "access/person.html", shown, status=400 if form.errors else 200)


@never_cache
@require_POST
@role_required("admin")
def password_link(request: HttpRequest, user_id: int) -> HttpResponseBase:
    """Another link, for somebody who lost the first or the password."""
    return _with_link(request, get_object_or_404(User, pk=user_id, is_active=True))


def _abilities() -> list[tuple[str, str | Promise]]:
    """The roles from the least to the most, and what each adds."""
    return [(str(role.label), says) for role, says in ABILITIES.items()]


def _with_link(request: HttpRequest, user: User) -> HttpResponseBase:
    link = offer_password_link(user, actor=actor_of(request))
    return render(request, "access/password_link.html", {"person": user, "link": link, "here": "people"})
