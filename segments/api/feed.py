"""The feed of every entry and exit, of all lists or of one."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from crmseg.common.problems import InvalidInput, Problem
from crmseg.common.rest.pagination import next_url, read_limit

from .. import serializers as shapes
from ..engine import feed
from ..models import LedgerEntry
from .base import SegmentBase
from .requests import read_id

_AFTER = OpenApiParameter("after", str, description="The `cursor` of the last row that was read.")
_CONTACT = OpenApiParameter("contact", int, description="The moves of this contact alone.")


class FeedActions(SegmentBase):
    @extend_schema(parameters=[_AFTER, _CONTACT], responses=shapes.ChangeOutput(many=True))
    @action(detail=False, methods=["get"])
    def changes(self, request: Request) -> Response:
        """Every entry and exit, in an order in which none is skipped or repeated."""
        return _feed(request)

    @extend_schema(
        operation_id="segments_feed", parameters=[_AFTER, _CONTACT], responses=shapes.ChangeOutput(many=True)
    )
    @action(detail=True, methods=["get"], url_path="changes")
    def own_changes(self, request: Request, pk: str) -> Response:
        """The entries and exits of one list."""
        return _feed(request, self.segment(pk).pk)


def _feed(request: Request, segment_id: int | None = None) -> Response:
    for name in request.query_params.keys() - {"after", "limit", "contact"}:
        # A reader that guesses `cursor` would start from the beginning without noticing.
        raise InvalidInput([Problem(f"/{name}", _("Use “after” with the last row's cursor, “limit” and “contact”."))])
    limit, asked = read_limit(request), request.query_params
    after = read_id(asked.get("after") or "0", "/after", _("Expected the “cursor” of a row of this feed."))
    contact = read_id(asked["contact"], "/contact", _("Expected the id of a contact.")) if "contact" in asked else None
    rows = feed.read(after=after, limit=limit + 1, segment_id=segment_id, contact_id=contact)
    shown = rows[:limit]
    following = next_url(request, after=shown[-1].cursor) if len(rows) > limit else None
    return Response({"results": [_change(entry) for entry in shown], "next": following})


def _change(entry: LedgerEntry) -> dict[str, Any]:
    return {
        "cursor": entry.cursor,
        "segment": entry.segment_id,
        "contact": entry.contact_id,
        "change": entry.change,
        "at": entry.at,
        "cause": entry.cause,
        "version": entry.version,
        "quiet": entry.quiet,
    }
