"""How large a request may be: 32 MB where batches and files arrive, 1 MB elsewhere.

What is too large is refused by its declared length, before any of it is read; see `whole_bodies` for bodies that
declare none.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _

from .refusals import refuse
from .whole_bodies import LARGEST_BODY, MB, declared_length

USUAL, LARGE = 1 * MB, LARGEST_BODY
TAKES_MUCH = re.compile(r"/(batch|imports?|images)(/|$)")


def limit_for(path: str) -> int:
    return LARGE if TAKES_MUCH.search(path) else USUAL


class BodyLimitMiddleware:
    """Refuses with 413 what is larger than its address takes."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        limit = limit_for(request.path)
        if declared_length(request.META) > limit:
            message = _("This is too large: at most %(limit)s MB are taken here.") % {"limit": limit // MB}
            return refuse(request, 413, message)
        return self.get_response(request)
