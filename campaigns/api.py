"""Campaigns for programs: drafts, their audience and preview, starting and stopping, every send and the report."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.http import Http404
from django.utils.dateparse import parse_datetime
from django.utils.timezone import is_naive
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, inline_serializer
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from contacts.models import Contact
from crmseg.access.actors import actor_of
from crmseg.access.idempotency import IdempotentWrites
from crmseg.common.ids import LARGEST_ID
from crmseg.common.problems import InvalidInput, Problem
from crmseg.common.rest.concurrency import etag_of, if_match
from crmseg.common.rest.parsers import read_object

from . import audience, draft, scheduling, selectors, services
from .experiments import arms
from .measuring import waterfall
from .models import Campaign, Send
from .rest.arms import ArmActions
from .rest.content import ContentActions
from .rest.input import CampaignInput
from .rest.report import ReportActions
from .sending import trial

# Being sent at this moment is a matter of ours; for others it is not sent yet.
SEND_STATES = [state for state in Send.State.values if state != Send.State.LEASED]


class CampaignOutput(serializers.ModelSerializer[Campaign]):
    include = serializers.ListField(child=serializers.JSONField())
    exclude = serializers.ListField(child=serializers.JSONField())
    waterfall = serializers.DictField(child=serializers.IntegerField())
    versions_used = serializers.DictField(child=serializers.IntegerField())

    class Meta:
        model = Campaign
        fields = [
            "id",
            *draft.READERS,
            "state",
            "waterfall",
            "versions_used",
            "trouble",
            "winner",
            "decided_at",
            "scheduled_at",
            "created_at",
            "updated_at",
            "started_at",
            "finished_at",
        ]


class SendOutput(serializers.ModelSerializer[Send]):
    contact = serializers.SerializerMethodField()
    state = serializers.SerializerMethodField()

    class Meta:
        model = Send
        fields = ["id", "contact", "channel", "address", "state", "reason", "attempts", "sent_at"]
        fields += [f"{reaction}_at" for reaction in selectors.REACTIONS]
        fields += ["revenue"]

    def get_contact(self, send: Send) -> dict[str, Any]:
        found = self.context["contacts"].get(send.contact_id)
        return {
            "id": send.contact_id,
            "external_id": found.external_id if found else None,
            "email": found.email if found else None,
        }

    def get_state(self, send: Send) -> str:
        return "queued" if send.state == Send.State.LEASED else send.state


_COUNT = serializers.IntegerField()
WaterfallOutput = inline_serializer("Waterfall", dict.fromkeys(("in_lists", *audience.SKIPPED, "queued"), _COUNT))
TestInput = inline_serializer(
    "TestSend",
    {
        "address": serializers.CharField(
            required=False,
            help_text="An e-mail address, or a number for SMS. A webhook campaign's goes to its service.",
        ),
        "contact": serializers.IntegerField(required=False),
        "arm": serializers.CharField(required=False, help_text="As this arm of the test says it."),
    },
)
ScheduleInput = inline_serializer("Schedule", {"at": serializers.DateTimeField()})
TestOutput = inline_serializer(
    "TestSent", {"delivered_to": serializers.ChoiceField(choices=["smtp", "sms", "webhook", "outbox"])}
)


@extend_schema(tags=["campaigns"])
class CampaignViewSet(ArmActions, ContentActions, ReportActions, IdempotentWrites, GenericViewSet[Campaign]):
    serializer_class = CampaignOutput
    ordering = ("-id",)
    lookup_value_regex = "[0-9]{1,19}"

    def get_queryset(self) -> QuerySet[Campaign]:
        return Campaign.objects.all()

    @extend_schema(
        parameters=[
            OpenApiParameter("state", OpenApiTypes.STR, enum=Campaign.State.values),
            OpenApiParameter("segment", OpenApiTypes.INT, description="Campaigns that include or exclude this list."),
        ],
        responses=CampaignOutput(many=True),
    )
    def list(self, request: Request) -> Response:
        found = self.get_queryset()
        if state := _state(request, Campaign.State.values):
            found = found.filter(state=state)
        if "segment" in request.query_params:
            found = found & selectors.campaigns_using(_id(request.query_params["segment"], "/segment"))
        page = self.paginate_queryset(found)
        return self.get_paginated_response(CampaignOutput(page, many=True).data)

    @extend_schema(request=CampaignInput, responses={201: CampaignOutput})
    def create(self, request: Request) -> Response:
        campaign = services.create_campaign(data=read_object(request), actor=actor_of(request))
        return _answer(campaign, status.HTTP_201_CREATED)

    @extend_schema(responses=CampaignOutput)
    def retrieve(self, request: Request, pk: str) -> Response:
        return _answer(_campaign(pk))

    @extend_schema(request=CampaignInput, responses=CampaignOutput)
    def partial_update(self, request: Request, pk: str) -> Response:
        return self._update(request, pk, read_object(request))

    @extend_schema(request=CampaignInput, responses=CampaignOutput)
    def update(self, request: Request, pk: str) -> Response:
        """Everything at once: what is left out becomes empty."""
        return self._update(request, pk, draft.empty() | read_object(request))

    def _update(self, request: Request, pk: str, data: dict[str, Any]) -> Response:
        known = _campaign(pk)
        with if_match(request, Campaign.objects.all(), known.pk):
            campaign = services.update_campaign(known.pk, data=data, actor=actor_of(request))
        return _answer(campaign)

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, pk: str) -> Response:
        services.delete_campaign(_campaign(pk).pk, actor=actor_of(request))
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(responses=WaterfallOutput)
    @action(detail=True)
    def audience(self, request: Request, pk: str) -> Response:
        """Whom a start would reach now and why not the others; after the start, whom it did reach."""
        campaign = _campaign(pk)
        return Response(audience.so_far(campaign))

    @extend_schema(request=TestInput, responses=TestOutput)
    @action(detail=True, methods=["post"])
    def test(self, request: Request, pk: str) -> Response:
        """One message to one address, as a contact of the audience (or the given one) would see it."""
        campaign, data, contact = _campaign(pk), read_object(request), None
        if data.get("contact") is not None:
            contact = Contact.objects.filter(pk=_id(data["contact"], "/contact")).first()
            if contact is None:
                raise InvalidInput([Problem("/contact", _("There is no such contact."))])
        key = data.get("arm")
        arm = campaign.arms.filter(key=key).first() if isinstance(key, str) else None
        if key is not None and arm is None:
            raise InvalidInput([Problem("/arm", arms.expected_key())])
        went = trial.send_test(campaign, address=data.get("address"), contact=contact, arm=arm)
        return Response({"delivered_to": went})

    @extend_schema(request=None, responses=CampaignOutput)
    @action(detail=True, methods=["post"])
    def start(self, request: Request, pk: str) -> Response:
        """Freeze the audience and begin to send. Repeating it changes nothing."""
        return _answer(services.start_campaign(_campaign(pk).pk, actor=actor_of(request)))

    @extend_schema(request=ScheduleInput, responses=CampaignOutput)
    @action(detail=True, methods=["post"])
    def schedule(self, request: Request, pk: str) -> Response:
        """Start it by itself at an instant; the audience is frozen then."""
        at = _instant(read_object(request).get("at"))
        return _answer(scheduling.schedule(_campaign(pk).pk, at=at, actor=actor_of(request)))

    @extend_schema(request=None, responses=CampaignOutput)
    @action(detail=True, methods=["post"])
    def unschedule(self, request: Request, pk: str) -> Response:
        return _answer(scheduling.unschedule(_campaign(pk).pk, actor=actor_of(request)))

    @extend_schema(request=None, responses=CampaignOutput)
    @action(detail=True, methods=["post"])
    def pause(self, request: Request, pk: str) -> Response:
        return _answer(services.pause_campaign(_campaign(pk).pk, actor=actor_of(request)))

    @extend_schema(request=None, responses=CampaignOutput)
    @action(detail=True, methods=["post"])
    def resume(self, request: Request, pk: str) -> Response:
        return _answer(services.resume_campaign(_campaign(pk).pk, actor=actor_of(request)))

    @extend_schema(request=None, responses=CampaignOutput)
    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, pk: str) -> Response:
        return _answer(services.cancel_campaign(_campaign(pk).pk, actor=actor_of(request)))

    @extend_schema(
        parameters=[
            OpenApiParameter("state", OpenApiTypes.STR, enum=SEND_STATES),
            OpenApiParameter("reason", OpenApiTypes.STR),
            OpenApiParameter("reaction", OpenApiTypes.STR, enum=selectors.REACTIONS),
            OpenApiParameter("arm", OpenApiTypes.STR, description="The key of an arm of the test."),
            OpenApiParameter("unsubscribed", OpenApiTypes.BOOL),
            OpenApiParameter(
                "step", OpenApiTypes.STR, enum=[*waterfall.LABELS], description="Whom a step of the report counts."
            ),
        ],
        responses=SendOutput(many=True),
    )
    @action(detail=True)
    def sends(self, request: Request, pk: str) -> Response:
        """Everyone who was in the lists at the start, and what became of them."""
        self.ordering = ("id",)
        asked = request.query_params
        found: Any = selectors.sends_of(
            _campaign(pk),
            state=_state(request, SEND_STATES),
            reason=asked.get("reason", ""),
            reaction="unsubscribed" if asked.get("unsubscribed") == "true" else asked.get("reaction", ""),
            arm=asked.get("arm", ""),
            step=_step(request),
        )
        page: Any = self.paginate_queryset(found)
        rows = SendOutput(page, many=True, context={"contacts": selectors.contacts_of(page)})
        return self.get_paginated_response(rows.data)


def _answer(campaign: Campaign, code: int = status.HTTP_200_OK) -> Response:
    return Response(CampaignOutput(campaign).data, status=code, headers={"ETag": etag_of(campaign)})


def _instant(given: object) -> datetime:
    try:
        instant = parse_datetime(given) if isinstance(given, str) else None
    except ValueError:
        instant = None
    if instant is None or is_naive(instant):
        raise InvalidInput([Problem("/at", _("Expected an instant with its offset, such as 2026-03-01T09:00:00Z."))])
    return instant


def _campaign(pk: str) -> Campaign:
    campaign = Campaign.objects.filter(pk=int(pk)).first() if int(pk) <= LARGEST_ID else None
    if campaign is None:
        raise Http404
    return campaign


def _state(request: Request, known: list[str]) -> str:
    state = request.query_params.get("state", "")
    if state and state not in known:
        raise InvalidInput([Problem("/state", _("The states are: %(known)s.") % {"known": ", ".join(known)})])
    return state


def _step(request: Request) -> str:
    step = request.query_params.get("step", "")
    if step and step not in waterfall.LABELS:
        known = ", ".join(waterfall.LABELS)
        raise InvalidInput([Problem("/step", _("Expected one of: %(words)s.") % {"words": known})])
    return step


def _id(raw: object, pointer: str) -> int:
    text = str(raw)
    if isinstance(raw, bool) or not text.isascii() or not text.isdigit() or len(text) > 19 or int(text) > LARGEST_ID:
        raise InvalidInput([Problem(pointer, _("Expected an id."))])
    return int(text)
