"""Automations for programs: definitions and their versions, switching on and off, people and what was done for each."""

from __future__ import annotations

from typing import Any, TypeVar

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field, inline_serializer
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from crmseg.access.actors import actor_of
from crmseg.access.idempotency import IdempotentWrites
from crmseg.common.json import escape
from crmseg.common.problems import InvalidInput, Problem
from crmseg.common.rest.concurrency import etag_of, if_match
from crmseg.common.rest.parsers import read_object

from ..journeys import described, load, selectors, services
from ..models import Automation, AutomationVersion
from .automation_runs import RunActions, under, word
from .found import automation_of

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


ProblemsOutput = inline_serializer("AutomationProblems", {"problems": PROBLEMS})
DefinitionInput = inline_serializer("AutomationDefinition", {"definition": DefinitionField()})
VersionInput = inline_serializer("AutomationVersionChoice", {"version": serializers.IntegerField()})
ResumeInput = inline_serializer("AutomationResume", {"catch_up": serializers.BooleanField(required=False)})


@extend_schema(tags=["automations"])
class AutomationViewSet(IdempotentWrites, RunActions):
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
        found = selectors.automations_table(q=asked.get("q", ""), state=word(asked, "state", Automation.State.values))
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
        return _answer(automation_of(pk))

    @extend_schema(request=AutomationChange, responses=AutomationOutput)
    def partial_update(self, request: Request, pk: str) -> Response:
        """A definition becomes a new version, which nobody follows before it is switched on."""
        found, given = automation_of(pk), _known(read_object(request), {"name", "description", "definition", "note"})
        note = _note(given.get("note"))
        with transaction.atomic(), if_match(request, Automation.objects.all(), found.pk):  # all of it, or nothing
            words: dict[str, object] = {key: given[key] for key in ("name", "description") if key in given}
            if words:
                services.update_automation(found.pk, words, actor=actor_of(request))
            if "definition" in given:
                under(
                    lambda: services.save_definition(found.pk, given["definition"], note=note, actor=actor_of(request))
                )
        return _answer(found)

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, pk: str) -> Response:
        """One that nobody ever entered; archive others."""
        found = automation_of(pk)
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
        return _answer(under(lambda: services.activate_automation(automation_of(pk).pk, actor=actor_of(request))))

    @extend_schema(request=None, responses=AutomationOutput)
    @action(detail=True, methods=["post"])
    def pause(self, request: Request, pk: str) -> Response:
        """Nobody enters, nobody moves on."""
        return _answer(services.pause_automation(automation_of(pk).pk, actor=actor_of(request)))

    @extend_schema(request=ResumeInput, responses=AutomationOutput)
    @action(detail=True, methods=["post"])
    def resume(self, request: Request, pk: str) -> Response:
        """With `catch_up` (as when left out) those enter who would have meanwhile."""
        catch_up = read_object(request).get("catch_up", True) if request.data else True
        if not isinstance(catch_up, bool):
            raise InvalidInput([Problem("/catch_up", _("Expected true or false."))])
        return _answer(services.resume_automation(automation_of(pk).pk, catch_up=catch_up, actor=actor_of(request)))

    @extend_schema(request=None, responses=AutomationOutput)
    @action(detail=True, methods=["post"])
    def archive(self, request: Request, pk: str) -> Response:
        """For good: whoever is on her way leaves."""
        return _answer(services.archive_automation(automation_of(pk).pk, actor=actor_of(request)))

    @extend_schema(request=None, responses=AutomationOutput)
    @action(detail=True, methods=["post"])
    def restore(self, request: Request, pk: str) -> Response:
        """An archived one, as a draft."""
        return _answer(services.restore_automation(automation_of(pk).pk, actor=actor_of(request)))

    @extend_schema(responses=AutomationVersionOutput(many=True))
    @action(detail=True)
    def versions(self, request: Request, pk: str) -> Response:
        """Newest first."""
        self.ordering = ("-number", "-id")
        page: Any = self.paginate_queryset(selectors.versions_of(automation_of(pk).pk))  # type: ignore[arg-type]
        return self.get_paginated_response(AutomationVersionOutput(page, many=True).data)

    @extend_schema(request=VersionInput, responses=AutomationOutput)
    @action(detail=True, methods=["post"])
    def rollback(self, request: Request, pk: str) -> Response:
        """The definition of an earlier version as the newest one."""
        found, number = automation_of(pk), read_object(request).get("version")
        if isinstance(number, bool) or not isinstance(number, int) or not 0 < number <= found.version:
            raise InvalidInput([Problem("/version", _("There is no such version."))])
        services.restore_version(found.pk, number, actor=actor_of(request))
        return _answer(found)


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
