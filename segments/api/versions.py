"""The definitions that a list has had: read, compared, and brought back."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from django.http import Http404
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from crmseg.access.actors import actor_of
from crmseg.common.problems import InvalidInput, Problem
from crmseg.common.rest.concurrency import if_match
from crmseg.common.rest.parsers import read_object

from .. import catalogue, selectors, services, versions
from .. import serializers as shapes
from ..definition.schema import Catalogue
from ..models import Segment, SegmentVersion
from .base import SegmentBase

_NUMBER = "[0-9]{1,9}"


class VersionOutput(serializers.Serializer[Any]):
    version = serializers.IntegerField()
    definition = serializers.JSONField()
    sentence = serializers.CharField(allow_null=True, help_text="Null where what it reads is gone.")
    saved_at = serializers.DateTimeField()
    saved_by = serializers.CharField()
    reason = serializers.CharField()
    quiet = serializers.BooleanField()
    live = serializers.BooleanField(help_text="Memberships follow this version now.")


class NodeOutput(serializers.Serializer[Any]):
    pointer = serializers.CharField(help_text="JSON Pointer into the definition of that version.")
    sentence = serializers.CharField(allow_null=True)
    node = serializers.JSONField()


class EditOutput(serializers.Serializer[Any]):
    change = serializers.ChoiceField(choices=["added", "removed", "changed"])
    before = NodeOutput(allow_null=True)
    after = NodeOutput(allow_null=True)


class DifferenceOutput(serializers.Serializer[Any]):
    before = VersionOutput()
    after = VersionOutput()
    changes = EditOutput(many=True)


class RollbackInput(serializers.Serializer[Any]):
    version = serializers.IntegerField()
    reason = serializers.CharField(required=False)
    quiet = serializers.BooleanField(required=False)


class VersionActions(SegmentBase):
    @extend_schema(responses=VersionOutput(many=True))
    @action(detail=True, methods=["get"], ordering=("-number", "-id"))
    def versions(self, request: Request, pk: str) -> Response:
        """Past definitions, the latest first."""
        page: Any = self.paginate_queryset(selectors.versions(self.segment(pk).pk))  # type: ignore[arg-type]
        known = catalogue.current()
        return self.get_paginated_response([_shown(one, known) for one in page])

    @extend_schema(operation_id="segments_version", responses=VersionOutput)
    @action(detail=True, methods=["get"], url_path=f"versions/(?P<number>{_NUMBER})")
    def version(self, request: Request, pk: str, number: str) -> Response:
        """One of the definitions that the list has had."""
        return Response(_shown(self._version(pk, number), catalogue.current()))

    @extend_schema(responses=DifferenceOutput)
    @action(detail=True, methods=["get"], url_path=f"versions/(?P<before>{_NUMBER})/difference/(?P<after>{_NUMBER})")
    def difference(self, request: Request, pk: str, before: str, after: str) -> Response:
        """The conditions that were added, removed or changed from one version to another."""
        one, other = self._version(pk, before), self._version(pk, after)
        known = catalogue.current()
        changes = [
            {"change": change.kind, "before": _node(change.before), "after": _node(change.after)}
            for change in versions.difference(one, other)
        ]
        return Response({"before": _shown(one, known), "after": _shown(other, known), "changes": changes})

    @extend_schema(request=RollbackInput, responses=shapes.SegmentOutput)
    @action(detail=True, methods=["post"])
    def rollback(self, request: Request, pk: str) -> Response:
        """Save the definition of an earlier version as a new one."""
        given = _read_rollback(read_object(request))
        with services.editing(), if_match(request, Segment.objects.all(), int(pk)):
            segment = self.segment(pk)
            services.rollback(segment.pk, given.pop("version"), actor=actor_of(request), **given)
        return self.answer(segment)

    def _version(self, pk: str, number: str) -> SegmentVersion:
        found = selectors.versions(self.segment(pk).pk).filter(number=int(number)).first()
        if found is None:
            raise Http404
        return found


def _shown(one: SegmentVersion, known: Catalogue) -> dict[str, Any]:
    return {
        "version": one.number,
        "definition": one.definition,
        "sentence": versions.sentence(one.definition, known),
        "saved_at": one.saved_at,
        "saved_by": one.saved_by,
        "reason": one.reason,
        "quiet": one.quiet,
        "live": one.segment.kind == Segment.Kind.ACTIVE and one.number == one.segment.live_version,
    }


def _node(side: versions.Side | None) -> dict[str, Any] | None:
    return asdict(side) if side else None


def _read_rollback(given: dict[str, Any]) -> dict[str, Any]:
    problems = []
    for key, expected, message in (
        ("version", int, _("Expected the number of a version.")),
        ("reason", str, _("Expected a text.")),
        ("quiet", bool, _("Expected true or false.")),
    ):
        value = given.get(key)
        wrong = not isinstance(value, expected) or (isinstance(value, bool) and expected is not bool)
        if wrong and (value is not None or key == "version"):
            problems.append(Problem(f"/{key}", message))
    if problems:
        raise InvalidInput(problems)
    return {key: given[key] for key in ("version", "reason", "quiet") if given.get(key) is not None}
