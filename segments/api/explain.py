"""Why a contact is in a list or not, over HTTP: for a list that is saved, and for a definition that is not."""

from __future__ import annotations

from typing import Any

from django.http import Http404
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from crmseg.common.ids import LARGEST_ID
from crmseg.common.problems import InvalidInput, Problem
from crmseg.common.rest.parsers import read_object

from ..engine.explain import UnknownContact, explain, explain_definition
from .base import SegmentBase

_KINDS = (
    *("all", "any", "at_least", "not", "property", "event", "occurrence", "sequence", "segment", "consent"),
    *("reachable", "colleagues", "bucket"),
)


class ExplainedNode(serializers.Serializer[Any]):
    """One node of the truth tree."""

    pointer = serializers.CharField(help_text="The JSON Pointer of the node in the definition.")
    kind = serializers.ChoiceField(choices=_KINDS)
    sentence = serializers.CharField()
    holds = serializers.BooleanField(allow_null=True, help_text="Null where the node is switched off.")
    evidence = serializers.DictField(
        help_text="What decided it: `values`, `changes`, `events` with `count` and `measured`, `steps`, `segment` with"
        " `entered_at` and `ledger`, `consent`, `colleagues`, `bucket`, as fits."
    )
    flips_at = serializers.DateTimeField(allow_null=True, help_text="When time alone turns it next.")
    label = serializers.CharField(required=False)  # type: ignore[assignment]
    off = serializers.BooleanField(required=False)
    children = serializers.ListField(child=serializers.DictField(), help_text="Nodes of this same shape.")


class ExplainedPin(serializers.Serializer[Any]):
    reason = serializers.CharField()
    author = serializers.CharField()
    expires_at = serializers.DateTimeField(allow_null=True)


class PendingOutput(serializers.Serializer[Any]):
    entering = serializers.BooleanField()
    due_at = serializers.DateTimeField()


class ExplainedDefinition(serializers.Serializer[Any]):
    contact = serializers.IntegerField()
    rule = serializers.BooleanField(allow_null=True, help_text="What the definition says.")
    at = serializers.DateTimeField()
    flips_at = serializers.DateTimeField(allow_null=True, help_text="When time alone turns the whole answer next.")
    looked_until = serializers.DateTimeField(
        allow_null=True,
        help_text="How far the future was looked at, where so much is in motion that it was not to the end.",
    )
    nearest = serializers.CharField(allow_null=True, help_text="The smallest change that would turn the answer.")
    tree = ExplainedNode(allow_null=True)


class ExplainedSegment(ExplainedDefinition):
    segment = serializers.IntegerField()
    version = serializers.IntegerField()
    member = serializers.BooleanField()
    entered_at = serializers.DateTimeField(allow_null=True)
    pinned = serializers.ChoiceField(choices=("in", "out"), allow_null=True)
    pin = ExplainedPin(allow_null=True)
    pending = PendingOutput(allow_null=True, help_text="An entry or exit that waits for its delay.")


class ExplainInput(serializers.Serializer[Any]):
    definition = serializers.JSONField()
    contact = serializers.IntegerField()


class ExplainActions(SegmentBase):
    @extend_schema(operation_id="segments_explain", responses=ExplainedSegment)
    @action(detail=True, methods=["get"], url_path=r"explain/(?P<contact_id>[0-9]{1,18})")
    def explain(self, request: Request, pk: str, contact_id: str) -> Response:
        """Why a contact is in a list, or is not: the truth of every node and what decided it, what would turn the
        answer, and when time alone will."""
        try:
            return Response(explain(self.segment(pk), int(contact_id)))
        except UnknownContact:
            raise Http404 from None

    @extend_schema(operation_id="segments_explain_definition", request=ExplainInput, responses=ExplainedDefinition)
    @action(detail=False, methods=["post"], url_path="explain")
    def explain_definition(self, request: Request) -> Response:
        """What a definition that need not be saved says of a contact, node by node."""
        given = read_object(request)
        problems = [Problem("", _("Expected “%(key)s”.") % {"key": key}) for key in _EXPECTED if key not in given]
        contact = given.get("contact")
        if "contact" in given and (isinstance(contact, bool) or not isinstance(contact, int)):
            problems.append(Problem("/contact", _("Expected the number of a contact.")))
        if problems:
            raise InvalidInput(problems)
        if not isinstance(contact, int) or not 0 < contact <= LARGEST_ID:
            raise Http404
        try:
            return Response(explain_definition(given["definition"], contact))
        except InvalidInput as error:
            raise InvalidInput([problem.under("/definition") for problem in error.problems]) from error
        except UnknownContact:
            raise Http404 from None


_EXPECTED = ("definition", "contact")
