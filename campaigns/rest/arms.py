"""The arms of a campaign's test, how large an effect it can show, and the choice of a winner."""

from __future__ import annotations

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, inline_serializer
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from crmseg.access.actors import actor_of
from crmseg.common.problems import InvalidInput, Problem
from crmseg.common.rest.parsers import read_object

from ..experiments import arms, decide, planner
from ..models import Arm
from .found import arm_of, campaign_of

_TEXT: dict[str, Any] = {"required": False, "allow_blank": True}


class ArmInput(serializers.Serializer[Arm]):
    """What is left empty is as in the campaign."""

    name = serializers.CharField(max_length=100, **_TEXT)
    weight = serializers.IntegerField(required=False, min_value=0, max_value=1_000)
    subject = serializers.CharField(**_TEXT)
    sender = serializers.CharField(help_text="`Name <address>`", **_TEXT)
    body_mjml = serializers.CharField(**_TEXT)
    body_html = serializers.CharField(**_TEXT)
    body_text = serializers.CharField(**_TEXT)
    variables = serializers.DictField(
        required=False, help_text='Known to templates as `arm`, such as `{"price": 19.9}`: texts, numbers, true, false.'
    )
    delay_minutes = serializers.IntegerField(required=False, min_value=0, max_value=arms.LONGEST_DELAY)


class ArmOutput(serializers.ModelSerializer[Arm]):
    variables = serializers.DictField()

    class Meta:
        model = Arm
        fields = ["key", *arms.READERS]


ChoiceInput = inline_serializer("WinnerChoice", {"arm": serializers.CharField(help_text="Its key.")})
ChoiceOutput = inline_serializer(
    "WinnerChosen", {"winner": serializers.CharField(), "decided_at": serializers.DateTimeField()}
)
_NUMBER: Any = serializers.FloatField(allow_null=True)
PlanOutput = inline_serializer(
    "TestPlan",
    {
        "metric": serializers.CharField(),
        "arms": serializers.IntegerField(),
        "people": serializers.IntegerField(help_text="Whom a start would write to now."),
        "each": serializers.IntegerField(help_text="How many of them each arm of the test gets."),
        "held_out": serializers.IntegerField(),
        "base": _NUMBER,
        "base_from": serializers.CharField(help_text="`lists`, `channel` or `none`: whose past the rate is."),
        "smallest_lift": _NUMBER,
        "smallest_lift_of_campaign": _NUMBER,
        "lift": _NUMBER,
        "needed_each": serializers.IntegerField(allow_null=True),
        "text": serializers.CharField(),
    },
)


class ArmActions:
    """A part of the campaigns' view set."""

    @extend_schema(methods=["GET"], responses=ArmOutput(many=True))
    @extend_schema(methods=["POST"], request=ArmInput, responses={201: ArmOutput})
    @action(detail=True, methods=["get", "post"], pagination_class=None)
    def arms(self, request: Request, pk: str) -> Response:
        """The versions that a test compares, the first of them the control. At most ten, and only a draft's change."""
        campaign = campaign_of(pk)
        if request.method == "GET":
            return Response(ArmOutput(campaign.arms.all(), many=True).data)
        made = arms.add_arm(campaign.pk, data=read_object(request), actor=actor_of(request))
        return Response(ArmOutput(made).data, status=status.HTTP_201_CREATED)

    @extend_schema(methods=["GET"], responses=ArmOutput, parameters=[OpenApiParameter("key", str, "path")])
    @extend_schema(
        methods=["PATCH"], request=ArmInput, responses=ArmOutput, parameters=[OpenApiParameter("key", str, "path")]
    )
    @extend_schema(methods=["DELETE"], responses={204: None}, parameters=[OpenApiParameter("key", str, "path")])
    @action(detail=True, methods=["get", "patch", "delete"], url_path="arms/(?P<key>[A-J])")
    def arm(self, request: Request, pk: str, key: str) -> Response:
        """One version."""
        campaign = campaign_of(pk)
        found = arm_of(campaign, key)
        if request.method == "DELETE":
            arms.delete_arm(campaign.pk, key, actor=actor_of(request))
            return Response(status=status.HTTP_204_NO_CONTENT)
        if request.method == "PATCH":
            found = arms.update_arm(campaign.pk, key, data=read_object(request), actor=actor_of(request))
        return Response(ArmOutput(found).data)

    @extend_schema(request=ChoiceInput, responses=ChoiceOutput)
    @action(detail=True, methods=["post"])
    def choose(self, request: Request, pk: str) -> Response:
        """End the test with this arm as the winner and write it to whoever waits. Repeating it changes nothing."""
        key = read_object(request).get("arm")
        if not isinstance(key, str):
            raise InvalidInput([Problem("/arm", arms.expected_key())])
        campaign = decide.choose(campaign_of(pk).pk, key, actor=actor_of(request))
        return Response({"winner": key, "decided_at": campaign.decided_at})

    @extend_schema(
        responses=PlanOutput,
        parameters=[OpenApiParameter("lift", OpenApiTypes.FLOAT, description="0.1 for ten percent more.")],
    )
    @action(detail=True)
    def plan(self, request: Request, pk: str) -> Response:
        """The smallest lift that the test can show, by the past of its lists, and how many people a lift needs."""
        return Response(planner.plan(campaign_of(pk), lift=planner.read_lift(request.query_params.get("lift"))))
