"""What one page asks for in many places, read once while it is made.

Only where nothing is changed by what is asked: between the reads of a GET nothing but others' work can come, and a page
speaks of one moment anyway.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from contextvars import ContextVar
from typing import Any, TypeVar

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.translation import get_language

T = TypeVar("T")
_kept: ContextVar[dict[Hashable, Any] | None] = ContextVar("kept_for_this_page", default=None)


def a_page(name: Hashable, read: Callable[[], T]) -> T:
    """What `read` found first while this page is made, in this language; outside of any page, what it finds now."""
    kept = _kept.get()
    if kept is None:
        return read()
    key = name, get_language()
    if key not in kept:
        kept[key] = read()
    found: T = kept[key]
    return found


class OnceMiddleware:
    """A page begins with nothing read, and leaves nothing behind."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        token = _kept.set({} if request.method in ("GET", "HEAD") else None)
        try:
            return self.get_response(request)
        finally:
            _kept.reset(token)
