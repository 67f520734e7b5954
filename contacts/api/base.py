"""What the views of this room share."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from django.core.exceptions import ObjectDoesNotExist
from django.db.models import Model, QuerySet
from django.http import Http404
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ViewSet

from crmseg.access.idempotency import IdempotentWrites
from crmseg.common.ids import LARGEST_ID
from crmseg.common.problems import Problem
from crmseg.common.rest.pagination import KeysetPagination

M = TypeVar("M", bound=Model)
ID = "[0-9]{1,19}"


class RoomViewSet(IdempotentWrites, ViewSet):
    lookup_value_regex = ID
    ordering: tuple[str, ...] = ("id",)

    def page(self, request: Request, rows: QuerySet[M], out: Callable[[list[M]], Any]) -> Response:
        pages = KeysetPagination()
        found = pages.paginate_queryset(rows, request, self) or []
        return pages.get_paginated_response(out(found))


def id_or_404(text: str) -> int:
    if int(text) > LARGEST_ID:
        raise Http404
    return int(text)


def get_or_404(rows: QuerySet[M], **lookup: Any) -> M:
    found = rows.filter(**lookup).first()
    if found is None:
        raise Http404
    return found


@contextmanager
def missing_is_404() -> Iterator[None]:
    """For what is deleted between the look and the write."""
    try:
        yield
    except ObjectDoesNotExist:
        raise Http404 from None


def problems_out(problems: list[Problem]) -> list[dict[str, str]]:
    return [{"pointer": problem.pointer, "message": problem.message} for problem in problems]
