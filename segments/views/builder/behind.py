"""The people behind a count of the builder: the table of contacts, narrowed by that part of the definition."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from contacts import saved_views
from crmseg.access.roles import signed_in
from crmseg.common.problems import InvalidInput
from segments import catalogue as catalogues
from segments.definition.load import load

from . import asked


@require_POST
@signed_in
def people(request: HttpRequest) -> HttpResponseBase:
    """`at` is the JSON Pointer of a row. With `after`, its group as if it ended there, rather than the row alone."""
    known = catalogues.current()
    given = asked.read(request, known)
    try:
        part = _part(given.definition, request.POST.get("at", ""), ends="after" in request.POST) if given.tree else None
        if part is not None:
            load(part, known)
    except (InvalidInput, LookupError, TypeError, ValueError):
        part = None
    if part is None:
        messages.error(request, _("This cannot be counted yet."))
        return redirect("contacts:list")
    token = saved_views.keep_filter(part)
    return redirect(f"{reverse('contacts:list')}?{urlencode({'filter': token})}")


def _part(definition: Any, pointer: str, *, ends: bool) -> Any:
    """What stands at the pointer; LookupError, TypeError or ValueError where nothing does."""
    found: Any = definition
    group: Any = None
    steps = pointer.split("/")[1:]
    for step in steps:
        if isinstance(found, list):
            found = found[int(step)]
        else:
            group, found = found, found[step]
    if ends and group is not None and isinstance(group[steps[-2]], list):
        return group | {steps[-2]: group[steps[-2]][: int(steps[-1]) + 1]}
    return found
