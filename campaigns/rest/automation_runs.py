"""People in automations for programs: how many are where, what was done for each, and who would have entered."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from django.http import Http404
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, inline_serializer
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from crmseg.access.actors import actor_of
from crmseg.access.models import User
from crmseg.common.problems import InvalidInput, Problem

from ..journeys import dry_runs, selectors, services, trace
from ..models import Automation, DryRun, Run
from .found import automation_of

T = TypeVar("T")
_COUNT = serializers.IntegerField()
_RUN = OpenApiParameter("run", int, "path")


class RunOutput(serializers.ModelSerializer[Run]):
    contact = serializers.IntegerField(source="contact_id")
    version = serializers.IntegerField(source="version.number")

    class Meta:
        model = Run
        fields = ["id", "contact", "version", "entry", "entered_at", "state", "held_out", "step", "arrived_at"]
        fields += ["due_at", "waits_for", "exit_reason", "ended_at", "goal_at", "trouble"]


class DryRunOutput(serializers.ModelSerializer[DryRun]):
    job = serializers.IntegerField(source="job_id", allow_null=True)
    result = serializers.JSONField(
        allow_null=True,
        help_text="Null while it runs. Who would have `entered`, and `messages`, by day in `days`; `known_since` where"
        " less than a year is known; `as_of_today` points to conditions that histories do not answer.",
    )

    class Meta:
        model = DryRun
        fields = ["id", "version", "job", "result", "created_at", "finished_at"]


StepDoneOutput = inline_serializer(
    "StepDone",
    {
        "visit": _COUNT,
        "step": serializers.CharField(),
        "kind": serializers.CharField(),
        "arrived_at": serializers.DateTimeField(),
        "at": serializers.DateTimeField(),
        "outcome": serializers.CharField(),
        "details": serializers.DictField(),
        "send": serializers.CharField(allow_null=True, help_text="The state of the message."),
        "call": serializers.CharField(allow_null=True, help_text="The state of the call."),
    },
    many=True,
)
FiguresOutput = inline_serializer(
    "AutomationFigures",
    {
        "totals": serializers.DictField(child=_COUNT),
        "steps": serializers.DictField(child=serializers.DictField()),
    },
)


class RunActions(GenericViewSet[Automation]):
    ordering: tuple[str, ...]

    @extend_schema(responses=FiguresOutput)
    @action(detail=True)
    def figures(self, request: Request, pk: str) -> Response:
        """How many entered and became what, and by step how many are there, passed, and with which outcome."""
        found = automation_of(pk)
        steps = selectors.people_per_step(found.pk)
        shown = {
            key: {"here": one.here, "passed": one.passed, "outcomes": dict(one.outcomes)} for key, one in steps.items()
        }
        return Response({"totals": selectors.totals(found.pk), "steps": shown})

    @extend_schema(
        parameters=[
            OpenApiParameter("state", OpenApiTypes.STR, enum=Run.State.values),
            OpenApiParameter("step", OpenApiTypes.STR, description="Those who are at this step now."),
            OpenApiParameter("contact", OpenApiTypes.INT),
        ],
        responses=RunOutput(many=True),
    )
    @action(detail=True)
    def runs(self, request: Request, pk: str) -> Response:
        """People on their way and those who were, newest first."""
        self.ordering = ("-entered_at", "-id")
        asked = request.query_params
        state = word(asked, "state", Run.State.values)
        found = selectors.runs_table(automation_of(pk).pk, state=state, step=asked.get("step", ""))
        if "contact" in asked:
            contact = asked["contact"]
            if not contact.isascii() or not contact.isdigit() or len(contact) > 18:
                raise InvalidInput([Problem("/contact", _("Expected an id."))])
            found = found.filter(contact_id=int(contact))
        page: Any = self.paginate_queryset(found)  # type: ignore[arg-type]
        return self.get_paginated_response(RunOutput(page, many=True).data)

    @extend_schema(responses=StepDoneOutput, parameters=[_RUN])
    @action(detail=True, url_path="runs/(?P<run>[0-9]{1,18})/trace", pagination_class=None)
    def trace(self, request: Request, pk: str, run: str) -> Response:
        """What was done for one person, step by step."""
        return Response([_step(row) for row in trace.of_run(_run(pk, run))])

    @extend_schema(request=None, responses=RunOutput, parameters=[_RUN])
    @action(detail=True, methods=["post"], url_path="runs/(?P<run>[0-9]{1,18})/end", pagination_class=None)
    def end(self, request: Request, pk: str, run: str) -> Response:
        """Take one person out; 409 where she is not on her way any more."""
        return Response(RunOutput(services.end_run(_run(pk, run).pk, actor=actor_of(request))).data)

    @extend_schema(methods=["GET"], responses=DryRunOutput)
    @extend_schema(methods=["POST"], request=None, responses={202: DryRunOutput})
    @action(detail=True, methods=["get", "post"], url_path="dry-run", pagination_class=None)
    def dry_run(self, request: Request, pk: str) -> Response:
        """Who would have entered over the past year, and how many messages that is: asked for by POST, read by GET."""
        found = automation_of(pk)
        if request.method == "POST":
            user = request.user if isinstance(request.user, User) else None
            made = under(lambda: dry_runs.start(found.pk, user=user, actor=actor_of(request)))
            return Response(DryRunOutput(made).data, status=status.HTTP_202_ACCEPTED)
        latest = DryRun.objects.filter(automation=found).order_by("-pk").first()
        if latest is None:
            raise Http404
        return Response(DryRunOutput(latest).data)


def _run(pk: str, run: str) -> Run:
    found = Run.objects.filter(pk=int(run), automation=automation_of(pk)).first()
    if found is None:
        raise Http404
    return found


def _step(row: trace.Row) -> dict[str, Any]:
    return {
        "visit": row.visit,
        "step": row.step,
        "kind": row.kind,
        "arrived_at": row.arrived_at,
        "at": row.at,
        "outcome": row.outcome,
        "details": row.details,
        "send": row.send.state if row.send else None,
        "call": row.call.state if row.call else None,
    }


def under(work: Callable[[], T]) -> T:
    """Problems of a definition, where it stands in what was sent or is read."""
    try:
        return work()
    except InvalidInput as error:
        raise type(error)([problem.under("/definition") for problem in error.problems]) from error


def word(asked: Mapping[str, str], name: str, known: Sequence[str]) -> str:
    word = asked.get(name, "")
    if word and word not in known:
        raise InvalidInput([Problem(f"/{name}", _("Expected one of: %(words)s.") % {"words": ", ".join(known)})])
    return word
