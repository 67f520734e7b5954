"""Scores that are learned from past conversions: begun, looked at, and kept as score models."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
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

from .. import catalogue, services
from ..models import Fitting
from ..scoring.fitted import goals, keeping, offers, runs
from ..scoring.fitted.kind import refusal


class LearnedFeatureInput(serializers.Serializer[Any]):
    name = serializers.CharField(required=False, help_text="What the definition says, when left out.")
    definition = serializers.JSONField()


class LearnedGoal(serializers.Serializer[Any]):
    event = serializers.CharField(required=False, help_text="Doing this for the first time,")
    stage = serializers.CharField(required=False, help_text="or reaching this lifecycle stage or a later one.")


class FittingInput(serializers.Serializer[Any]):
    name = serializers.CharField(required=False)
    goal = LearnedGoal()
    days = serializers.IntegerField(
        min_value=runs.DAYS[0], max_value=runs.DAYS[1], help_text="Foretold within so many."
    )
    features = LearnedFeatureInput(
        many=True, required=False, help_text="The conditions to try; those offered, when left out."
    )


class FittingChange(serializers.Serializer[Any]):
    name = serializers.CharField(required=False, max_length=200)
    notes = serializers.CharField(required=False, allow_blank=True, max_length=10_000)


class LearnedWeightOutput(serializers.Serializer[Any]):
    name = serializers.CharField()
    definition = serializers.JSONField()
    weight = serializers.FloatField(allow_null=True, help_text="Log-odds; null where nothing could be learned.")
    low = serializers.FloatField(allow_null=True, help_text="The 95 % interval.")
    high = serializers.FloatField(allow_null=True)
    holds = serializers.IntegerField(help_text="How often it held among the looks learned from.")
    converted = serializers.IntegerField(help_text="How many of those converted.")


class LearnedBinOutput(serializers.Serializer[Any]):
    people = serializers.IntegerField()
    said = serializers.FloatField(help_text="The chance foretold,")
    happened = serializers.FloatField(help_text="and the share that converted.")
    low = serializers.FloatField()
    high = serializers.FloatField()


class LearnedFoundOutput(serializers.Serializer[Any]):
    intercept = serializers.FloatField()
    weights = LearnedWeightOutput(many=True)
    people = serializers.IntegerField(help_text="Looks learned from.")
    converted = serializers.IntegerField()
    later_people = serializers.IntegerField(help_text="Looks of the held-out stretch, which judge.")
    later_converted = serializers.IntegerField()
    auc = serializers.FloatField()
    auc_low = serializers.FloatField()
    auc_high = serializers.FloatField()
    brier = serializers.FloatField()
    top = serializers.FloatField(help_text="How many times the average the likeliest tenth converted.")
    bins = LearnedBinOutput(many=True)


class FittingOutput(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    name = serializers.CharField()
    notes = serializers.CharField()
    goal = LearnedGoal()
    days = serializers.IntegerField()
    as_of = serializers.DateTimeField()
    state = serializers.CharField(help_text="queued, running, done, refused, failed or cancelled.")
    refusal = serializers.CharField(help_text="Why nothing was learned: how much there is, and how much it takes.")
    error = serializers.CharField()
    progress = serializers.ListField(child=serializers.IntegerField(), help_text="People looked at, and all people.")
    model = serializers.IntegerField(allow_null=True, help_text="The score model that was made of it.")
    features = LearnedFeatureInput(many=True)
    found = LearnedFoundOutput(allow_null=True)


class LearnedKeepInput(serializers.Serializer[Any]):
    key = serializers.CharField(required=False, help_text="The key of the score; a free one, when left out.")


# No docstring: it would describe the operations of the view in the OpenAPI document.
class FittingViewSet(IdempotentWrites, GenericViewSet[Fitting]):
    queryset = Fitting.objects.select_related("job").order_by("pk")
    serializer_class = FittingOutput
    lookup_value_regex = r"[0-9]{1,18}"
    ordering = ("id",)

    def list(self, request: Request) -> Response:
        page = self.paginate_queryset(self.get_queryset())
        assert page is not None
        return self.get_paginated_response([shown(one) for one in page])

    @extend_schema(request=FittingInput, responses={202: FittingOutput})
    def create(self, request: Request) -> Response:
        """Begin to learn a score. It runs in the background; ask for it until its state is done."""
        given = read_object(request)
        unknown = _unknown(given, ("name", "goal", "days", "features"))
        features = given.get("features")
        if features is None:
            features = _offered(given.get("goal"))
        made = runs.start(
            name=given.get("name"),
            goal=given.get("goal"),
            days=given.get("days"),
            features=features,
            problems=unknown,
            user=request.user if isinstance(request.user, User) else None,
            actor=actor_of(request),
        )
        return self._answer(self._one(str(made.pk)), status.HTTP_202_ACCEPTED)

    def retrieve(self, request: Request, pk: str) -> Response:
        return self._answer(self._one(pk))

    @extend_schema(request=FittingChange, responses=FittingOutput)
    def partial_update(self, request: Request, pk: str) -> Response:
        """Call it otherwise, or note something beside it."""
        with if_match(request, Fitting.objects.all(), int(pk)):
            services.name_fitting(self._one(pk).pk, read_object(request), actor=actor_of(request))
        return self._answer(self._one(pk))

    def destroy(self, request: Request, pk: str) -> Response:
        """Forget what was learned. A score model that was made of it stays."""
        runs.delete(self._one(pk).pk, actor=actor_of(request))
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(request=LearnedKeepInput, responses=FittingOutput)
    @action(detail=True, methods=["post"])
    def keep(self, request: Request, pk: str) -> Response:
        """Make a score model of it, beside those made by hand. Refused where nothing was learned."""
        given = read_object(request)
        key = given.get("key")
        problems = _unknown(given, ("key",))
        if key is not None and not isinstance(key, str):
            problems.append(Problem("/key", _("Expected a text.")))
        if problems:
            raise InvalidInput(problems)
        key = key if isinstance(key, str) else keeping.free_key()
        keeping.keep(self._one(pk).pk, key=key, actor=actor_of(request))
        return self._answer(self._one(pk))

    def _one(self, pk: str) -> Fitting:
        return get_object_or_404(self.get_queryset(), pk=int(pk))

    def _answer(self, one: Fitting, code: int = status.HTTP_200_OK) -> Response:
        return Response(shown(one), status=code, headers={"ETag": etag_of(one)})


def _unknown(given: Mapping[str, Any], known: Collection[str]) -> list[Problem]:
    return [Problem(f"/{escape(key[:100])}", _("This key is not known here.")) for key in given if key not in known]


def _offered(goal: object) -> list[dict[str, Any]] | None:
    """The conditions that are tried where none are given; None where the goal cannot be read, which is told of it."""
    try:
        read = goals.read(goal)
    except InvalidInput:
        return None
    return [{"definition": one.definition} for one in offers.offered(catalogue.current(), read)]


def shown(one: Fitting) -> dict[str, Any]:
    job, found = one.job, None if one.refused else one.found
    state = "refused" if one.refused else "done" if one.found else job.state if job else "cancelled"
    if found:
        weights = [{**feature, **weight} for feature, weight in zip(one.features, found["weights"], strict=True)]
        found = {**found, "weights": weights}
    plain = {name: getattr(one, name) for name in ("name", "notes", "goal", "days", "as_of", "features")}
    return plain | {
        "id": one.pk,
        "state": state,
        "refusal": refusal(one) if one.refused else "",
        "error": job.error if job else "",
        "progress": [job.done, job.total] if job else [0, 0],
        "model": one.model_id,
        "found": found,
    }
