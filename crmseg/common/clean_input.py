"""Text that storage cannot hold is refused at the door, wherever a page or an address carries it.

Bodies in JSON are checked by `crmseg.common.json`, files by those who read them. A page that meets the database's own
refusal, or no database at all, says so.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from django.db import DataError, InterfaceError, OperationalError
from django.http import HttpRequest, QueryDict
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _

from crmseg.common.json import is_storable
from crmseg.common.rest.refusals import refuse

logger = logging.getLogger(__name__)


class CleanInputMiddleware:
    """Answers 400 to NUL characters and lone surrogates in the address, the query string or a form."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if all(map(is_storable, [request.path, *_texts(request.GET)])):
            return self.get_response(request)
        return _refused(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: Iterable[Any], kwargs: dict[str, Any]
    ) -> HttpResponseBase | None:
        # Views without CSRF protection are programs' and read their bodies in their own way.
        if request.method != "POST" or getattr(view, "csrf_exempt", False):
            return None
        names = [file.name or "" for _field, files in request.FILES.lists() for file in files]
        return None if all(map(is_storable, [*_texts(request.POST), *names])) else _refused(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponseBase | None:
        match error:
            case DataError():
                logger.warning("The database refused a value: %s", error)
                return refuse(request, 400, _("A value is out of the range that can be stored."))
            case OperationalError() | InterfaceError():
                logger.error("The database is out of reach: %s", error)
                return refuse(request, 503, _("The database is out of reach; try again in a moment."))
        return None


def _texts(form: QueryDict) -> Iterator[str]:
    for name, values in form.lists():
        yield name
        yield from map(str, values)


def _refused(request: HttpRequest) -> HttpResponseBase:
    return refuse(request, 400, _("Text must not hold NUL characters or unpaired surrogates."))
