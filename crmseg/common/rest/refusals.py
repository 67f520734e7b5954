"""Refusals from outside any view: a problem document to programs, a page to people."""

from __future__ import annotations

import logging

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _

from crmseg.common import request_id

from .problems import problem_response

logger = logging.getLogger(__name__)


def refuse(request: HttpRequest, status: int, message: str, page: str = "errors/refused.html") -> HttpResponse:
    """Answer with `status` and one plain sentence, or, to people, with a page that says it better."""
    if request.path.startswith("/api/"):
        return problem_response(status, message)
    try:
        said = {"status": status, "message": message, "request_id": request_id.current()}
        return render(request, page, said, status=status)
    except Exception:
        # Whatever broke may break the page too: the database, a missing file.
        logger.exception("The page that says what went wrong could not be made")
        return HttpResponse(message, status=status, content_type="text/plain; charset=utf-8")


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    return refuse(request, 400, _("This request could not be understood."), "400.html")


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    return refuse(request, 403, _("Your role does not allow this. An administrator can change it."), "403.html")


def csrf_failed(request: HttpRequest, reason: str = "") -> HttpResponseBase:
    return refuse(
        request,
        403,
        _("This form was open for too long: go back, load the page again, and repeat it."),
        "403_csrf.html",
    )


def not_found(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    return refuse(request, 404, _("There is nothing at this address."), "404.html")


def failed(request: HttpRequest) -> HttpResponseBase:
    return refuse(request, 500, _("Something went wrong on our side. It was noted; try again in a moment."), "500.html")
