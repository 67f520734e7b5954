"""The report of a campaign for programs, and as a file for spreadsheets."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, inline_serializer
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from crmseg.access import audit
from crmseg.access.actors import actor_of
from crmseg.common import clock
from crmseg.common.ids import read_id
from crmseg.common.problems import InvalidInput, Problem

from ..measuring import export, overall
from ..measuring.report import report
from .found import campaign_of

MOST_LISTS = 10
_COUNT: Any = serializers.IntegerField()
_COUNTS: Any = serializers.DictField(child=_COUNT)
_OBJECT: Any = serializers.DictField()
_OBJECTS: Any = serializers.ListField(child=serializers.DictField())
ReportOutput = inline_serializer(
    "CampaignReport",
    {
        **dict.fromkeys(("waiting", "queued", "sent", "failed", "uncertain", "unsubscribed"), _COUNT),
        "skipped": _COUNTS,
        "as_of": serializers.DateTimeField(),
        "currency": serializers.CharField(),
        "waterfall": _COUNTS,
        "steps": _OBJECTS,
        "delivered_by": serializers.ChoiceField(choices=["provider", "no_bounce"]),
        "counts": _COUNTS,
        "revenue": serializers.FloatField(),
        "rates": serializers.DictField(child=serializers.FloatField(allow_null=True)),
        "test": serializers.DictField(allow_null=True),
        "arms": _OBJECTS,
        "uplift": _OBJECT,
        "over_time_step": serializers.ChoiceField(choices=["hour", "day", "week"]),
        **dict.fromkeys(
            (
                "over_time",
                "links",
                "clients",
                "unsubscribe_reasons",
                "by_list",
                "comparison",
                "membership_effect",
            ),
            _OBJECTS,
        ),
    },
)
OverallOutput = inline_serializer(
    "CampaignsEffect",
    {
        "since": serializers.DateTimeField(),
        "goal": serializers.CharField(),
        "treated": _COUNT,
        "held_out": _COUNT,
        "verdict": serializers.CharField(),
        "text": serializers.CharField(),
        "smallest_lift": serializers.FloatField(allow_null=True, required=False),
        "conversion": serializers.DictField(allow_null=True),
        "revenue": serializers.DictField(allow_null=True),
    },
)


class ReportActions:
    """A part of the campaigns' view set."""

    @extend_schema(
        responses=ReportOutput,
        parameters=[
            OpenApiParameter("list", OpenApiTypes.INT, many=True, description="Further lists to show results by.")
        ],
    )
    @action(detail=True)
    def report(self, request: Request, pk: str) -> Response:
        """Everything there is to say about a campaign."""
        asked = [int(text) for text in request.query_params.getlist("list")[:MOST_LISTS] if _is_id(text)]
        return Response(report(campaign_of(pk), asked_lists=asked))

    @extend_schema(
        responses=OverallOutput,
        parameters=[OpenApiParameter("days", OpenApiTypes.INT, description="How far back to look: 90, at most 366.")],
    )
    @action(detail=False, pagination_class=None)
    def effect(self, request: Request) -> Response:
        """What all campaigns together changed, beside the people held out of every one."""
        raw = request.query_params.get("days", str(overall.DAYS))
        days = int(raw) if raw.isascii() and raw.isdigit() and len(raw) < 4 else 0
        if not 1 <= days <= overall.MOST_DAYS:
            message = _("Expected a whole number from %(least)s to %(most)s.")
            raise InvalidInput([Problem("/days", message % {"least": 1, "most": overall.MOST_DAYS})])
        return Response(overall.overall(clock.now(), days))

    @extend_schema(responses={(200, "text/csv"): OpenApiTypes.STR})
    @action(detail=True, url_path="report/csv")
    def report_csv(self, request: Request, pk: str) -> HttpResponse:
        """The same as a table of section, name, measure and value."""
        campaign = campaign_of(pk)
        audit.record(actor_of(request), "exported", campaign, {"report": "csv"})
        return export.response(campaign)


def _is_id(text: str) -> bool:
    return read_id(text) is not None
