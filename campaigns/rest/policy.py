"""What holds for every campaign, for programs: the holdout of the account, quiet hours, and frequency caps."""

from __future__ import annotations

from typing import Any

from django.http import Http404
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from crmseg.access.actors import actor_of
from crmseg.common.ids import LARGEST_ID
from crmseg.common.rest.parsers import read_object

from .. import policy
from ..models import FrequencyCap, SendingPolicy


class PolicyOutput(serializers.ModelSerializer[SendingPolicy]):
    class Meta:
        model = SendingPolicy
        fields = policy.FIELDS


class CapOutput(serializers.ModelSerializer[FrequencyCap]):
    class Meta:
        model = FrequencyCap
        fields = ["id", "channel", "topic", "messages", "days"]


@extend_schema(tags=["campaigns"])
class SendingRulesViewSet(GenericViewSet[SendingPolicy]):
    """One object, and the caps below it."""

    queryset = SendingPolicy.objects.all()
    serializer_class = PolicyOutput
    admin_only = True
    pagination_class = None

    @extend_schema(responses=PolicyOutput)
    def list(self, request: Request) -> Response:
        return Response(PolicyOutput(policy.current()).data)

    @extend_schema(request=PolicyOutput, responses=PolicyOutput)
    def partial_update(self, request: Request) -> Response:
        """Change what is given; the rest stays. `null` takes quiet hours away."""
        return Response(PolicyOutput(policy.update(data=read_object(request), actor=actor_of(request))).data)

    @extend_schema(methods=["GET"], responses=CapOutput(many=True))
    @extend_schema(methods=["POST"], request=CapOutput, responses={201: CapOutput})
    def caps(self, request: Request) -> Response:
        """At most so many messages to a person in so many days, on a channel, about a topic or about anything."""
        if request.method == "GET":
            return Response(CapOutput(policy.caps(), many=True).data)
        data: dict[str, Any] = read_object(request)
        cap = policy.add_cap(
            channel=data.get("channel", "email"),
            topic=data.get("topic", ""),
            messages=data.get("messages"),
            days=data.get("days"),
            actor=actor_of(request),
        )
        return Response(CapOutput(cap).data, status=status.HTTP_201_CREATED)

    @extend_schema(responses={204: None}, parameters=[OpenApiParameter("cap_id", int, OpenApiParameter.PATH)])
    def cap(self, request: Request, cap_id: int) -> Response:
        row = FrequencyCap.objects.filter(pk=cap_id).first() if cap_id <= LARGEST_ID else None
        if row is None:
            raise Http404
        policy.remove_cap(row.pk, actor=actor_of(request))
        return Response(status=status.HTTP_204_NO_CONTENT)
