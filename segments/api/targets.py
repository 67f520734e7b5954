"""What a list is to reach, and how far it is."""

from __future__ import annotations

from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from crmseg.access.actors import actor_of
from crmseg.common import clock
from crmseg.common.problems import InvalidInput, Problem
from crmseg.common.rest.parsers import read_object

from .. import catalogue
from .. import serializers as shapes
from ..insights import targets
from ..models import Segment, Target
from ..services.holding import refuse_archived
from ..services.targets import clear_target, set_target
from .base import SegmentBase


class TargetInput(serializers.Serializer[Any]):
    metric = serializers.ChoiceField(choices=Target.Metric.choices)
    value = serializers.DecimalField(max_digits=20, decimal_places=4)
    property = serializers.CharField(required=False, help_text="Whose average is meant, for “average”.")
    event = serializers.CharField(required=False, help_text="What the members are to do, for “did”.")
    days = serializers.IntegerField(required=False, help_text="Within how long, for “did”; 30 without a word.")
    by = serializers.DateField(required=False, allow_null=True)


class TargetOutput(TargetInput):
    base = serializers.DecimalField(max_digits=20, decimal_places=4, allow_null=True)
    since = serializers.DateTimeField()
    now = serializers.DecimalField(max_digits=20, decimal_places=4, allow_null=True)
    reached = serializers.BooleanField()


class TargetActions(SegmentBase):
    @extend_schema(responses={200: TargetOutput, 204: None})
    @action(detail=True, methods=["get"])
    def target(self, request: Request, pk: str) -> Response:
        """What the list is to reach and what it is now; 204 where nothing is set."""
        return self._told(self.segment(pk))

    @extend_schema(request=TargetInput, responses=TargetOutput)
    @target.mapping.put
    def put_target(self, request: Request, pk: str) -> Response:
        """Set or change the target. The way begins anew where something else is measured."""
        segment = self._standing(pk)
        set_target(segment.pk, actor=actor_of(request), **_read(read_object(request)))
        return self._told(segment)

    @extend_schema(request=None, responses={204: None})
    @target.mapping.delete
    def delete_target(self, request: Request, pk: str) -> Response:
        clear_target(self._standing(pk).pk, actor=actor_of(request))
        return Response(status=status.HTTP_204_NO_CONTENT)

    def _standing(self, pk: str) -> Segment:
        segment = self.segment(pk)
        refuse_archived(segment)
        return segment

    def _told(self, segment: Segment) -> Response:
        target = Target.objects.filter(segment=segment).first()
        if target is None:
            return Response(status=status.HTTP_204_NO_CONTENT)
        way = targets.progress(target, segment, catalogue.current(), clock.now())
        names = ("metric", "value", "property", "event", "days", "by", "base", "since")
        shown = {name: getattr(target, name) for name in names}
        return Response(shown | {"now": way.figure.value if way.figure else None, "reached": way.reached})


def _read(given: dict[str, Any]) -> dict[str, Any]:
    """What was sent, of the types that the service takes; what is unknown or of another type is a problem at it."""
    expected = {"metric": str, "value": (int, float, str), "property": str, "event": str, "days": int, "by": str}
    problems = [shapes.unknown(name) for name in given if name not in expected]
    read = {name: value for name, value in given.items() if name in expected and value is not None}
    for name, value in read.items():
        if not isinstance(value, expected[name]) or isinstance(value, bool):  # type: ignore[arg-type]
            problems.append(
                Problem(f"/{name}", _("Expected a text.") if expected[name] is str else _("Expected a number."))
            )
    missing = {"metric": _("Choose what is measured."), "value": _("Expected a number.")}
    problems += [Problem(f"/{name}", said) for name, said in missing.items() if name not in read]
    if not problems:
        try:
            read["value"] = Decimal(str(read["value"]))
        except InvalidOperation:
            problems.append(Problem("/value", _("Expected a number.")))
        try:
            read |= {"by": date.fromisoformat(read["by"])} if "by" in read else {}
        except ValueError:
            problems.append(Problem("/by", _("Expected a date such as 2026-01-31.")))
    if problems:
        raise InvalidInput(problems)
    return read
