"""Answers for programs: read, searched, brought from elsewhere, tagged and taken away."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

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
from crmseg.common import clock
from crmseg.common.ids import LARGEST_ID
from crmseg.common.json import escape
from crmseg.common.problems import Conflict, InvalidInput, Problem
from crmseg.common.rest.parsers import read_object

from ..models import Survey, SurveyResponse
from . import answering, flow, reading, responding, selectors, services

EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
AHEAD = timedelta(minutes=5)
"""How far the clock of another program may be ahead of ours."""
_ANSWER = OpenApiParameter("answer", int, "path")


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


class AnswerActions(GenericViewSet[Survey]):
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
        survey = survey_of(pk)
        if request.method == "POST":
            return Response(AnswerOutput(_take(request, survey)).data, status=status.HTTP_201_CREATED)
        asked = request.query_params
        found: Any = selectors.answers(
            survey,
            q=asked.get("q", "").replace("\x00", "")[:200],
            group=_group(asked.get("group", "")),
            tag=asked.get("tag", "").replace("\x00", ""),
            segment=number(asked.get("segment"), "/segment"),
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


def survey_of(pk: str) -> Survey:
    found = Survey.objects.filter(pk=int(pk)).first() if int(pk) <= LARGEST_ID else None
    if found is None:
        raise Http404
    return found


def _answer(pk: str, answer: str) -> SurveyResponse:
    complete = SurveyResponse.objects.filter(survey=survey_of(pk)).exclude(completed_at=None)
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
    at, language = None, data.get("language")
    try:
        at = _answered_at(data.get("answered_at"))
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
        now=at,
    )


def _answered_at(raw: object) -> datetime | None:
    """When it was given elsewhere; nobody has answered in the future, or before there were computers."""
    if raw is None:
        return None
    at = instant(raw if isinstance(raw, str) else "?", "/answered_at")
    if at is not None and not EARLIEST <= at <= clock.now() + AHEAD:
        raise InvalidInput([Problem("/answered_at", _("Expected a moment in the past."))])
    return at


def _group(said: str) -> str:
    if said and said not in selectors.GROUPS:
        known = ", ".join(selectors.GROUPS)
        raise InvalidInput([Problem("/group", _("Expected one of: %(options)s.") % {"options": known})])
    return said


def number(said: str | None, pointer: str) -> int | None:
    if not said:
        return None
    if not said.isascii() or not said.isdecimal() or int(said[:20]) > LARGEST_ID:
        raise InvalidInput([Problem(pointer, _("Expected a number."))])
    return int(said)


def instant(said: str | None, pointer: str) -> datetime | None:
    if not said:
        return None
    try:
        found = parse_datetime(said.replace(" ", "+"))  # a plus in an address that was not escaped
    except ValueError:
        found = None
    if found is None or is_naive(found):
        raise InvalidInput([Problem(pointer, _("Expected a date and time with a zone, such as 2026-01-31T00:00:00Z."))])
    return found
