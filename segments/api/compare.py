"""Several lists side by side: how they grew, whom they share, who moved between them, and in which stages they are."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from crmseg.access import account
from crmseg.common import clock
from crmseg.common.problems import InvalidInput, Problem

from ..insights import movements, overlap
from ..insights.choice import read_ids
from ..insights.people import people
from ..models import Segment
from .base import SegmentBase


class GrowthOutput(serializers.Serializer[Any]):
    days = serializers.IntegerField()
    entered = serializers.IntegerField()
    left = serializers.IntegerField()
    change = serializers.IntegerField()


class ComparedList(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    name = serializers.CharField()
    kind = serializers.ChoiceField(Segment.Kind.choices)
    size = serializers.IntegerField()
    growth = GrowthOutput(many=True, help_text="Over the last 7 and 30 days.")


class CombinationOutput(serializers.Serializer[Any]):
    lists = serializers.ListField(child=serializers.IntegerField(), help_text="In all of these and in no other.")
    count = serializers.IntegerField()


class FlowOutput(serializers.Serializer[Any]):
    before = serializers.ListField(child=serializers.IntegerField(), help_text="The lists at `since`.")
    after = serializers.ListField(child=serializers.IntegerField(), help_text="The lists now.")
    count = serializers.IntegerField()


class StageOutput(serializers.Serializer[Any]):
    stage = serializers.CharField(allow_null=True)
    counts = serializers.ListField(child=serializers.IntegerField(), help_text="In the order of `lists`.")


class CompareOutput(serializers.Serializer[Any]):
    lists = ComparedList(many=True)
    union = serializers.IntegerField(help_text="In at least one of the lists.")
    intersection = serializers.IntegerField(help_text="In all of them.")
    combinations = CombinationOutput(many=True)
    since = serializers.DateTimeField(help_text="`days` ago, or when the youngest of the lists first held its people.")
    movements = FlowOutput(many=True, help_text="Only who is in other lists now than at `since`.")
    stages = StageOutput(many=True)


class CompareActions(SegmentBase):
    @extend_schema(
        parameters=[
            OpenApiParameter("ids", str, required=True, description="Two to six ids of lists: `1,2,3`."),
            OpenApiParameter("days", int, enum=movements.PERIODS, description="How far movements look back."),
        ],
        responses=CompareOutput,
    )
    @action(detail=False, methods=["get"], pagination_class=None, filter_backends=[])
    def compare(self, request: Request) -> Response:
        """How many are in every combination of some lists, exactly, and who moved between them."""
        lists, days = _lists(request.query_params.get("ids", "")), _days(request.query_params.get("days", "30"))
        ids, now, zone = [one.pk for one in lists], clock.now(), account.current().time_zone
        counts = overlap.count_masks(ids)
        since = max([movements.beginning(days, now, zone), *movements.births(lists).values()])
        grown = [movements.growth(lists, span, now) for span in (7, 30)]
        return Response(
            {
                "lists": [
                    {"id": one.pk, "name": one.name, "kind": one.kind, "size": one.size}
                    | {"growth": [_growth(by_id[one.pk]) for by_id in grown]}
                    for one in lists
                ],
                "union": overlap.in_any(counts),
                "intersection": overlap.in_all(ids, counts),
                "combinations": [
                    {"lists": one.inside, "count": one.count} for one in overlap.combinations(ids, counts)
                ],
                "since": since,
                "movements": [
                    {
                        "before": overlap.lists_in(flow.before, ids),
                        "after": overlap.lists_in(flow.after, ids),
                        "count": flow.count,
                    }
                    for flow in movements.flows(ids, since)
                    if flow.moved
                ],
                "stages": [{"stage": row.stage or None, "counts": row.counts} for row in people(ids, now, zone).stages],
            }
        )


def _lists(text: str) -> list[Segment]:
    parts = [part for part in text.split(",") if part]
    ids = read_ids(text)
    if len(ids) != len(parts) or not 2 <= len(ids) <= overlap.MOST_LISTS:
        raise InvalidInput([Problem("/ids", _("Name two to six different lists: 1,2,3."))])
    found = Segment.unarchived.in_bulk(ids)
    missing = [pk for pk in ids if pk not in found]
    if missing:
        raise InvalidInput([Problem("/ids", _("There is no list %(id)s.") % {"id": pk}) for pk in missing])
    return [found[pk] for pk in ids]


def _days(text: str) -> int:
    known = {str(days): days for days in movements.PERIODS}
    if text not in known:
        raise InvalidInput([Problem("/days", _("Use one of: %(names)s.") % {"names": ", ".join(known)})])
    return known[text]


def _growth(grown: movements.Growth) -> dict[str, int]:
    return {"days": grown.days, "entered": grown.entered, "left": grown.left, "change": grown.change}
