"""Who is in a list, who was, how many there were, and which lists a contact is in."""

from __future__ import annotations

from typing import Any, cast

from django.http import Http404
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from contacts.models import Contact
from crmseg.access.actors import actor_of
from crmseg.common.problems import Conflict
from crmseg.common.rest.pagination import KeysetPagination

from .. import selectors, services
from .. import serializers as shapes
from ..models import Membership, Segment
from .base import SegmentBase
from .requests import read_contact_ids, read_days, read_past, unknown_contacts

_AT = OpenApiParameter(
    "at", str, description="Who was in at this instant, or at the end of this day of the account's zone."
)


class MembersPagination(KeysetPagination):
    """By contact, so that nobody is skipped or repeated while people come and go."""


class MemberActions(SegmentBase):
    @extend_schema(parameters=[_AT], responses=shapes.MemberOutput(many=True))
    @action(detail=True, methods=["get"], ordering=("id",), pagination_class=MembersPagination)
    def members(self, request: Request, pk: str) -> Response:
        """Who is in, or who was in at an instant of the past; each with the instant of entering."""
        segment, at = self.segment(pk), request.query_params.get("at")
        rows = selectors.members_at(segment.pk, read_past(at)) if at else selectors.members(segment.pk)
        page: Any = self.paginate_queryset(cast(Any, rows))
        return self.get_paginated_response([shapes.member(contact) for contact in page])

    @extend_schema(request=shapes.ContactIdsInput, responses=shapes.AddedOutput)
    @members.mapping.post
    def add_members(self, request: Request, pk: str) -> Response:
        """Put contacts into a static list. Those who are in already stay as they are."""
        segment = self._static(pk)
        ids = read_contact_ids(request)
        unknown = unknown_contacts(ids)
        added = services.add_members(segment.pk, ids, actor=actor_of(request))
        return Response({"added": added, "problems": shapes.problems(unknown)})

    @extend_schema(request=shapes.ContactIdsInput, responses=shapes.RemovedOutput)
    @members.mapping.delete
    def remove_members(self, request: Request, pk: str) -> Response:
        """Take contacts out of a static list. Those who are not in are no problem."""
        segment = self._static(pk)
        removed = services.remove_members(segment.pk, read_contact_ids(request), actor=actor_of(request))
        return Response({"removed": removed, "problems": []})

    @extend_schema(
        parameters=[OpenApiParameter("days", int, description="How many days back, 30 when left out.")],
        responses=shapes.DayOutput(many=True),
    )
    @action(detail=True, methods=["get"])
    def history(self, request: Request, pk: str) -> Response:
        """Size, entered and left by day of the account's calendar, the oldest day first."""
        days = selectors.size_by_day(self.segment(pk).pk, read_days(request))
        return Response({"results": [shapes.day(one) for one in days], "next": None})

    def _static(self, pk: str) -> Segment:
        segment = self.segment(pk)
        if segment.kind != Segment.Kind.STATIC:
            raise Conflict(_("Members of an active list follow its definition. Pin contacts (pins/), or edit it."))
        return segment


class ContactSegments(APIView):
    ordering = ("-entered_at", "-id")

    @extend_schema(operation_id="contacts_segments_list", responses=shapes.MembershipOutput(many=True))
    def get(self, request: Request, contact_id: int) -> Response:
        """The lists a contact is in, the latest entered first."""
        if not Contact.objects.filter(pk=contact_id).exists():
            raise Http404
        pages = KeysetPagination()
        rows = Membership.objects.filter(contact_id=contact_id, segment__archived_at=None).select_related("segment")
        page = pages.paginate_queryset(rows, request, self)
        return pages.get_paginated_response([shapes.membership(one) for one in page])
