"""Pins of active lists: contacts that are in, or out, whatever the rule says."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from contacts.models import Contact
from crmseg.access.actors import actor_of
from crmseg.common.problems import Conflict, InvalidInput, Problem
from crmseg.common.rest.parsers import read_object

from .. import selectors, services
from .. import serializers as shapes
from ..models import Pin, Segment
from .base import SegmentBase
from .requests import read_instant, read_pinned, unknown_contacts


class PinOutput(serializers.Serializer[Any]):
    contact = shapes.ContactBrief()
    direction = serializers.ChoiceField(choices=Pin.Direction.choices)
    reason = serializers.CharField()
    author = serializers.CharField()
    created_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField(allow_null=True)


class PinInput(serializers.Serializer[Any]):
    contact_ids = serializers.ListField(child=serializers.IntegerField(), required=False)
    contact = serializers.IntegerField(required=False, help_text="Instead of `contact_ids`, for one.")
    direction = serializers.ChoiceField(choices=Pin.Direction.choices)
    reason = serializers.CharField(required=False)
    expires_at = serializers.DateTimeField(required=False, allow_null=True)


class PinnedOutput(serializers.Serializer[Any]):
    pinned = serializers.IntegerField()
    problems = shapes.ProblemOutput(many=True)


class UnpinnedOutput(serializers.Serializer[Any]):
    unpinned = serializers.IntegerField()
    problems = shapes.ProblemOutput(many=True)


_DIRECTION = OpenApiParameter("direction", str, enum=Pin.Direction.values)


class PinActions(SegmentBase):
    @extend_schema(parameters=[_DIRECTION], responses=PinOutput(many=True))
    @action(detail=True, methods=["get"], ordering=("-created_at", "-id"))
    def pins(self, request: Request, pk: str) -> Response:
        """Who is pinned in or out, the latest pin first."""
        rows = selectors.pins(self._active(pk).pk)
        if direction := request.query_params.get("direction"):
            if direction not in Pin.Direction.values:
                raise InvalidInput([Problem("/direction", _("Expected “in” or “out”."))])
            rows = rows.filter(direction=direction)
        page: Any = self.paginate_queryset(rows)  # type: ignore[arg-type]
        contacts = Contact.objects.in_bulk([one.contact_id for one in page])
        return self.get_paginated_response([_shown(one, contacts.get(one.contact_id)) for one in page])

    @extend_schema(request=PinInput, responses=PinnedOutput)
    @pins.mapping.post
    def pin(self, request: Request, pk: str) -> Response:
        """Pin contacts in or out, in place of the pins they had. It counts at once, and until `expires_at`."""
        segment, given = self._active(pk), read_object(request)
        ids = read_pinned(request)
        reason = given.get("reason") or ""
        if not isinstance(reason, str):
            raise InvalidInput([Problem("/reason", _("Expected a text."))])
        expires = given.get("expires_at")
        pinned = services.pin(
            segment.pk,
            ids,
            direction=str(given.get("direction", "")),
            reason=reason,
            expires_at=None if expires is None else read_instant(expires, "/expires_at"),
            actor=actor_of(request),
        )
        return Response({"pinned": pinned, "problems": shapes.problems(unknown_contacts(ids))})

    @extend_schema(request=shapes.ContactIdsInput, responses=UnpinnedOutput)
    @pins.mapping.delete
    def unpin(self, request: Request, pk: str) -> Response:
        """Let the rule count again for these contacts. Those without a pin are no problem."""
        unpinned = services.unpin(self._active(pk).pk, read_pinned(request), actor=actor_of(request))
        return Response({"unpinned": unpinned, "problems": []})

    def _active(self, pk: str) -> Segment:
        segment = self.segment(pk)
        if segment.kind != Segment.Kind.ACTIVE:
            raise Conflict(_("Pins are for active lists. Put contacts into this static list, or take them out."))
        return segment


def _shown(one: Pin, contact: Contact | None) -> dict[str, Any]:
    """A contact that has just been deleted is shown by its id; its pin goes in a moment."""
    return {
        "contact": shapes.brief(contact or Contact(pk=one.contact_id)),
        "direction": one.direction,
        "reason": one.reason,
        "author": one.author,
        "created_at": one.created_at,
        "expires_at": one.expires_at,
    }
