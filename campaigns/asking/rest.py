"""Surveys for programs: drafts, publishing and closing, answers in and out, and the report."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from django.http import Http404
from django.utils.dateparse import parse_datetime
from django.utils.timezone import is_naive
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field, inline_serializer
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from contacts.models import Contact
from crmseg.access.actors import actor_of
from crmseg.access.idempotency import IdempotentWrites
from crmseg.common import clock
from crmseg.common.ids import LARGEST_ID
from crmseg.common.json import escape
from crmseg.common.problems import Conflict, InvalidInput, Problem
from crmseg.common.rest.concurrency import etag_of, if_match
from crmseg.common.rest.parsers import read_object

from ..models import Survey, SurveyResponse
from . import (
    answering,
    described,
    flow,
    links,
    loading,
    reading,
    report,
    responding,
    schema,
    selectors,
    services,
    starts,
)

EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
AHEAD = timedelta(minutes=5)
"""How far the clock of another program may be ahead of ours."""


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


class AnswerOutput(serializers.ModelSerializer[SurveyResponse]):
    contact = serializers.IntegerField(source="contact_id", allow_null=True)
    answers = serializers.DictField()
    tags = serializers.ListField(child=serializers.CharField())
    task = serializers.IntegerField(source="task_id", allow_null=True)

    class Meta:
        model = SurveyResponse
        fields = ["id", "contact", "channel", "language", "version", "answers", "nps", "csat", "tags", "task"]
        fields += ["started_at", "completed_at"]


AnswerInput = inline_serializer(
    "SurveyAnswerInput",
    {
        "contact": serializers.IntegerField(required=False, allow_null=True, help_text="Its id; nobody's without."),
        "answers": serializers.DictField(help_text="By question: a number, an option, a list of options, a text."),
        "language": serializers.CharField(required=False),
        "answered_at": serializers.DateTimeField(required=False),
    },
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

_ANSWER = OpenApiParameter("answer", int, "path")


@extend_schema(tags=["surveys"])
class SurveyViewSet(IdempotentWrites, GenericViewSet[Survey]):
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
        return _out(_survey(pk))

    @extend_schema(request=SurveyInput, responses=SurveyOutput)
    def partial_update(self, request: Request, pk: str) -> Response:
        """The draft changes; people see it once it is published."""
        survey = _survey(pk)
        with if_match(request, Survey.objects.all(), survey.pk):
            return _out(services.update_survey(survey.pk, data=dict(read_object(request)), actor=actor_of(request)))

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, pk: str) -> Response:
        """With every answer; refused while it is open."""
        survey = _survey(pk)
        with if_match(request, Survey.objects.all(), survey.pk):
            services.delete_survey(survey.pk, actor=actor_of(request))
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(request=None, responses=SurveyOutput)
    @action(detail=True, methods=["post"])
    def publish(self, request: Request, pk: str) -> Response:
        """Open it, with the draft as a new version; attributes that questions are kept as are made."""
        survey = _survey(pk)
        with if_match(request, Survey.objects.all(), survey.pk):
            return _out(services.publish_survey(survey.pk, actor=actor_of(request)))

    @extend_schema(request=None, responses=SurveyOutput)
    @action(detail=True, methods=["post"])
    def close(self, request: Request, pk: str) -> Response:
        """Take no more answers."""
        return _out(services.close_survey(_survey(pk).pk, actor=actor_of(request)))

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

    @extend_schema(
        methods=["GET"],
        responses=AnswerOutput(many=True),
        parameters=[
            OpenApiParameter("q", OpenApiTypes.STR, description="Words in any answer."),
            OpenApiParameter("group", OpenApiTypes.STR, enum=[*selectors.GROUPS]),
            OpenApiParameter("tag", OpenApiTypes.STR),
            OpenApiParameter("segment", OpenApiTypes.INT),
        ],
    )
    @extend_schema(methods=["POST"], request=AnswerInput, responses={201: AnswerOutput})
    @action(detail=True, methods=["get", "post"])
    def answers(self, request: Request, pk: str) -> Response:
        """Complete answers, newest first; or one more, given elsewhere. What a condition leaves out is not kept."""
        survey = _survey(pk)
        if request.method == "POST":
            return Response(AnswerOutput(_take(request, survey)).data, status=status.HTTP_201_CREATED)
        asked = request.query_params
        found: Any = selectors.answers(
            survey,
            q=asked.get("q", "").replace("\x00", "")[:200],
            group=_group(asked.get("group", "")),
            tag=asked.get("tag", "").replace("\x00", ""),
            segment=_number(asked.get("segment"), "/segment"),
        )
        page: Any = self.paginate_queryset(found)
        return self.get_paginated_response(AnswerOutput(page, many=True).data)

    @extend_schema(methods=["GET"], responses=AnswerOutput, parameters=[_ANSWER])
    @extend_schema(methods=["DELETE"], responses={204: None}, parameters=[_ANSWER])
    @action(detail=True, methods=["get", "delete"], url_path="answers/(?P<answer>[0-9]{1,19})", pagination_class=None)
    def one_answer(self, request: Request, pk: str, answer: str) -> Response:
        """One complete answer. Deleted, its event goes with it, so that no report and no list counts it; attributes
        keep what it wrote until they are changed."""
        found = _answer(pk, answer)
        if request.method == "DELETE":
            reading.delete_answer(found.pk, actor=actor_of(request))
            return Response(status=status.HTTP_204_NO_CONTENT)
        return Response(AnswerOutput(found).data)

    @extend_schema(
        request=inline_serializer("SurveyTags", {"tags": serializers.ListField(child=serializers.CharField())}),
        responses=AnswerOutput,
        parameters=[_ANSWER],
    )
    @action(detail=True, methods=["put"], url_path="answers/(?P<answer>[0-9]{1,19})/tags")
    def tags(self, request: Request, pk: str, answer: str) -> Response:
        """These tags and no others."""
        found = _answer(pk, answer)
        tags = read_object(request).get("tags")
        if not isinstance(tags, list):
            raise InvalidInput([Problem("/tags", _("Expected a list."))])
        return Response(AnswerOutput(reading.tag_answer(found.pk, tags, actor=actor_of(request))).data)

    @extend_schema(responses=ReportOutput, parameters=_SINCE)
    @action(detail=True)
    def report(self, request: Request, pk: str) -> Response:
        """The scores between their limits, every question, over time, by list, and what goes with a high score."""
        since, until = (_instant(request.query_params.get(key), f"/{key}") for key in ("since", "until"))
        segment = _number(request.query_params.get("segment"), "/segment")
        return Response(report.report(_survey(pk), since=since, until=until, segment_id=segment))

    @extend_schema(responses=LinkOutput, parameters=[OpenApiParameter("contact_id", int, "path")])
    @action(detail=True, url_path="links/(?P<contact_id>[0-9]{1,19})")
    def links(self, request: Request, pk: str, contact_id: str) -> Response:
        """The link by which this contact answers."""
        contact = Contact.objects.filter(pk=min(int(contact_id), LARGEST_ID)).first()
        if contact is None:
            raise Http404
        return Response({"contact": contact.pk, "url": links.personal_url(_survey(pk).pk, contact.pk)})


def _out(survey: Survey, code: int = status.HTTP_200_OK) -> Response:
    return Response(SurveyOutput(survey).data, status=code, headers={"ETag": etag_of(survey)})


def _survey(pk: str) -> Survey:
    found = Survey.objects.filter(pk=int(pk)).first() if int(pk) <= LARGEST_ID else None
    if found is None:
        raise Http404
    return found


def _answer(pk: str, answer: str) -> SurveyResponse:
    complete = SurveyResponse.objects.filter(survey=_survey(pk)).exclude(completed_at=None)
    found = complete.filter(pk=min(int(answer), LARGEST_ID)).first()
    if found is None:
        raise Http404
    return found


def _take(request: Request, survey: Survey) -> SurveyResponse:
    """An answer that a program brings, judged like one of a page."""
    data = read_object(request)
    form = services.published(survey)
    if form is None or survey.state != Survey.State.OPEN:
        raise Conflict(_("It takes no answers now."))
    given = data.get("answers")
    if not isinstance(given, dict):
        raise InvalidInput([Problem("/answers", _("Expected an object."))])
    known = {one.key: one for one in form.questions}
    problems = [
        Problem(f"/answers/{escape(str(key))}", _("There is no such question.")) for key in given if key not in known
    ]
    problems += [
        Problem(f"/{escape(str(key))}", _("There is no such field."))
        for key in data
        if key not in ("contact", "answers", "language", "answered_at")
    ]
    read: dict[str, Any] = {}
    for question in form.questions:
        if question.condition is not None and not flow.holds(question.condition, read):
            continue
        try:
            read[question.key] = answering.read_plain(question, given.get(question.key))
        except ValueError as error:
            problems.append(Problem(f"/answers/{question.key}", str(error)))
    contact = data.get("contact")
    if contact is not None and (isinstance(contact, bool) or not isinstance(contact, int) or contact > LARGEST_ID):
        problems.append(Problem("/contact", _("Expected the id of a contact.")))
    elif contact is not None and not Contact.objects.filter(pk=contact).exists():
        problems.append(Problem("/contact", _("There is no such contact.")))
    instant, language = None, data.get("language")
    try:
        instant = _answered_at(data.get("answered_at"))
    except InvalidInput as error:
        problems += error.problems
    if language is not None and language not in form.languages:
        said = _("Expected one of: %(options)s.") % {"options": ", ".join(form.languages)}
        problems.append(Problem("/language", said))
    if problems:
        raise InvalidInput(problems)
    return responding.answer_all(
        survey,
        read,
        contact_id=contact if isinstance(contact, int) else None,
        language=language or form.main,
        channel=SurveyResponse.Channel.LINK if contact else SurveyResponse.Channel.PUBLIC,
        now=instant,
    )


def _answered_at(raw: object) -> datetime | None:
    """When it was given elsewhere; nobody has answered in the future, or before there were computers."""
    if raw is None:
        return None
    at = _instant(raw if isinstance(raw, str) else "?", "/answered_at")
    if at is not None and not EARLIEST <= at <= clock.now() + AHEAD:
        raise InvalidInput([Problem("/answered_at", _("Expected a moment in the past."))])
    return at


def _group(said: str) -> str:
    if said and said not in selectors.GROUPS:
        known = ", ".join(selectors.GROUPS)
        raise InvalidInput([Problem("/group", _("Expected one of: %(options)s.") % {"options": known})])
    return said


def _number(said: str | None, pointer: str) -> int | None:
    if not said:
        return None
    if not said.isascii() or not said.isdecimal() or int(said[:20]) > LARGEST_ID:
        raise InvalidInput([Problem(pointer, _("Expected a number."))])
    return int(said)


def _instant(said: str | None, pointer: str) -> datetime | None:
    if not said:
        return None
    try:
        found = parse_datetime(said.replace(" ", "+"))  # a plus in an address that was not escaped
    except ValueError:
        found = None
    if found is None or is_naive(found):
        raise InvalidInput([Problem(pointer, _("Expected a date and time with a zone, such as 2026-01-31T00:00:00Z."))])
    return found
