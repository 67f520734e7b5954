"""While nobody has an account, every page leads to the one where the first is made."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect

from .models import User

FOR_READERS = ("/u/", "/t/", "/p/", "/i/", "/in/", "/ask/", "/hooks/")
"""Of messages that were sent: these links lead where they said, whoever is here."""
OPEN = (*FOR_READERS, "/first-steps/", "/api/", "/static/", "/language/", "/healthz", "/readyz", "/metrics")
_somebody_came = False


def is_somebody_here() -> bool:
    """Whether any account exists; once one does, nobody asks again."""
    global _somebody_came
    _somebody_came = _somebody_came or User.objects.exists()
    return _somebody_came


class FirstStepsMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.path.startswith(OPEN) or request.method != "GET" or is_somebody_here():
            return self.get_response(request)
        return redirect("access:first_steps")
