"""Every page speaks the reader's language and time, and partial answers tell their news."""

from __future__ import annotations

from collections.abc import Callable
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils import timezone, translation

from crmseg.access import account
from crmseg.common import request_id
from crmseg.common.problems import InvalidInput

GetResponse = Callable[[HttpRequest], HttpResponseBase]


class ReaderMiddleware:
    """The language a person chose, else the browser's; the account's time zone for all."""

    def __init__(self, get_response: GetResponse):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        user = getattr(request, "user", None)
        if user is None or not user.is_authenticated:
            return self.get_response(request)
        language = user.language or translation.get_language() or "en"
        request.LANGUAGE_CODE = language
        with translation.override(language), timezone.override(_zone()):
            return self.get_response(request)


class PartialMiddleware:
    """An answer to htmx carries waiting messages along, and a redirect to the sign-in page takes the whole window."""

    def __init__(self, get_response: GetResponse):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if not getattr(request, "htmx", False) or not isinstance(response, HttpResponse):
            return response
        if response.status_code == 302:
            return _go(response["Location"])
        if response.status_code == 200 and _is_html(response) and messages.get_messages(request):
            response.content += render_to_string(
                "components/toasts.html", {"apart": True, "messages": messages.get_messages(request)}, request
            ).encode()
        return response


class RefusalMiddleware:
    """Input that a page's service or selector refuses is answered with its problems, never with a failure."""

    def __init__(self, get_response: GetResponse):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponseBase | None:
        if not isinstance(exception, InvalidInput):
            return None
        message = " ".join(problem.message for problem in exception.problems)
        if getattr(request, "htmx", False):
            messages.error(request, message)
            answer = HttpResponse()
            answer["HX-Reswap"] = "none"
            return answer
        context = {"message": message, "status": exception.status, "request_id": request_id.current()}
        return render(request, "errors/refused.html", context, status=exception.status)


def _go(location: str) -> HttpResponse:
    answer = HttpResponse()
    answer["HX-Redirect"] = location
    return answer


def _is_html(response: HttpResponse) -> bool:
    return response.get("Content-Type", "").startswith("text/html") and "HX-Redirect" not in response


def _zone() -> ZoneInfo:
    try:
        return ZoneInfo(account.current().time_zone)
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")
