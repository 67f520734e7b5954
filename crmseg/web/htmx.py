"""Where views lead, and what they say to htmx."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import redirect
from django.utils.cache import patch_vary_headers
from django.utils.http import url_has_allowed_host_and_scheme


def wants_part(request: HttpRequest, target: str = "") -> bool:
    """Whether only a part of the page was asked for (the part with id `target`, where given)."""
    details = getattr(request, "htmx", None)
    if not details or details.history_restore_request or details.boosted:
        return False
    return not target or details.target == target


def go(request: HttpRequest, url: str) -> HttpResponseBase:
    """Leave for another page, from a form or from htmx."""
    if not wants_part(request):
        return redirect(url)
    response = HttpResponse()
    response["HX-Redirect"] = url
    return response


def back(request: HttpRequest, asked: str, otherwise: str) -> HttpResponse:
    """To the address that the browser sent along, where it is one of ours; else to `otherwise`."""
    ours = url_has_allowed_host_and_scheme(asked, {request.get_host()}, require_https=request.is_secure())
    return HttpResponseRedirect(asked if ours else otherwise)


def varying(response: HttpResponseBase) -> HttpResponseBase:
    """The same address answers a page or a part: caches and the back button must not mix them up."""
    patch_vary_headers(response, ["HX-Request", "HX-Target"])
    return response
