"""Lists themselves: create, read, change, delete, refresh."""

from __future__ import annotations

from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from crmseg.access.actors import actor_of
from crmseg.common.problems import InvalidInput, Problem
from crmseg.common.rest.concurrency import if_match
from crmseg.common.rest.parsers import read_object

from .. import serializers as shapes
from .. import services
from ..models import Segment
from .base import SegmentBase
from .filing import filed
from .requests import read_owned


class ListActions(SegmentBase):
    @extend_schema(
        parameters=[
            OpenApiParameter("kind", str, enum=Segment.Kind.values),
            OpenApiParameter("state", str, enum=Segment.State.values),
            OpenApiParameter("q", str, description="A part of the name."),
            OpenApiParameter("folder", str, description="The id of a folder, or “none”."),
            OpenApiParameter("tag", str, description="Once or several times: lists with every one of them."),
            OpenApiParameter("archived", bool, description="The archived lists, instead of the others."),
        ]
    )
    def list(self, request: Request) -> Response:
        rows = filed(request, self.get_queryset())
        for name, known in (("kind", Segment.Kind.values), ("state", Segment.State.values)):
            if value := request.query_params.get(name):
                if value not in known:
                    raise InvalidInput([Problem(f"/{name}", _("Expected one of: %s.") % ", ".join(known))])
                rows = rows.filter(**{name: value})
        if q := request.query_params.get("q"):
            rows = rows.filter(name__icontains=q)
        return self.page(rows)

    @extend_schema(request=shapes.SegmentInput, responses={201: shapes.SegmentSaved})
    def create(self, request: Request) -> Response:
        """Create a list. Without `kind`, it is active when a definition is given, and static when none is."""
        given = shapes.read_segment(read_object(request))
        defined = given.get("definition") is not None
        kind = given.pop("kind", None) or ("active" if defined else "static")
        made = services.create_segment(
            name=given.pop("name", None), kind=kind, actor=actor_of(request), **read_owned(given)
        )
        return self.saved(made, status.HTTP_201_CREATED, defined=defined)

    def retrieve(self, request: Request, pk: str) -> Response:
        return self.answer(self.segment(pk))

    @extend_schema(request=shapes.SegmentInput, responses=shapes.SegmentSaved)
    def partial_update(self, request: Request, pk: str) -> Response:
        """Change a list. A new definition is a new version, built in the background while the old one serves."""
        given, actor = shapes.read_segment(read_object(request)), actor_of(request)
        if "definition" in given and given["definition"] is None:
            del given["definition"]
        defined = "definition" in given
        with services.editing(), if_match(request, Segment.objects.all(), int(pk)):
            segment = self.segment(pk)
            kind = given.pop("kind", segment.kind)
            if kind not in Segment.Kind.values:
                raise InvalidInput([Problem("/kind", _("Expected “static” or “active”."))])
            if kind == Segment.Kind.ACTIVE and segment.kind == Segment.Kind.STATIC:
                services.to_active(segment.pk, actor=actor)
            services.update_segment(segment.pk, actor=actor, **read_owned(given))
            if kind == Segment.Kind.STATIC and segment.kind == Segment.Kind.ACTIVE:
                services.to_static(segment.pk, actor=actor)
        return self.saved(self.segment(pk), defined=defined)

    @extend_schema(request=shapes.SegmentInput, responses=shapes.SegmentSaved)
    def update(self, request: Request, pk: str) -> Response:
        if "name" not in read_object(request):
            raise InvalidInput([Problem("/name", _("Give the list a name."))])
        return self.partial_update(request, pk)

    def destroy(self, request: Request, pk: str) -> Response:
        with services.editing(), if_match(request, Segment.objects.all(), int(pk)):
            services.delete_segment(self.segment(pk).pk, actor=actor_of(request))
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(responses=shapes.SegmentOutput, request=None)
    @action(detail=True, methods=["post"])
    def refresh(self, request: Request, pk: str) -> Response:
        """Look at everybody again, in the background."""
        services.refresh_now(self.segment(pk).pk, actor=actor_of(request))
        return self.answer(self.segment(pk), status.HTTP_202_ACCEPTED)
