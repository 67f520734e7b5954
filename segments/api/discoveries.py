"""Searches for lists: groups of alike people, what predicts a goal, look-alikes; and the lists made of them."""

from __future__ import annotations

from typing import Any

from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from crmseg.access.actors import actor_of
from crmseg.access.idempotency import IdempotentWrites
from crmseg.access.models import User
from crmseg.common.json import escape
from crmseg.common.problems import InvalidInput, Problem
from crmseg.common.rest.concurrency import etag_of, if_match
from crmseg.common.rest.parsers import read_object

from .. import serializers as shapes
from .. import services
from ..models import Discovery


class GoalInput(serializers.Serializer[Any]):
    segment = serializers.IntegerField(required=False, help_text="To be in this list;")
    event = serializers.CharField(required=False, help_text="or to do this")
    days = serializers.IntegerField(required=False, help_text="within so many days.")


class DiscoveryInput(serializers.Serializer[Any]):
    kind = serializers.ChoiceField(choices=Discovery.Kind.choices)
    name = serializers.CharField(required=False)
    about = serializers.ListField(
        child=serializers.CharField(),
        required=False,
        help_text="Properties and `event:NAME`s. For groups at least one; for the others all when left out.",
    )
    among = serializers.IntegerField(required=False, allow_null=True, help_text="Only members of this list.")
    k = serializers.IntegerField(required=False, help_text="How many groups, 2 to 8; found out when left out.")
    goal = GoalInput(required=False)
    segment = serializers.IntegerField(required=False, help_text="Whose look-alikes.")
    own = serializers.BooleanField(required=False, help_text="Look also at what its own definition asks.")


class DiscoveryChange(serializers.Serializer[Any]):
    name = serializers.CharField(required=False, max_length=200)
    notes = serializers.CharField(required=False, allow_blank=True, max_length=10_000)


class DiscoveryOutput(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    kind = serializers.ChoiceField(choices=Discovery.Kind.choices)
    name = serializers.CharField()
    notes = serializers.CharField()
    params = serializers.JSONField()
    state = serializers.CharField(help_text="Of its job: queued, running, done, failed, cancelled.")
    error = serializers.CharField()
    progress = serializers.ListField(child=serializers.IntegerField(), help_text="Steps done, and all steps.")
    created_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(allow_null=True)
    result = serializers.JSONField(
        allow_null=True,
        help_text="`groups`, each with `definition`, `count` (exact), `fit` on a hold-out, `traits`; and how it was"
        " argued: `tried` numbers of groups, the `tree`, what was `left_out`.",
    )


class SaveInput(serializers.Serializer[Any]):
    group = serializers.IntegerField(help_text="Its place among the groups, from 0.")
    name = serializers.CharField()


# No docstring: it would describe the operations of the view in the OpenAPI document.
class DiscoveryViewSet(IdempotentWrites, GenericViewSet[Discovery]):
    queryset = Discovery.objects.select_related("job")
    serializer_class = DiscoveryOutput
    lookup_value_regex = r"[0-9]{1,18}"
    ordering = ("id",)

    @extend_schema(parameters=[OpenApiParameter("kind", str, enum=Discovery.Kind.values)])
    def list(self, request: Request) -> Response:
        rows = self.get_queryset()
        if kind := request.query_params.get("kind"):
            if kind not in Discovery.Kind.values:
                raise InvalidInput([Problem("/kind", _("Expected one of: %s.") % ", ".join(Discovery.Kind.values))])
            rows = rows.filter(kind=kind)
        page = self.paginate_queryset(rows)
        assert page is not None
        return self.get_paginated_response([shown(one) for one in page])

    @extend_schema(request=DiscoveryInput, responses={202: DiscoveryOutput})
    def create(self, request: Request) -> Response:
        """Begin a search. It runs in the background; ask for it until its state is done."""
        given = {**read_object(request)}
        kind, name = given.pop("kind", ""), given.pop("name", "")
        problems = [
            Problem(f"/{field}", _("Expected a text."))
            for field, value in (("kind", kind), ("name", name))
            if not isinstance(value, str)
        ]
        if problems:
            raise InvalidInput(problems)
        made = services.start_discovery(kind, given, name=name, user=user_of(request), actor=actor_of(request))
        return self._answer(self._one(str(made.pk)), status.HTTP_202_ACCEPTED)

    def retrieve(self, request: Request, pk: str) -> Response:
        return self._answer(self._one(pk))

    @extend_schema(request=DiscoveryChange, responses=DiscoveryOutput)
    def partial_update(self, request: Request, pk: str) -> Response:
        """Call it otherwise, or note something beside it."""
        with if_match(request, Discovery.objects.all(), int(pk)):
            services.name_discovery(self._one(pk).pk, read_object(request), actor=actor_of(request))
        return self._answer(self._one(pk))

    def destroy(self, request: Request, pk: str) -> Response:
        """Forget a search that has ended. Lists that were made of it stay."""
        services.delete_discovery(self._one(pk).pk, actor=actor_of(request))
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(request=SaveInput, responses={201: shapes.SegmentOutput})
    @action(detail=True, methods=["post"])
    def save(self, request: Request, pk: str) -> Response:
        """One definition that was found as an active list; the same list when it was saved before."""
        given = read_object(request)
        group, name = given.get("group"), given.get("name")
        problems = [
            Problem(f"/{escape(key[:100])}", _("There is no such field here."))
            for key in given
            if key not in ("group", "name")
        ]
        if isinstance(group, bool) or not isinstance(group, int):
            problems.append(Problem("/group", _("Expected a number.")))
        problems += [] if isinstance(name, str) else [Problem("/name", _("Expected a text."))]
        if problems or not isinstance(group, int) or not isinstance(name, str):
            raise InvalidInput(problems)
        made = services.save_found(self._one(pk).pk, group, name=name, actor=actor_of(request))
        return Response(shapes.SegmentOutput(made).data, status=status.HTTP_201_CREATED)

    def _one(self, pk: str) -> Discovery:
        return get_object_or_404(self.get_queryset(), pk=int(pk))

    def _answer(self, one: Discovery, code: int = status.HTTP_200_OK) -> Response:
        return Response(shown(one), status=code, headers={"ETag": etag_of(one)})


def shown(one: Discovery) -> dict[str, Any]:
    job = one.job
    return {
        "id": one.pk,
        "kind": one.kind,
        "name": one.name,
        "notes": one.notes,
        "params": one.params,
        "state": "done" if one.result is not None else job.state if job else "cancelled",
        "error": job.error if job else "",
        "progress": [job.done, job.total] if job else [0, 0],
        "created_at": one.created_at,
        "finished_at": one.finished_at,
        "result": one.result,
    }


def user_of(request: Request) -> User | None:
    """Whose tray shows the job; a key has none."""
    return request.user if isinstance(request.user, User) else None
