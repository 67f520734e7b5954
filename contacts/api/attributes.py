"""`attributes/`: the account's own fields, known by their keys."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from crmseg.access.actors import actor_of
from crmseg.common.problems import InvalidInput, Problem
from crmseg.common.rest.concurrency import etag_of, if_match
from crmseg.common.rest.parsers import read_object

from .. import services
from ..models import AttributeDefinition
from . import schemas
from .base import RoomViewSet, get_or_404, missing_is_404

_BODY = {"application/json": schemas.ATTRIBUTE}
_OF = OpenApiParameter("entity", str, enum=AttributeDefinition.Entity.values, default="contact")


@extend_schema(tags=["attributes"])
class AttributeViewSet(RoomViewSet):
    lookup_field = "key"
    lookup_value_regex = "[a-z][a-z0-9_]{0,62}"

    @extend_schema(parameters=[_OF], responses={200: schemas.page(schemas.ATTRIBUTE)})
    def list(self, request: Request) -> Response:
        """The custom attributes of contacts, or with `?entity=company` of companies."""
        rows = AttributeDefinition.objects.filter(entity=_entity(request))
        return self.page(request, rows, lambda found: [_out(definition) for definition in found])

    @extend_schema(request=_BODY, responses={201: schemas.ATTRIBUTE})
    def create(self, request: Request) -> Response:
        definition = services.create_attribute(data=read_object(request), actor=actor_of(request))
        return _answer(definition, status.HTTP_201_CREATED)

    @extend_schema(parameters=[_OF], responses={200: schemas.ATTRIBUTE})
    def retrieve(self, request: Request, key: str) -> Response:
        return _answer(_definition(request, key))

    @extend_schema(parameters=[_OF], request=_BODY, responses={200: schemas.ATTRIBUTE})
    def partial_update(self, request: Request, key: str) -> Response:
        """Label, group, description and options may change."""
        known = _definition(request, key)
        with missing_is_404(), if_match(request, AttributeDefinition.objects.all(), known.pk):
            definition = services.update_attribute(known.pk, data=read_object(request), actor=actor_of(request))
        return _answer(definition)

    @extend_schema(parameters=[_OF], request=_BODY, responses={200: schemas.ATTRIBUTE})
    def update(self, request: Request, key: str) -> Response:
        return self.partial_update(request, key)

    @extend_schema(parameters=[_OF], responses={204: None})
    def destroy(self, request: Request, key: str) -> Response:
        """With every value kept under it; refused with 409 while something reads it."""
        known = _definition(request, key)
        with missing_is_404(), if_match(request, AttributeDefinition.objects.all(), known.pk):
            services.delete_attribute(known.pk, actor=actor_of(request))
        return Response(status=status.HTTP_204_NO_CONTENT)


def _entity(request: Request) -> str:
    entity = request.query_params.get("entity", AttributeDefinition.Entity.CONTACT.value)
    if entity not in AttributeDefinition.Entity.values:
        known = ", ".join(AttributeDefinition.Entity.values)
        raise InvalidInput([Problem("/entity", _("Expected one of: %(options)s.") % {"options": known})])
    return entity


def _definition(request: Request, key: str) -> AttributeDefinition:
    return get_or_404(AttributeDefinition.objects.all(), entity=_entity(request), key=key)


def _answer(definition: AttributeDefinition, code: int = status.HTTP_200_OK) -> Response:
    return Response(_out(definition), status=code, headers={"ETag": etag_of(definition)})


def _out(definition: AttributeDefinition) -> dict[str, Any]:
    shown = {
        "key": definition.key,
        "label": definition.label,
        "type": definition.type,
        "options": definition.options,
        "group": definition.group or None,
    }
    if definition.description:
        shown["description"] = definition.description
    if definition.entity != AttributeDefinition.Entity.CONTACT:
        shown["entity"] = definition.entity
    return shown
