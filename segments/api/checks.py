"""Definitions before they are saved: what is wrong with them, whom they find, and what an edit would do."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from contacts.models import Contact
from crmseg.common import clock
from crmseg.common.problems import InvalidInput, Problem

from .. import catalogue
from .. import serializers as shapes
from ..definition import check
from ..definition.load import load
from ..engine.impact import Impact, Side, impact
from ..engine.preview import preview
from .base import SegmentBase
from .requests import read_definition


class ImpactSide(serializers.Serializer[Any]):
    count = serializers.IntegerField()
    sample = shapes.ContactBrief(many=True)


class AffectedList(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    name = serializers.CharField()


class AffectedCampaign(AffectedList):
    state = serializers.CharField()


class ImpactOutput(serializers.Serializer[Any]):
    entering = ImpactSide()
    leaving = ImpactSide()
    staying = serializers.IntegerField()
    count = serializers.IntegerField(help_text="Who would be in.")
    everyone = serializers.IntegerField()
    lists = AffectedList(many=True, help_text="Lists that ask this one, directly or through others.")
    campaigns = AffectedCampaign(many=True, help_text="Campaigns that use this list or one of those lists.")
    warnings = shapes.ProblemOutput(many=True)
    took_ms = serializers.FloatField()


class CheckActions(SegmentBase):
    @extend_schema(request=shapes.DefinitionInput, responses=shapes.ValidateOutput)
    @action(detail=False, methods=["post"])
    def validate(self, request: Request) -> Response:
        """Everything that is wrong with a definition, and what is allowed but probably not meant."""
        known = catalogue.current()
        try:
            definition = read_definition(request)
        except InvalidInput as error:
            return _invalid(error.problems)
        try:
            tree = load(definition, known)
        except InvalidInput as error:
            return _invalid([problem.under("/definition") for problem in error.problems])
        warnings = [problem.under("/definition") for problem in check.warnings(tree, known)]
        return Response({"valid": True, "problems": [], "warnings": shapes.problems(warnings)})

    @extend_schema(request=shapes.DefinitionInput, responses=shapes.PreviewOutput)
    @action(detail=False, methods=["post"])
    def preview(self, request: Request) -> Response:
        """How many would be in now, exactly, and some of them."""
        definition = read_definition(request)
        try:
            found = preview(definition, clock.now())
        except InvalidInput as error:
            raise InvalidInput([problem.under("/definition") for problem in error.problems]) from error
        contacts = Contact.objects.in_bulk(found.sample)
        warnings = [problem.under("/definition") for problem in found.warnings]
        return Response(
            {
                "count": found.count,
                "exact": True,
                "sample": [shapes.brief(contacts[pk]) for pk in found.sample if pk in contacts],
                "took_ms": found.took_ms,
                "warnings": shapes.problems(warnings),
            }
        )

    @extend_schema(request=shapes.DefinitionInput, responses=ImpactOutput)
    @action(detail=True, methods=["post"])
    def impact(self, request: Request, pk: str) -> Response:
        """Who would enter and leave if this definition were saved now, and what would feel it. Nothing is written."""
        segment = self.segment(pk)
        definition = read_definition(request)
        try:
            found = impact(segment.pk, definition, clock.now())
        except InvalidInput as error:
            raise InvalidInput([problem.under("/definition") for problem in error.problems]) from error
        return Response(_shown(found))


def _invalid(problems: list[Problem]) -> Response:
    return Response({"valid": False, "problems": shapes.problems(problems), "warnings": []})


def _shown(found: Impact) -> dict[str, Any]:
    contacts = Contact.objects.in_bulk([*found.entering.sample, *found.leaving.sample])

    def side(one: Side) -> dict[str, Any]:
        return {"count": one.count, "sample": [shapes.brief(contacts[pk]) for pk in one.sample if pk in contacts]}

    return {
        "entering": side(found.entering),
        "leaving": side(found.leaving),
        "staying": found.staying,
        "count": found.count,
        "everyone": found.everyone,
        "lists": [{"id": one.pk, "name": one.name} for one in found.lists],
        "campaigns": [asdict(one) for one in found.campaigns],
        "warnings": shapes.problems(problem.under("/definition") for problem in found.warnings),
        "took_ms": found.took_ms,
    }
