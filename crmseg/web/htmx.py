"""What views say to htmx."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils.cache import patch_vary_headers


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


def varying(response: HttpResponseBase) -> HttpResponseBase:
    """The same address answers a page or a part: caches and the back button must not mix them up."""
    patch_vary_headers(response, ["HX-Request", "HX-Target"])
    return response
