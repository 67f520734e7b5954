"""Automations for programs: definitions and their versions, switching on and off, people and what was done for each."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from django.db import transaction
from django.db.models import QuerySet
from django.http import Http404
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field, inline_serializer
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from crmseg.access.actors import actor_of
from crmseg.access.idempotency import IdempotentWrites
from crmseg.access.models import User
from crmseg.common.ids import LARGEST_ID
from crmseg.common.json import escape
from crmseg.common.problems import InvalidInput, Problem
from crmseg.common.rest.concurrency import etag_of, if_match
from crmseg.common.rest.parsers import read_object

from ..journeys import described, dry_runs, load, selectors, services, trace
from ..models import Automation, AutomationVersion, DryRun, Run

T = TypeVar("T")
PROBLEMS = serializers.ListField(child=serializers.DictField(child=serializers.CharField()))
_COUNT = serializers.IntegerField()


@extend_schema_field(described.DEFINITION)
class DefinitionField(serializers.JSONField):
    pass


class AutomationInput(serializers.Serializer[Automation]):
    """A definition may be unfinished: what keeps it from being switched on is in `problems`."""

    name = serializers.CharField(max_length=200)
    description = serializers.CharField(required=False, allow_blank=True)
    definition = DefinitionField(required=False)


class AutomationChange(AutomationInput):
    name = serializers.CharField(max_length=200, required=False)
    note = serializers.CharField(required=False, help_text="Why, kept with the version.")


class AutomationOutput(serializers.ModelSerializer[Automation]):
    definition = serializers.SerializerMethodField()
    problems = serializers.SerializerMethodField()

    class Meta:
        model = Automation
        fields = ["id", "name", "description", "state", "version", "live_version", "definition", "problems", "trouble"]
        fields += ["created_at", "updated_at", "activated_at", "archived_at"]

    @extend_schema_field(described.DEFINITION)
    def get_definition(self, automation: Automation) -> dict[str, Any]:
        return dict(automation.latest.definition)

    @extend_schema_field(PROBLEMS)
    def get_problems(self, automation: Automation) -> list[dict[str, str]]:
        return _out(load.problems(automation.latest.definition))


class AutomationVersionOutput(serializers.ModelSerializer[AutomationVersion]):
    definition = DefinitionField()
    people = serializers.IntegerField(help_text="Runs that follow it, or did.")

    class Meta:
        model = AutomationVersion
        fields = ["number", "definition", "note", "saved_at", "saved_by", "people"]


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
ProblemsOutput = inline_serializer("AutomationProblems", {"problems": PROBLEMS})
FiguresOutput = inline_serializer(
    "AutomationFigures",
    {
        "totals": serializers.DictField(child=_COUNT),
        "steps": serializers.DictField(child=serializers.DictField()),
    },
)
DefinitionInput = inline_serializer("AutomationDefinition", {"definition": DefinitionField()})
VersionInput = inline_serializer("AutomationVersionChoice", {"version": serializers.IntegerField()})
ResumeInput = inline_serializer("AutomationResume", {"catch_up": serializers.BooleanField(required=False)})


@extend_schema(tags=["automations"])
class AutomationViewSet(IdempotentWrites, GenericViewSet[Automation]):
    serializer_class = AutomationOutput
    ordering: tuple[str, ...] = ("-id",)
    lookup_value_regex = "[0-9]{1,19}"
    safe_posts = ("validate",)

    def get_queryset(self) -> QuerySet[Automation]:
        return Automation.objects.all()

    @extend_schema(
        parameters=[
            OpenApiParameter("state", OpenApiTypes.STR, enum=Automation.State.values),
            OpenApiParameter("q", OpenApiTypes.STR, description="Part of the name or the description."),
        ],
        responses=AutomationOutput(many=True),
    )
    def list(self, request: Request) -> Response:
        """Archived ones only where asked for."""
        asked = request.query_params
        found = selectors.automations_table(q=asked.get("q", ""), state=_word(asked, "state", Automation.State.values))
        page: Any = self.paginate_queryset(found)
        return self.get_paginated_response(AutomationOutput(page, many=True).data)

    @extend_schema(request=AutomationInput, responses={201: AutomationOutput})
    def create(self, request: Request) -> Response:
        given = _known(read_object(request), {"name", "description", "definition"})
        made = services.create_automation(
            name=given.get("name"),
            description=given.get("description", ""),
            definition=given.get("definition"),
            actor=actor_of(request),
        )
        return _answer(made, status.HTTP_201_CREATED)

    @extend_schema(responses=AutomationOutput)
    def retrieve(self, request: Request, pk: str) -> Response:
        return _answer(_automation(pk))

    @extend_schema(request=AutomationChange, responses=AutomationOutput)
    def partial_update(self, request: Request, pk: str) -> Response:
        """A definition becomes a new version, which nobody follows before it is switched on."""
        found, given = _automation(pk), _known(read_object(request), {"name", "description", "definition", "note"})
        note = _note(given.get("note"))
        with transaction.atomic(), if_match(request, Automation.objects.all(), found.pk):  # all of it, or nothing
            words: dict[str, object] = {key: given[key] for key in ("name", "description") if key in given}
            if words:
                services.update_automation(found.pk, words, actor=actor_of(request))
            if "definition" in given:
                _under(
                    lambda: services.save_definition(found.pk, given["definition"], note=note, actor=actor_of(request))
                )
        return _answer(found)

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, pk: str) -> Response:
        """One that nobody ever entered; archive others."""
        found = _automation(pk)
        with if_match(request, Automation.objects.all(), found.pk):
            services.delete_automation(found.pk, actor=actor_of(request))
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(request=DefinitionInput, responses=ProblemsOutput)
    @action(detail=False, methods=["post"])
    def validate(self, request: Request) -> Response:
        """Everything that keeps a definition from being switched on, each at its place. Nothing is kept."""
        found = load.problems(read_object(request).get("definition"))
        return Response({"problems": _out([problem.under("/definition") for problem in found])})

    @extend_schema(request=None, responses=AutomationOutput)
    @action(detail=True, methods=["post"])
    def activate(self, request: Request, pk: str) -> Response:
        """From now on people enter on the newest version. Repeating it changes nothing."""
        return _answer(_under(lambda: services.activate_automation(_automation(pk).pk, actor=actor_of(request))))

    @extend_schema(request=None, responses=AutomationOutput)
    @action(detail=True, methods=["post"])
    def pause(self, request: Request, pk: str) -> Response:
        """Nobody enters, nobody moves on."""
        return _answer(services.pause_automation(_automation(pk).pk, actor=actor_of(request)))

    @extend_schema(request=ResumeInput, responses=AutomationOutput)
    @action(detail=True, methods=["post"])
    def resume(self, request: Request, pk: str) -> Response:
        """With `catch_up` (as when left out) those enter who would have meanwhile."""
        catch_up = read_object(request).get("catch_up", True) if request.data else True
        if not isinstance(catch_up, bool):
            raise InvalidInput([Problem("/catch_up", _("Expected true or false."))])
        return _answer(services.resume_automation(_automation(pk).pk, catch_up=catch_up, actor=actor_of(request)))

    @extend_schema(request=None, responses=AutomationOutput)
    @action(detail=True, methods=["post"])
    def archive(self, request: Request, pk: str) -> Response:
        """For good: whoever is on her way leaves."""
        return _answer(services.archive_automation(_automation(pk).pk, actor=actor_of(request)))

    @extend_schema(request=None, responses=AutomationOutput)
    @action(detail=True, methods=["post"])
    def restore(self, request: Request, pk: str) -> Response:
        """An archived one, as a draft."""
        return _answer(services.restore_automation(_automation(pk).pk, actor=actor_of(request)))

    @extend_schema(responses=AutomationVersionOutput(many=True))
    @action(detail=True)
    def versions(self, request: Request, pk: str) -> Response:
        """Newest first."""
        self.ordering = ("-number", "-id")
        page: Any = self.paginate_queryset(selectors.versions_of(_automation(pk).pk))  # type: ignore[arg-type]
        return self.get_paginated_response(AutomationVersionOutput(page, many=True).data)

    @extend_schema(request=VersionInput, responses=AutomationOutput)
    @action(detail=True, methods=["post"])
    def rollback(self, request: Request, pk: str) -> Response:
        """The definition of an earlier version as the newest one."""
        found, number = _automation(pk), read_object(request).get("version")
        if isinstance(number, bool) or not isinstance(number, int) or not 0 < number <= found.version:
            raise InvalidInput([Problem("/version", _("There is no such version."))])
        services.restore_version(found.pk, number, actor=actor_of(request))
        return _answer(found)

    @extend_schema(responses=FiguresOutput)
    @action(detail=True)
    def figures(self, request: Request, pk: str) -> Response:
        """How many entered and became what, and by step how many are there, passed, and with which outcome."""
        found = _automation(pk)
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
        state = _word(asked, "state", Run.State.values)
        found = selectors.runs_table(_automation(pk).pk, state=state, step=asked.get("step", ""))
        if "contact" in asked:
            contact = asked["contact"]
            if not contact.isascii() or not contact.isdigit() or len(contact) > 18:
                raise InvalidInput([Problem("/contact", _("Expected an id."))])
            found = found.filter(contact_id=int(contact))
        page: Any = self.paginate_queryset(found)  # type: ignore[arg-type]
        return self.get_paginated_response(RunOutput(page, many=True).data)

    @extend_schema(responses=StepDoneOutput, parameters=[OpenApiParameter("run", int, "path")])
    @action(detail=True, url_path="runs/(?P<run>[0-9]{1,18})/trace", pagination_class=None)
    def trace(self, request: Request, pk: str, run: str) -> Response:
        """What was done for one person, step by step."""
        found = Run.objects.filter(pk=int(run), automation=_automation(pk)).first()
        if found is None:
            raise Http404
        return Response([_step(row) for row in trace.of_run(found)])

    @extend_schema(methods=["GET"], responses=DryRunOutput)
    @extend_schema(methods=["POST"], request=None, responses={202: DryRunOutput})
    @action(detail=True, methods=["get", "post"], url_path="dry-run", pagination_class=None)
    def dry_run(self, request: Request, pk: str) -> Response:
        """Who would have entered over the past year, and how many messages that is: asked for by POST, read by GET."""
        found = _automation(pk)
        if request.method == "POST":
            user = request.user if isinstance(request.user, User) else None
            made = _under(lambda: dry_runs.start(found.pk, user=user, actor=actor_of(request)))
            return Response(DryRunOutput(made).data, status=status.HTTP_202_ACCEPTED)
        latest = DryRun.objects.filter(automation=found).order_by("-pk").first()
        if latest is None:
            raise Http404
        return Response(DryRunOutput(latest).data)


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


def _automation(pk: str) -> Automation:
    found = Automation.objects.filter(pk=int(pk)).first() if int(pk) <= LARGEST_ID else None
    if found is None:
        raise Http404
    return found


def _note(raw: object) -> str:
    if raw is not None and not isinstance(raw, str):
        raise InvalidInput([Problem("/note", _("Expected a text."))])
    return raw or ""


def _answer(automation: Automation, code: int = status.HTTP_200_OK) -> Response:
    automation.refresh_from_db()
    return Response(AutomationOutput(automation).data, status=code, headers={"ETag": etag_of(automation)})


def _out(problems: list[Problem]) -> list[dict[str, str]]:
    return [{"pointer": problem.pointer, "message": problem.message} for problem in problems]


def _known(given: dict[str, Any], known: set[str]) -> dict[str, Any]:
    """What the product itself keeps may be sent back and is ignored."""
    own = {field for field in AutomationOutput.Meta.fields if field not in known}
    problems = [
        Problem(f"/{escape(key[:100])}", _("There is no field “%(key)s”.") % {"key": key[:100]})
        for key in given
        if key not in known | own
    ]
    if problems:
        raise InvalidInput(problems)
    return given


def _under(work: Callable[[], T]) -> T:
    """Problems of a definition, where it stands in what was sent or is read."""
    try:
        return work()
    except InvalidInput as error:
        raise type(error)([problem.under("/definition") for problem in error.problems]) from error


def _word(asked: Mapping[str, str], name: str, known: Sequence[str]) -> str:
    word = asked.get(name, "")
    if word and word not in known:
        raise InvalidInput([Problem(f"/{name}", _("Expected one of: %(words)s.") % {"words": ", ".join(known)})])
    return word
