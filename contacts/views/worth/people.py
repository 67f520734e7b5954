"""The people behind a number of these pages, and a list of them in one click."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from crmseg.access.actors import actor_of
from crmseg.access.roles import role_required, signed_in
from crmseg.common.problems import InvalidInput
from crmseg.web import htmx

from ...models import EventType
from ...saved_views import keep_filter
from ...worth import churn as falls
from ...worth import parts
from ...worth.parts import Part


@require_GET
@signed_in
def people(request: HttpRequest, part: str) -> HttpResponse:
    found = _part(request.GET.get("event", ""), request.GET.get("days", ""), part)
    return redirect(f"{reverse('contacts:list')}?view=all&filter={keep_filter(found.definition)}")


@require_POST
@role_required("marketer")
def make_list(request: HttpRequest, part: str) -> HttpResponse:
    found = _part(request.POST.get("event", ""), request.POST.get("days", ""), part)
    try:
        made = parts.make_list(found, actor_of(request))
    except InvalidInput as error:
        for problem in error.problems:
            messages.error(request, problem.message)
        return htmx.back(request, request.headers.get("Referer", ""), reverse("worth:value"))
    messages.success(request, _("The list “%(name)s” was created.") % {"name": found.name})
    return redirect(made)


def _part(event: str, days: str, asked: str) -> Part:
    found = _of_churn(event, days, asked) if event else parts.read(asked)
    if found is None:
        raise Http404
    return found


def _of_churn(event: str, days: str, band: str) -> Part | None:
    type_ = EventType.objects.filter(pk=int(event)).first() if event.isdecimal() and len(event) < 10 else None
    if type_ is None or days not in map(str, falls.SPANS):
        return None
    definition = falls.definition(type_.name, int(days), band)
    name = f"{type_.name}: {falls.label(band)}"
    return Part(name, definition) if definition else None
