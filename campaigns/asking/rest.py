"""Surveys for programs: drafts, publishing and closing, answers in and out, and the report."""

from __future__ import annotations

from typing import Any

from django.http import Http404
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field, inline_serializer
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from contacts.models import Contact
from crmseg.access.actors import actor_of
from crmseg.access.idempotency import IdempotentWrites
from crmseg.common.ids import LARGEST_ID
from crmseg.common.problems import InvalidInput, Problem
from crmseg.common.rest.concurrency import etag_of, if_match
from crmseg.common.rest.parsers import read_object

from ..models import Survey
from . import described, links, loading, report, schema, services, starts
from .rest_answers import AnswerActions, instant, number, survey_of


@extend_schema_field(described.DEFINITION)
class DefinitionField(serializers.JSONField):
    pass


class SurveyOutput(serializers.ModelSerializer[Survey]):
    definition = DefinitionField()
    public_url = serializers.SerializerMethodField()
    embed_url = serializers.SerializerMethodField(help_text="For a frame in another page; no script runs there.")

    class Meta:
        model = Survey
        fields = ["id", "name", "key", "state", "version", "is_public", "public_url", "embed_url"]
        fields += ["definition", "created_at", "updated_at", "published_at", "closed_at"]

    def get_public_url(self, survey: Survey) -> str:
        return links.public_url(survey) if survey.is_public else ""

    def get_embed_url(self, survey: Survey) -> str:
        return links.embed_url(survey) if survey.is_public else ""


class SurveyInput(serializers.Serializer[Survey]):
    """The key is made from the name where it is left out, and stays once the survey was published."""

    name = serializers.CharField(max_length=200)
    key = serializers.CharField(required=False)
    is_public = serializers.BooleanField(required=False)
    definition = DefinitionField(required=False)
    start = serializers.ChoiceField(
        choices=[*starts.STARTS], required=False, help_text="Begin with one of our own forms; on creation only."
    )


ReportOutput = inline_serializer(
    "SurveyReport",
    {
        "started": serializers.IntegerField(),
        "completed": serializers.IntegerField(),
        "nps": serializers.DictField(allow_null=True, help_text="`value`, `low` and `high` are null below 10 answers."),
        "csat": serializers.DictField(allow_null=True),
        "questions": serializers.ListField(child=serializers.DictField()),
        "over_time": serializers.ListField(child=serializers.DictField()),
        "by_list": serializers.ListField(child=serializers.DictField()),
        "by_campaign": serializers.ListField(
            child=serializers.DictField(),
            help_text="Of the people whom each campaign sent the link, how many answered; `rate` from `low` to `high`.",
        ),
        "drivers": serializers.DictField(),
    },
)
CheckedOutput = inline_serializer(
    "SurveyChecked",
    {
        "valid": serializers.BooleanField(help_text="Whether it can be kept as a draft."),
        "publishable": serializers.BooleanField(),
        "problems": serializers.ListField(child=serializers.DictField()),
    },
)
LinkOutput = inline_serializer("SurveyLink", {"contact": serializers.IntegerField(), "url": serializers.CharField()})
_SINCE = [
    OpenApiParameter("since", OpenApiTypes.DATETIME),
    OpenApiParameter("until", OpenApiTypes.DATETIME),
    OpenApiParameter("segment", OpenApiTypes.INT, description="Of those who are in this list now."),
]


@extend_schema(tags=["surveys"])
class SurveyViewSet(IdempotentWrites, AnswerActions):
    serializer_class = SurveyOutput
    ordering: tuple[str, ...] = ("-id",)
    lookup_value_regex = "[0-9]{1,19}"
    queryset = Survey.objects.all()
    safe_posts = ("validate",)

    @extend_schema(
        responses=SurveyOutput(many=True),
        parameters=[OpenApiParameter("state", OpenApiTypes.STR, enum=Survey.State.values)],
    )
    def list(self, request: Request) -> Response:
        found = self.get_queryset()
        if state := request.query_params.get("state"):
            if state not in Survey.State.values:
                said = _("Expected one of: %(options)s.") % {"options": ", ".join(Survey.State.values)}
                raise InvalidInput([Problem("/state", said)])
            found = found.filter(state=state)
        page: Any = self.paginate_queryset(found)
        return self.get_paginated_response(SurveyOutput(page, many=True).data)

    @extend_schema(request=SurveyInput, responses={201: SurveyOutput})
    def create(self, request: Request) -> Response:
        data = dict(read_object(request))
        start = data.pop("start", "")
        if start and start not in starts.STARTS:
            said = _("Expected one of: %(options)s.") % {"options": ", ".join(starts.STARTS)}
            raise InvalidInput([Problem("/start", said)])
        survey = services.create_survey(data=data, actor=actor_of(request), start=str(start or ""))
        return _out(survey, status.HTTP_201_CREATED)

    @extend_schema(responses=SurveyOutput)
    def retrieve(self, request: Request, pk: str) -> Response:
        return _out(survey_of(pk))

    @extend_schema(request=SurveyInput, responses=SurveyOutput)
    def partial_update(self, request: Request, pk: str) -> Response:
        """The draft changes; people see it once it is published."""
        survey = survey_of(pk)
        with if_match(request, Survey.objects.all(), survey.pk):
            return _out(services.update_survey(survey.pk, data=dict(read_object(request)), actor=actor_of(request)))

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, pk: str) -> Response:
        """With every answer; refused while it is open."""
        survey = survey_of(pk)
        with if_match(request, Survey.objects.all(), survey.pk):
            services.delete_survey(survey.pk, actor=actor_of(request))
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(request=None, responses=SurveyOutput)
    @action(detail=True, methods=["post"])
    def publish(self, request: Request, pk: str) -> Response:
        """Open it, with the draft as a new version; attributes that questions are kept as are made."""
        survey = survey_of(pk)
        with if_match(request, Survey.objects.all(), survey.pk):
            return _out(services.publish_survey(survey.pk, actor=actor_of(request)))

    @extend_schema(request=None, responses=SurveyOutput)
    @action(detail=True, methods=["post"])
    def close(self, request: Request, pk: str) -> Response:
        """Take no more answers."""
        return _out(services.close_survey(survey_of(pk).pk, actor=actor_of(request)))

    @extend_schema(request=inline_serializer("SurveyCheck", {"definition": DefinitionField()}), responses=CheckedOutput)
    @action(detail=False, methods=["post"])
    def validate(self, request: Request) -> Response:
        """Everything that is wrong with a definition, or still missing before it can be published."""
        try:
            form = loading.load(read_object(request).get("definition"))
        except InvalidInput as error:
            said = [vars(problem.under("/definition")) for problem in error.problems]
            return Response({"valid": False, "publishable": False, "problems": said})
        gaps = [vars(problem.under("/definition")) for problem in schema.gaps(form)]
        return Response({"valid": True, "publishable": not gaps, "problems": gaps})

    @extend_schema(responses=ReportOutput, parameters=_SINCE)
    @action(detail=True)
    def report(self, request: Request, pk: str) -> Response:
        """The scores between their limits, every question, over time, by list, and what goes with a high score."""
        since, until = (instant(request.query_params.get(key), f"/{key}") for key in ("since", "until"))
        segment = number(request.query_params.get("segment"), "/segment")
        return Response(report.report(survey_of(pk), since=since, until=until, segment_id=segment))

    @extend_schema(responses=LinkOutput, parameters=[OpenApiParameter("contact_id", int, "path")])
    @action(detail=True, url_path="links/(?P<contact_id>[0-9]{1,19})")
    def links(self, request: Request, pk: str, contact_id: str) -> Response:
        """The link by which this contact answers."""
        contact = Contact.objects.filter(pk=min(int(contact_id), LARGEST_ID)).first()
        if contact is None:
            raise Http404
        return Response({"contact": contact.pk, "url": links.personal_url(survey_of(pk).pk, contact.pk)})


def _out(survey: Survey, code: int = status.HTTP_200_OK) -> Response:
    return Response(SurveyOutput(survey).data, status=code, headers={"ETag": etag_of(survey)})
