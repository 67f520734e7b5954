"""`events/batch/` and `event-types/`."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from crmseg.access.actors import actor_of
from crmseg.access.idempotency import IdempotentWrites
from crmseg.common.problems import Conflict, InvalidInput, Problem
from crmseg.common.rest.concurrency import etag_of, if_match
from crmseg.common.rest.parsers import read_list, read_object

from .. import services, values
from ..models import EventType
from . import schemas
from .base import RoomViewSet, get_or_404, id_or_404, missing_is_404, problems_out

MOST_IN_BATCH = 10_000
_BODY = {"application/json": schemas.EVENT_TYPE_IN}


class EventBatchView(IdempotentWrites, APIView):
    ingest = True

    @extend_schema(
        tags=["events"],
        request={"application/json": schemas.EVENTS_BATCH_IN},
        responses={200: schemas.EVENTS_BATCH_OUT},
    )
    def post(self, request: Request) -> Response:
        """Up to 10,000 events. Good ones are stored, bad ones reported, repeats of a message_id dropped."""
        events = read_list(request, "events", at_most=MOST_IN_BATCH)
        result = services.record_events(events, actor=actor_of(request))
        return Response(
            {
                "created": result.created,
                "duplicates": result.duplicates,
                "problems": problems_out(result.problems),
            }
        )


@extend_schema(tags=["events"])
class EventTypeViewSet(RoomViewSet):
    @extend_schema(parameters=[OpenApiParameter("q", str)], responses={200: schemas.page(schemas.EVENT_TYPE_OUT)})
    def list(self, request: Request) -> Response:
        rows = EventType.objects.filter(name__icontains=request.query_params.get("q", ""))
        return self.page(request, rows, lambda found: [_out(event_type) for event_type in found])

    @extend_schema(request=_BODY, responses={201: schemas.EVENT_TYPE_OUT})
    def create(self, request: Request) -> Response:
        """Events need no declaration; a type may be made beforehand, to describe it or to use it in a list."""
        given = _read(request)
        name = given.get("name")
        if isinstance(name, str) and EventType.objects.filter(name=name.strip()).exists():
            raise Conflict([Problem("/name", _("There is an event type of this name already."))])
        made = services.describe_event_type(name, description=given.get("description"), actor=actor_of(request))
        return _answer(made, status.HTTP_201_CREATED)

    @extend_schema(responses={200: schemas.EVENT_TYPE_OUT})
    def retrieve(self, request: Request, pk: str) -> Response:
        return _answer(get_or_404(EventType.objects.all(), pk=id_or_404(pk)))

    @extend_schema(request=_BODY, responses={200: schemas.EVENT_TYPE_OUT})
    def partial_update(self, request: Request, pk: str) -> Response:
        """The description may change; the name is what events and lists call it."""
        event_type, given = get_or_404(EventType.objects.all(), pk=id_or_404(pk)), _read(request)
        if given.get("name", event_type.name) != event_type.name:
            raise InvalidInput([Problem("/name", _("The name of an event type stays: events and lists use it."))])
        description = given.get("description", event_type.description)
        with if_match(request, EventType.objects.all(), event_type.pk):
            changed = services.describe_event_type(event_type.name, description=description, actor=actor_of(request))
        return _answer(changed)

    @extend_schema(request=_BODY, responses={200: schemas.EVENT_TYPE_OUT})
    def update(self, request: Request, pk: str) -> Response:
        return self.partial_update(request, pk)

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, pk: str) -> Response:
        """Refused with 409 while events of this type are kept or a list reads it."""
        with missing_is_404(), if_match(request, EventType.objects.all(), id_or_404(pk)):
            services.delete_event_type(id_or_404(pk), actor=actor_of(request))
        return Response(status=status.HTTP_204_NO_CONTENT)


def _read(request: Request) -> dict[str, Any]:
    given = read_object(request)
    if unknown := given.keys() - {"name", "description"}:
        key = min(unknown)
        message = _("There is no field “%(key)s”.") % {"key": key} + values.suggest(key, ("name", "description"))
        raise InvalidInput([Problem(f"/{key}", message)])
    return given


def _answer(event_type: EventType, code: int = status.HTTP_200_OK) -> Response:
    return Response(_out(event_type), status=code, headers={"ETag": etag_of(event_type)})


def _out(event_type: EventType) -> dict[str, Any]:
    return {
        "id": event_type.pk,
        "name": event_type.name,
        "description": event_type.description,
        "created_at": values.dump(event_type.created_at),
    }
