"""What the modules of the lists' API share: finding a list, answering with it, and with pages of rows."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from rest_framework import status
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from crmseg.access.idempotency import IdempotentWrites
from crmseg.common.rest.concurrency import etag_of

from .. import catalogue, looks, selectors
from .. import serializers as shapes
from ..definition import check
from ..definition.load import load
from ..models import Segment


# No docstring: it would describe the operations of every view in the OpenAPI document.
class SegmentBase(IdempotentWrites, GenericViewSet[Segment]):
    queryset = Segment.objects.select_related("owner")
    serializer_class = shapes.SegmentOutput
    lookup_value_regex = r"[0-9]{1,18}"
    ordering = ("id",)

    def segment(self, pk: str) -> Segment:
        found = get_object_or_404(self.get_queryset(), pk=int(pk))
        looks.note(found.pk)
        return found

    def answer(self, segment: Segment, code: int = status.HTTP_200_OK) -> Response:
        segment.refresh_from_db()
        (shown,) = self.shown([segment])
        return Response(shown, status=code, headers={"ETag": etag_of(segment)})

    def saved(self, segment: Segment, code: int = status.HTTP_200_OK, *, defined: bool) -> Response:
        """The list, with the warnings of its definition where that was given."""
        response = self.answer(segment, code)
        found = []
        if defined and segment.definition is not None:
            known = catalogue.current()
            found = check.warnings(load(segment.definition, known), known)
        response.data["warnings"] = shapes.problems([problem.under("/definition") for problem in found])
        return response

    def page(self, rows: QuerySet[Segment]) -> Response:
        page = self.paginate_queryset(rows)
        assert page is not None
        return self.get_paginated_response(self.shown(page))

    def shown(self, segments: list[Segment]) -> list[dict[str, Any]]:
        context = {"fresh_as_of": selectors.fresh_as_of(), "pins": selectors.pin_counts(one.pk for one in segments)}
        return list(shapes.SegmentOutput(segments, many=True, context=context).data)
