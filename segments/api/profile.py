"""What sets a list apart, and who is like its members."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from crmseg.access.actors import actor_of
from crmseg.common import clock
from crmseg.common.problems import InvalidInput, Problem
from crmseg.common.rest.parsers import read_object

from .. import catalogue, services
from ..insights.profile import profile as profiles
from ..insights.profile import said
from ..insights.profile.needs import Needs
from ..insights.profile.rows import Row
from ..models import Discovery, Segment
from .base import SegmentBase
from .discoveries import DiscoveryOutput, shown, user_of
from .requests import read_id


class SidesOutput(serializers.Serializer[Any]):
    looked_at = serializers.ListField(
        child=serializers.IntegerField(), help_text="How many of the list, and of the others, were looked at."
    )
    sizes = serializers.ListField(child=serializers.IntegerField(), help_text="How many there are.")
    both = serializers.IntegerField(help_text="In both lists, and on neither side.")


class TraitOutput(serializers.Serializer[Any]):
    key = serializers.CharField(help_text="The property, or `event:NAME`.")
    group = serializers.CharField()
    name = serializers.CharField()
    value = serializers.CharField()
    unit = serializers.ChoiceField(choices=["share", "number", "money", "days", "times"])
    list = serializers.FloatField(help_text="A share from 0 to 1, or an average.")
    compared = serializers.FloatField(help_text="The same of everyone, or of the other list.")
    known = serializers.ListField(child=serializers.IntegerField(), help_text="Of how many it is known.")
    index = serializers.FloatField(allow_null=True, help_text="100 is average.")
    difference = serializers.FloatField()
    low = serializers.FloatField(help_text="95%: Newcombe’s interval of shares, Welch’s of averages.")
    high = serializers.FloatField()
    effect = serializers.FloatField(help_text="Cohen’s h of shares, d of averages.")
    p = serializers.FloatField()
    q = serializers.FloatField(help_text="Corrected by Benjamini and Hochberg.")
    differs = serializers.BooleanField(help_text="`q` is at most 0.05.")
    in_definition = serializers.BooleanField()
    definition = serializers.JSONField(allow_null=True)
    sentence = serializers.CharField()


class NeedCell(serializers.Serializer[Any]):
    column = serializers.CharField()
    count = serializers.IntegerField()
    share = serializers.FloatField()
    low = serializers.FloatField()
    high = serializers.FloatField()
    index = serializers.FloatField(allow_null=True)


class NeedOutput(serializers.Serializer[Any]):
    need = serializers.CharField()
    people = serializers.IntegerField()
    cells = NeedCell(many=True)


class ProfileOutput(serializers.Serializer[Any]):
    against = serializers.IntegerField(allow_null=True)
    enough = serializers.BooleanField()
    needed = serializers.IntegerField(help_text="The fewest people on each side.")
    sides = SidesOutput()
    text = serializers.ListField(child=serializers.CharField(), help_text="What to read aloud.")
    traits = TraitOutput(many=True, help_text="What matters most first.")
    needs = NeedOutput(many=True, help_text="Members with a need, by what they bought within a year.")


class LookalikesInput(serializers.Serializer[Any]):
    own = serializers.BooleanField(required=False, help_text="Look also at what its own definition asks.")
    about = serializers.ListField(child=serializers.CharField(), required=False)
    name = serializers.CharField(required=False)


class ProfileActions(SegmentBase):
    @extend_schema(
        parameters=[OpenApiParameter("against", int, description="Another list; everyone when left out.")],
        responses=ProfileOutput,
    )
    @action(detail=True, methods=["get"])
    def profile(self, request: Request, pk: str) -> Response:
        """What sets the members apart: every attribute and event with index, difference, interval and correction."""
        segment = self.segment(pk)
        against = _against(request, segment)
        found, known = profiles.profile(segment, against, clock.now()), catalogue.current()
        sides = found.sides
        return Response(
            {
                "against": against.pk if against else None,
                "enough": found.enough,
                "needed": profiles.LEAST_PEOPLE,
                "sides": {
                    "looked_at": [len(sides.one), len(sides.two)],
                    "sizes": [sides.one_size, sides.two_size],
                    "both": sides.both,
                },
                "text": [said.sentence(row, known) for row in said.telling(found.rows)],
                "traits": [_trait(row) | {"sentence": said.sentence(row, known)} for row in found.rows],
                "needs": _needs(found.needs),
            }
        )

    @extend_schema(responses={200: DiscoveryOutput, 204: None})
    @action(detail=True, methods=["get"])
    def lookalikes(self, request: Request, pk: str) -> Response:
        """The last search for people like the members; 204 where there was none."""
        found = Discovery.objects.filter(segment=self.segment(pk).pk, kind=Discovery.Kind.LOOKALIKES)
        newest = found.select_related("job").order_by("-pk").first()
        return Response(shown(newest)) if newest else Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(request=LookalikesInput, responses={202: DiscoveryOutput})
    @lookalikes.mapping.post
    def find_lookalikes(self, request: Request, pk: str) -> Response:
        """Search for people like the members, in the background."""
        segment, given = self.segment(pk), {**read_object(request)}
        name = given.pop("name", "")
        if not isinstance(name, str):
            raise InvalidInput([Problem("/name", _("Expected a text."))])
        given.pop("segment", None)
        made = services.start_discovery(
            Discovery.Kind.LOOKALIKES,
            given | {"segment": segment.pk},
            name=name,
            user=user_of(request),
            actor=actor_of(request),
        )
        return Response(shown(made), status=status.HTTP_202_ACCEPTED)


def _against(request: Request, segment: Segment) -> Segment | None:
    text = request.query_params.get("against")
    if text is None:
        return None
    message = _("Name another list by its id.")
    found = Segment.unarchived.filter(pk=read_id(text, "/against", message)).exclude(pk=segment.pk).first()
    if found is None:
        raise InvalidInput([Problem("/against", message)])
    return found


def _trait(row: Row) -> dict[str, Any]:
    same = ("key", "group", "value", "unit", "index", "difference", "low", "high", "effect", "p", "q")
    return {name: getattr(row, name) for name in same} | {
        "name": row.label,
        "list": row.one,
        "compared": row.base,
        "known": [row.known_one, row.known_base],
        "differs": row.differs,
        "in_definition": row.asked,
        "definition": row.definition,
    }


def _needs(found: Needs | None) -> list[dict[str, Any]]:
    if found is None:
        return []
    names = [name for name, _count in found.columns]
    return [
        {
            "need": row.need,
            "people": row.people,
            "cells": [
                {"column": name, "count": cell.count, "share": cell.share, "low": cell.low, "high": cell.high}
                | {"index": cell.index}
                for name, cell in zip(names, row.cells, strict=True)
            ],
        }
        for row in found.rows
    ]
