"""Whom nobody may write to: addresses, mail domains and lists, for programs."""

from __future__ import annotations

from typing import Any

from django.http import Http404
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, inline_serializer
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from crmseg.access.actors import actor_of
from crmseg.access.idempotency import IdempotentWrites
from crmseg.common.ids import LARGEST_ID
from crmseg.common.problems import InvalidInput, Problem
from crmseg.common.rest.parsers import read_list, read_object

from .. import suppression_file, suppressions
from ..models import SuppressedList, Suppression
from ..ways import ADDRESSED

MOST = 10_000
_CHANNEL = serializers.CharField(required=False, help_text=f"One of {', '.join(ADDRESSED)}; `email` when left out.")
_PROBLEMS = serializers.ListField(child=serializers.DictField())
SuppressionInput = inline_serializer(
    "SuppressionInput",
    {
        "channel": _CHANNEL,
        "addresses": serializers.ListField(child=serializers.CharField(), help_text="Or domains, as `@example.org`."),
        "note": serializers.CharField(required=False),
    },
)
AddedOutput = inline_serializer(
    "SuppressionsAdded",
    {"created": serializers.IntegerField(), "known": serializers.IntegerField(), "problems": _PROBLEMS},
)
FileInput = inline_serializer("SuppressionFile", {"file": serializers.FileField(), "channel": _CHANNEL})
ListInput = inline_serializer("SuppressedListInput", {"segment": serializers.IntegerField(), "channel": _CHANNEL})


class SuppressionOutput(serializers.ModelSerializer[Suppression]):
    class Meta:
        model = Suppression
        fields = ["id", "channel", "address", "reason", "note", "created_at", "created_by"]


class SuppressedListOutput(serializers.ModelSerializer[SuppressedList]):
    segment = serializers.IntegerField(source="segment_id")

    class Meta:
        model = SuppressedList
        fields = ["id", "segment", "channel", "created_at", "created_by"]


@extend_schema(tags=["campaigns"])
class SuppressionViewSet(IdempotentWrites, GenericViewSet[Suppression]):
    queryset = Suppression.objects.all()
    serializer_class = SuppressionOutput
    ordering = ("-id",)
    lookup_value_regex = "[0-9]{1,19}"

    @extend_schema(
        parameters=[
            OpenApiParameter("channel", OpenApiTypes.STR, enum=list(ADDRESSED)),
            OpenApiParameter("reason", OpenApiTypes.STR, enum=Suppression.Reason.values),
            OpenApiParameter("kind", OpenApiTypes.STR, enum=["address", "domain"]),
            OpenApiParameter("address", OpenApiTypes.STR, description="This address or domain alone."),
            OpenApiParameter("q", OpenApiTypes.STR, description="Part of an address."),
        ],
        responses=SuppressionOutput(many=True),
    )
    def list(self, request: Request) -> Response:
        asked = request.query_params
        known = {"channel": ADDRESSED, "reason": Suppression.Reason.values, "kind": ("address", "domain")}
        for key, words in known.items():
            if asked.get(key, "") not in {"", *words}:
                said = _("Expected one of: %(words)s.") % {"words": ", ".join(words)}
                raise InvalidInput([Problem(f"/{key}", said)])
        chosen = {key: asked.get(key, "").replace("\x00", "") for key in ("q", *known)}
        rows = suppressions.found(**chosen)
        if "address" in asked:
            rows = rows.filter(address__iexact=asked["address"].strip().replace("\x00", ""))
        page = self.paginate_queryset(rows)
        return self.get_paginated_response(SuppressionOutput(page, many=True).data)

    @extend_schema(request=SuppressionInput, responses=AddedOutput)
    def create(self, request: Request) -> Response:
        """Suppress up to 10,000 addresses or domains. Good ones land, bad ones are reported."""
        data = read_object(request)
        addresses = read_list(request, "addresses", at_most=MOST)
        note = data.get("note", "")
        if not isinstance(note, str):
            raise InvalidInput([Problem("/note", _("Expected a text."))])
        channel = data.get("channel", "email")
        done = suppressions.suppress(channel=channel, addresses=addresses, note=note, actor=actor_of(request))
        return Response(_told(done))

    @extend_schema(request={"multipart/form-data": FileInput}, responses=AddedOutput)
    @action(detail=False, methods=["post"], parser_classes=[MultiPartParser])
    def file(self, request: Request) -> Response:
        """Suppress what a CSV file lists. Good rows land, bad ones are reported with their number."""
        file: Any = request.FILES.get("file")
        if file is None:
            raise InvalidInput([Problem("/file", _("Expected a file."))])
        channel = request.POST.get("channel", "email")
        done = suppression_file.suppress_file(file, file.size or 0, channel=channel, actor=actor_of(request))
        return Response(_told(done))

    @extend_schema(responses=SuppressionOutput)
    def retrieve(self, request: Request, pk: str) -> Response:
        return Response(SuppressionOutput(_row(pk)).data)

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, pk: str) -> Response:
        """Let it be written to again."""
        suppressions.lift([_row(pk).pk], actor=actor_of(request))
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(methods=["GET"], responses=SuppressedListOutput(many=True))
    @extend_schema(methods=["POST"], request=ListInput, responses={201: SuppressedListOutput})
    @action(detail=False, methods=["get", "post"], pagination_class=None)
    def lists(self, request: Request) -> Response:
        """Lists nobody of which is written to on a channel."""
        if request.method == "GET":
            rows = SuppressedList.objects.order_by("pk")
            return Response(SuppressedListOutput(rows, many=True).data)
        data = read_object(request)
        row = suppressions.suppress_list(
            segment=data.get("segment"), channel=data.get("channel", "email"), actor=actor_of(request)
        )
        return Response(SuppressedListOutput(row).data, status=status.HTTP_201_CREATED)

    @extend_schema(responses={204: None}, parameters=[OpenApiParameter("list_id", int, OpenApiParameter.PATH)])
    @action(detail=False, methods=["delete"], url_path="lists/(?P<list_id>[0-9]{1,19})")
    def listed(self, request: Request, list_id: str) -> Response:
        """Let the list be written to again."""
        row = SuppressedList.objects.filter(pk=min(int(list_id), LARGEST_ID)).first()
        if row is None:
            raise Http404
        suppressions.lift_list(row.pk, actor=actor_of(request))
        return Response(status=status.HTTP_204_NO_CONTENT)


def _row(pk: str) -> Suppression:
    row = Suppression.objects.filter(pk=min(int(pk), LARGEST_ID)).first()
    if row is None:
        raise Http404
    return row


def _told(done: suppressions.Added) -> dict[str, Any]:
    problems = [{"pointer": problem.pointer, "message": problem.message} for problem in done.problems]
    return {"created": done.created, "known": done.known, "problems": problems}
