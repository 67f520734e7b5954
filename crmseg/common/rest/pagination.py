"""Pages that stay right while rows come and go: each starts after the last row of the one before.

A cursor is opaque to its bearer: the ordering values of that row. A broken one is a problem, never an error.
Views give `ordering`, names of columns that are never NULL, the last of them unique; `id` when left out.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db.models import Field, Model, Q, QuerySet
from django.utils.translation import gettext as _
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param

from crmseg.common import json
from crmseg.common.problems import InvalidInput, Problem

if TYPE_CHECKING:
    from rest_framework.views import APIView

DEFAULT_LIMIT, LARGEST_LIMIT = 100, 1000
LONGEST_CURSOR = 2000


def read_limit(request: Request) -> int:
    """`?limit=`, 1 to 1,000."""
    text = request.query_params.get("limit")
    if text is None:
        return DEFAULT_LIMIT
    if not re.fullmatch(r"[0-9]{1,6}", text) or not 1 <= int(text) <= LARGEST_LIMIT:
        message = _("Expected a whole number from 1 to %(largest)s.") % {"largest": LARGEST_LIMIT}
        raise InvalidInput([Problem("/limit", message)])
    return int(text)


def encode_cursor(values: Sequence[Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps([str(value) for value in values])).decode().rstrip("=")


def decode_cursor(text: str, length: int) -> list[str]:
    """The values of a cursor made by `encode_cursor` of that many values, as text."""
    try:
        if len(text) > LONGEST_CURSOR:
            raise ValueError
        values = json.loads(base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True))
        if not (isinstance(values, list) and len(values) == length and all(isinstance(v, str) for v in values)):
            raise ValueError
    except (ValueError, InvalidInput):
        raise _unknown_cursor() from None
    return values


def _unknown_cursor() -> InvalidInput:
    return InvalidInput([Problem("/cursor", _("This cursor is not one that was given out here."))])


def next_url(request: Request, **parameters: object) -> str:
    """The address of this request with other query parameters."""
    url = request.build_absolute_uri()
    for name, value in parameters.items():
        url = replace_query_param(url, name, value)
    return url


class KeysetPagination(BasePagination):
    """`{"results", "next"}`; `next` is null at the end."""

    def paginate_queryset(self, queryset: Any, request: Request, view: APIView | None = None) -> list[Any]:
        limit = read_limit(request)
        ordering: Sequence[str] = getattr(view, "ordering", None) or ("id",)
        if text := request.query_params.get("cursor"):
            queryset = queryset.filter(_after(queryset, ordering, text))
        rows = list(queryset.order_by(*ordering)[: limit + 1])
        self.next: str | None = None
        if len(rows) > limit:
            rows = rows[:limit]
            self.next = next_url(request, cursor=encode_cursor([_value(rows[-1], name) for name in ordering]))
        return rows

    def get_paginated_response(self, data: Any) -> Response:
        return Response({"results": data, "next": self.next})

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        address = {"type": "string", "format": "uri", "nullable": True}
        return {
            "type": "object",
            "required": ["results", "next"],
            "properties": {"results": schema, "next": address},
        }

    def get_schema_operation_parameters(self, view: APIView) -> list[dict[str, Any]]:
        limit = {"type": "integer", "minimum": 1, "maximum": LARGEST_LIMIT, "default": DEFAULT_LIMIT}
        return [
            {"name": "limit", "in": "query", "description": _("How many to a page."), "schema": limit},
            {"name": "cursor", "in": "query", "description": _("Where to go on."), "schema": {"type": "string"}},
        ]


def _value(row: Model, name: str) -> Any:
    value = getattr(row, name.lstrip("-"))
    return value.isoformat() if hasattr(value, "isoformat") else value


def _after(queryset: QuerySet[Any], ordering: Sequence[str], cursor: str) -> Q:
    """Rows later in this order than the one the cursor stands for."""
    columns = [name.lstrip("-") for name in ordering]
    try:
        values = [
            _field(queryset, column).to_python(text)
            for column, text in zip(columns, decode_cursor(cursor, len(columns)), strict=True)
        ]
    except (ValidationError, ValueError, ArithmeticError):
        raise _unknown_cursor() from None
    later, equal = Q(pk__in=[]), Q()
    for name, column, value in zip(ordering, columns, values, strict=True):
        later |= equal & Q(**{f"{column}__{'lt' if name.startswith('-') else 'gt'}": value})
        equal &= Q(**{column: value})
    # The first column alone bounds the search, so that an index can start there.
    return later & Q(**{f"{columns[0]}__{'lte' if ordering[0].startswith('-') else 'gte'}": values[0]})


def _field(queryset: QuerySet[Any], column: str) -> Field[Any, Any]:
    annotation = queryset.query.annotations.get(column)
    field: Field[Any, Any] = annotation.output_field if annotation else queryset.model._meta.get_field(column)
    return field
