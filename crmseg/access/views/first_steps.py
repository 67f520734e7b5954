"""The first page of a new instance: make the account, then bring in people from a file or as sample data."""

from __future__ import annotations

from celery import current_app
from django.contrib import messages
from django.contrib.auth import login
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from .. import account
from ..actors import actor_of
from ..audit import record
from ..first_steps import is_somebody_here
from ..forms import FirstPersonForm
from ..roles import has_role, role_required
from ..services import create_first_person

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
LOAD_SAMPLE_DATA = "crmseg.demo.tasks.load"


@require_http_methods(["GET", "POST"])
def first_steps(request: HttpRequest) -> HttpResponseBase:
    """While nobody is here it makes the first account; afterwards it shows an administrator what to do next."""
    if is_somebody_here():
        if has_role(request.user, "admin"):
            return render(request, "access/first_steps.html", {"form": None})
        return redirect("web:home")
    form = FirstPersonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        if user := create_first_person(**form.cleaned_data):
            login(request, user, BACKEND)
        return redirect("access:first_steps")
    return render(request, "access/first_steps.html", {"form": form}, status=400 if form.errors else 200)


@require_POST
@role_required("admin")
def load_sample_data(request: HttpRequest) -> HttpResponseBase:
    """Ask a worker for it. The loader lives above this room, so it is called by its name."""
    try:
        current_app.send_task(LOAD_SAMPLE_DATA)
    except current_app.connection_for_write().connection_errors:
        messages.error(request, _("The sample data was not loaded: the worker's queue is out of reach."))
        return redirect("access:first_steps")
    record(actor_of(request), "asked for sample data", account.current())
    messages.success(request, _("The sample data is being loaded. People and lists appear here as it comes in."))
    return redirect("web:home")
