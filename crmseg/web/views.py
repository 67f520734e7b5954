"""The pages that belong to no room: search and the choice of a language."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_POST

from crmseg.access.roles import signed_in

from . import htmx, palette, panels

HITS_EACH = 5
LEAST_LETTERS = 2


@require_GET
@signed_in
def search(request: HttpRequest) -> HttpResponseBase:
    query = request.GET.get("q", "").strip()[:200].replace("\x00", "")
    template = "home/hits.html" if htmx.wants_part(request) else "home/search.html"
    context = {"query": query, "found": _found(request, query)}
    return htmx.varying(render(request, template, context))


def _found(request: HttpRequest, query: str) -> list[panels.Group]:
    """What the query names: things of every room, then actions and pages; what is at hand while nothing is asked."""
    if len(query) < LEAST_LETTERS:
        return palette.offered(request.user)
    things = (panels.Group(one.label, one.icon, list(one.find(query, HITS_EACH))) for one in panels.finders())
    return [group for group in things if group.hits] + palette.matching(request.user, query)


@require_POST
def language(request: HttpRequest) -> HttpResponseBase:
    """Kept with the person where one is signed in, and in the browser."""
    wanted = request.POST.get("language", "")
    response = htmx.back(request, request.POST.get("next", ""), "/")
    if wanted in dict(settings.LANGUAGES):
        if request.user.is_authenticated:
            request.user.language = wanted
            request.user.save(update_fields=["language"])
        response.set_cookie(settings.LANGUAGE_COOKIE_NAME, wanted, max_age=365 * 86400, samesite="Lax")
    return response
