"""Every refusal of the API as application/problem+json: type, title, status, problems.

`problems` holds at least one plain sentence; its pointer is a JSON Pointer into what was sent, empty for the whole.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from http import HTTPStatus
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import DataError, InterfaceError, OperationalError
from django.http import Http404, HttpResponse
from django.utils.translation import gettext as _
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import set_rollback

from crmseg.common import json
from crmseg.common.problems import InvalidInput, Problem

CONTENT_TYPE = "application/problem+json"
logger = logging.getLogger(__name__)


def document(status: int, problems: Sequence[Problem]) -> dict[str, Any]:
    return {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "problems": [{"pointer": problem.pointer, "message": problem.message} for problem in problems],
    }


def problem_response(status: int, problems: Sequence[Problem] | str) -> HttpResponse:
    """For middleware and error pages, where there is no view of the API to answer."""
    found = [Problem("", problems)] if isinstance(problems, str) else problems
    return HttpResponse(json.dumps(document(status, found)), status=status, content_type=CONTENT_TYPE)


def handle_exception(error: Exception, context: Mapping[str, Any]) -> Response | None:
    """The answer to what a view of the API raised; None is a defect of ours, logged and answered with 500."""
    answer = _answer(error)
    if answer is None:
        return None
    status, problems, headers = answer
    set_rollback()
    return Response(document(status, problems), status=status, headers=headers, content_type=CONTENT_TYPE)


def _answer(error: Exception) -> tuple[int, Sequence[Problem], dict[str, str]] | None:
    match error:
        case InvalidInput():
            return error.status, error.problems, {}
        case Http404():
            return 404, [Problem("", _("There is nothing at this address."))], {}
        case PermissionDenied():
            return 403, [Problem("", _("You may not do this."))], {}
        case exceptions.APIException():
            return error.status_code, [*_flatten(error.detail, "")], _headers(error)
        case RecursionError():
            return 400, [Problem("", _("This is nested too deeply."))], {}
        case DataError():
            logger.warning("The database refused a value: %s", error)
            return 400, [Problem("", _("A value is out of the range that can be stored."))], {}
        case OperationalError() | InterfaceError():
            logger.error("The database is out of reach: %s", error)
            message = _("The database is out of reach; try again in a moment.")
            return 503, [Problem("", message)], {"Retry-After": "2"}
        case _:
            return None


def _headers(error: exceptions.APIException) -> dict[str, str]:
    headers = {}
    if challenge := getattr(error, "auth_header", None):
        headers["WWW-Authenticate"] = challenge
    if wait := getattr(error, "wait", None):
        headers["Retry-After"] = str(max(1, int(wait)))
    return headers


def _flatten(detail: Any, pointer: str) -> Iterator[Problem]:
    """Field errors of serializers, as problems with pointers."""
    match detail:
        case dict():
            for key, child in detail.items():
                at_parent = key == "non_field_errors"
                yield from _flatten(child, pointer if at_parent else f"{pointer}/{json.escape(str(key))}")
        case list() if any(isinstance(child, (dict, list)) for child in detail):
            for index, child in enumerate(detail):
                yield from _flatten(child, f"{pointer}/{index}")
        case list():
            yield from (Problem(pointer, str(child)) for child in detail)
        case _:
            yield Problem(pointer, str(detail))
