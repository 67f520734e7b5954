"""`topics/`: what people are asked about, known by their keys."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from crmseg.access.actors import actor_of
from crmseg.common.rest.concurrency import etag_of, if_match
from crmseg.common.rest.parsers import read_object

from .. import services, values
from ..models import ConsentTopic
from . import schemas
from .base import RoomViewSet, get_or_404, missing_is_404

_LABELS = {"type": "object", "additionalProperties": schemas.TEXT, "description": "By language."}
TOPIC: schemas.Schema = {
    "type": "object",
    "required": ["key"],
    "properties": {
        "key": {**schemas.TEXT, "minLength": 1, "maxLength": 100},
        "label": schemas.TEXT,
        "labels": _LABELS,
        "description": schemas.TEXT,
        "channels": {"type": "array", "items": schemas.TEXT, "description": "None: all."},
        "default": {
            "type": "string",
            "enum": ConsentTopic.Default.values,
            "description": "What holds until somebody answers.",
        },
        "created_at": {**schemas.INSTANT, "readOnly": True},
    },
}
_BODY = {"application/json": TOPIC}


@extend_schema(tags=["topics"])
class TopicViewSet(RoomViewSet):
    lookup_field = "key"
    lookup_value_regex = "[^/]{1,100}"

    @extend_schema(responses={200: schemas.page(TOPIC)})
    def list(self, request: Request) -> Response:
        """The topics that are declared. Answers may name others."""
        return self.page(request, ConsentTopic.objects.all(), lambda found: [_out(topic) for topic in found])

    @extend_schema(request=_BODY, responses={201: TOPIC})
    def create(self, request: Request) -> Response:
        made = services.declare_topic(data=read_object(request), actor=actor_of(request))
        return _answer(made.key, status.HTTP_201_CREATED)

    @extend_schema(responses={200: TOPIC})
    def retrieve(self, request: Request, key: str) -> Response:
        return _answer(key)

    @extend_schema(request=_BODY, responses={200: TOPIC})
    def partial_update(self, request: Request, key: str) -> Response:
        """Everything but the key may change."""
        topic = get_or_404(ConsentTopic.objects.all(), key=key)
        with missing_is_404(), if_match(request, ConsentTopic.objects.all(), topic.pk):
            services.change_topic(topic.pk, data=read_object(request), actor=actor_of(request))
        return _answer(key)

    @extend_schema(request=_BODY, responses={200: TOPIC})
    def update(self, request: Request, key: str) -> Response:
        return self.partial_update(request, key)

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, key: str) -> Response:
        """The declaration goes; every answer stays."""
        topic = get_or_404(ConsentTopic.objects.all(), key=key)
        with missing_is_404(), if_match(request, ConsentTopic.objects.all(), topic.pk):
            services.withdraw_topic(topic.pk, actor=actor_of(request))
        return Response(status=status.HTTP_204_NO_CONTENT)


def _answer(key: str, code: int = status.HTTP_200_OK) -> Response:
    topic = get_or_404(ConsentTopic.objects.all(), key=key)
    return Response(_out(topic), status=code, headers={"ETag": etag_of(topic)})


def _out(topic: ConsentTopic) -> dict[str, Any]:
    return {
        "key": topic.key,
        "label": topic.label,
        "labels": topic.labels,
        "description": topic.description,
        "channels": topic.channels,
        "default": topic.default,
        "created_at": values.dump(topic.created_at),
    }
