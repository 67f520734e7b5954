"""Lists over HTTP: their definitions, their members, their past, and the feed of every entry and exit."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, cast

from django.db import transaction
from django.db.models import QuerySet
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils.dateparse import parse_datetime
from django.utils.timezone import is_naive
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView
from rest_framework.viewsets import GenericViewSet

from contacts.models import Contact
from crmseg.access.actors import actor_of
from crmseg.access.idempotency import IdempotentWrites
from crmseg.access.models import User
from crmseg.common import clock
from crmseg.common.problems import Conflict, InvalidInput, Problem
from crmseg.common.rest.concurrency import etag_of, if_match
from crmseg.common.rest.pagination import KeysetPagination, next_url, read_limit
from crmseg.common.rest.parsers import read_list, read_object

from . import catalogue, selectors, services
from . import serializers as shapes
from .definition import check
from .definition.load import load
from .engine import feed
from .engine.preview import preview
from .models import LedgerEntry, Membership, Segment, SegmentVersion

MOST_MEMBERS = 100_000
LONGEST_HISTORY = 3_650
_LARGEST_ID = 2**63 - 1
_AFTER = OpenApiParameter("after", str, description="The `cursor` of the last row that was read.")
_AT = OpenApiParameter("at", datetime, description="Who was in at this instant.")


class MembersPagination(KeysetPagination):
    """By contact, so that nobody is skipped or repeated while people come and go."""


class SegmentViewSet(IdempotentWrites, GenericViewSet[Segment]):
    queryset = Segment.objects.select_related("owner")
    serializer_class = shapes.SegmentOutput
    lookup_value_regex = r"[0-9]{1,18}"
    safe_posts = frozenset({"preview", "validate"})
    ordering = ("id",)

    def get_serializer_context(self) -> dict[str, Any]:
        return {**super().get_serializer_context(), "fresh_as_of": selectors.fresh_as_of()}

    @extend_schema(
        parameters=[
            OpenApiParameter("kind", str, enum=Segment.Kind.values),
            OpenApiParameter("state", str, enum=Segment.State.values),
            OpenApiParameter("q", str, description="A part of the name."),
        ]
    )
    def list(self, request: Request) -> Response:
        rows = self.get_queryset()
        for name, known in (("kind", Segment.Kind.values), ("state", Segment.State.values)):
            if value := request.query_params.get(name):
                if value not in known:
                    raise InvalidInput([Problem(f"/{name}", _("Expected one of: %s.") % ", ".join(known))])
                rows = rows.filter(**{name: value})
        if q := request.query_params.get("q"):
            rows = rows.filter(name__icontains=q)
        return self._page(rows)

    @extend_schema(request=shapes.SegmentInput, responses={201: shapes.SegmentOutput})
    def create(self, request: Request) -> Response:
        """Create a list. Without `kind`, it is active when a definition is given, and static when none is."""
        given = shapes.read_segment(read_object(request))
        kind = given.pop("kind", None) or ("static" if given.get("definition") is None else "active")
        made = services.create_segment(
            name=given.pop("name", None), kind=kind, actor=actor_of(request), **_owned(given)
        )
        return self._answer(made, status.HTTP_201_CREATED)

    def retrieve(self, request: Request, pk: str) -> Response:
        return self._answer(self._segment(pk))

    @extend_schema(request=shapes.SegmentInput)
    def partial_update(self, request: Request, pk: str) -> Response:
        """Change a list. A new definition is a new version, built in the background while the old one serves."""
        given, actor = shapes.read_segment(read_object(request)), actor_of(request)
        if "definition" in given and given["definition"] is None:
            del given["definition"]
        with transaction.atomic(), if_match(request, Segment.objects.all(), int(pk)):
            segment = self._segment(pk)
            kind = given.pop("kind", segment.kind)
            if kind not in Segment.Kind.values:
                raise InvalidInput([Problem("/kind", _("Expected “static” or “active”."))])
            if kind == Segment.Kind.ACTIVE and segment.kind == Segment.Kind.STATIC:
                services.to_active(segment.pk, actor=actor)
            services.update_segment(segment.pk, actor=actor, **_owned(given))
            if kind == Segment.Kind.STATIC and segment.kind == Segment.Kind.ACTIVE:
                services.to_static(segment.pk, actor=actor)
        return self._answer(self._segment(pk))

    @extend_schema(request=shapes.SegmentInput)
    def update(self, request: Request, pk: str) -> Response:
        if "name" not in read_object(request):
            raise InvalidInput([Problem("/name", _("Give the list a name."))])
        return self.partial_update(request, pk)

    def destroy(self, request: Request, pk: str) -> Response:
        with if_match(request, Segment.objects.all(), int(pk)):
            services.delete_segment(self._segment(pk).pk, actor=actor_of(request))
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(request=shapes.DefinitionInput, responses=shapes.ValidateOutput)
    @action(detail=False, methods=["post"])
    def validate(self, request: Request) -> Response:
        """Everything that is wrong with a definition, and what is allowed but probably not meant."""
        known = catalogue.current()
        try:
            definition = _definition(request)
        except InvalidInput as error:
            return _invalid(error.problems)
        try:
            tree = load(definition, known)
        except InvalidInput as error:
            return _invalid([problem.under("/definition") for problem in error.problems])
        warnings = [problem.under("/definition") for problem in check.warnings(tree, known)]
        return Response({"valid": True, "problems": [], "warnings": shapes.problems(warnings)})

    @extend_schema(request=shapes.DefinitionInput, responses=shapes.PreviewOutput)
    @action(detail=False, methods=["post"])
    def preview(self, request: Request) -> Response:
        """How many would be in now, exactly, and some of them."""
        definition = _definition(request)
        try:
            found = preview(definition, clock.now())
        except InvalidInput as error:
            raise InvalidInput([problem.under("/definition") for problem in error.problems]) from error
        contacts = Contact.objects.in_bulk(found.sample)
        warnings = [problem.under("/definition") for problem in found.warnings]
        return Response(
            {
                "count": found.count,
                "exact": True,
                "sample": [shapes.brief(contacts[pk]) for pk in found.sample if pk in contacts],
                "took_ms": found.took_ms,
                "warnings": shapes.problems(warnings),
            }
        )

    @extend_schema(responses=shapes.SegmentOutput, request=None)
    @action(detail=True, methods=["post"])
    def refresh(self, request: Request, pk: str) -> Response:
        """Look at everybody again, in the background."""
        services.refresh_now(self._segment(pk).pk, actor=actor_of(request))
        return self._answer(self._segment(pk), status.HTTP_202_ACCEPTED)

    @extend_schema(parameters=[_AT], responses=shapes.MemberOutput(many=True))
    @action(detail=True, methods=["get"], ordering=("id",), pagination_class=MembersPagination)
    def members(self, request: Request, pk: str) -> Response:
        """Who is in, or who was in at an instant of the past; each with the instant of entering."""
        segment, at = self._segment(pk), request.query_params.get("at")
        rows = selectors.members_at(segment.pk, _instant(at)) if at else selectors.members(segment.pk)
        page: Any = self.paginate_queryset(cast(Any, rows))
        return self.get_paginated_response([shapes.member(contact) for contact in page])

    @extend_schema(request=shapes.ContactIdsInput, responses=shapes.AddedOutput)
    @members.mapping.post
    def add_members(self, request: Request, pk: str) -> Response:
        """Put contacts into a static list. Those who are in already stay as they are."""
        segment = self._static(pk)
        ids = _contact_ids(request)
        unknown = _unknown(ids)
        added = services.add_members(segment.pk, ids, actor=actor_of(request))
        return Response({"added": added, "problems": shapes.problems(unknown)})

    @extend_schema(request=shapes.ContactIdsInput, responses=shapes.RemovedOutput)
    @members.mapping.delete
    def remove_members(self, request: Request, pk: str) -> Response:
        """Take contacts out of a static list. Those who are not in are no problem."""
        segment = self._static(pk)
        removed = services.remove_members(segment.pk, _contact_ids(request), actor=actor_of(request))
        return Response({"removed": removed, "problems": []})

    @extend_schema(parameters=[_AFTER], responses=shapes.ChangeOutput(many=True))
    @action(detail=False, methods=["get"])
    def changes(self, request: Request) -> Response:
        """Every entry and exit, in an order in which none is skipped or repeated."""
        return _feed(request)

    @extend_schema(operation_id="segments_feed", parameters=[_AFTER], responses=shapes.ChangeOutput(many=True))
    @action(detail=True, methods=["get"], url_path="changes")
    def own_changes(self, request: Request, pk: str) -> Response:
        """The entries and exits of one list."""
        return _feed(request, self._segment(pk).pk)

    @extend_schema(
        parameters=[OpenApiParameter("days", int, description="How many days back, 30 when left out.")],
        responses=shapes.DayOutput(many=True),
    )
    @action(detail=True, methods=["get"])
    def history(self, request: Request, pk: str) -> Response:
        """Size, entered and left by day of the account's calendar, the oldest day first."""
        days = selectors.size_by_day(self._segment(pk).pk, _days(request))
        return Response({"results": [shapes.day(one) for one in days], "next": None})

    @extend_schema(responses=shapes.VersionOutput(many=True))
    @action(detail=True, methods=["get"], ordering=("-number", "-id"), serializer_class=shapes.VersionOutput)
    def versions(self, request: Request, pk: str) -> Response:
        """Past definitions, the latest first."""
        return self._page(SegmentVersion.objects.filter(segment=self._segment(pk)))

    def _segment(self, pk: str) -> Segment:
        return get_object_or_404(self.get_queryset(), pk=int(pk))

    def _static(self, pk: str) -> Segment:
        segment = self._segment(pk)
        if segment.kind != Segment.Kind.STATIC:
            raise Conflict(_("Members of an active list follow its definition. Edit the definition instead."))
        return segment

    def _answer(self, segment: Segment, code: int = status.HTTP_200_OK) -> Response:
        segment.refresh_from_db()
        return Response(self.get_serializer(segment).data, status=code, headers={"ETag": etag_of(segment)})

    def _page(self, rows: QuerySet[Any]) -> Response:
        page = self.paginate_queryset(rows)
        assert page is not None
        return self.get_paginated_response(self.get_serializer(page, many=True).data)


class ContactSegments(APIView):
    ordering = ("-entered_at", "-id")

    @extend_schema(operation_id="contacts_segments_list", responses=shapes.MembershipOutput(many=True))
    def get(self, request: Request, contact_id: int) -> Response:
        """The lists a contact is in, the latest entered first."""
        if not Contact.objects.filter(pk=contact_id).exists():
            raise Http404
        pages = KeysetPagination()
        rows = Membership.objects.filter(contact_id=contact_id).select_related("segment")
        page = pages.paginate_queryset(rows, request, self)
        return pages.get_paginated_response([shapes.membership(one) for one in page])


def _feed(request: Request, segment_id: int | None = None) -> Response:
    for name in request.query_params.keys() - {"after", "limit"}:
        # A reader that guesses `cursor` would start from the beginning without noticing.
        raise InvalidInput([Problem(f"/{name}", _("Use “after” with the last row's cursor, and “limit”."))])
    limit = read_limit(request)
    rows = feed.read(after=_cursor(request), limit=limit + 1, segment_id=segment_id)
    shown = rows[:limit]
    following = next_url(request, after=shown[-1].cursor) if len(rows) > limit else None
    return Response({"results": [_change(entry) for entry in shown], "next": following})


def _change(entry: LedgerEntry) -> dict[str, Any]:
    return {
        "cursor": entry.cursor,
        "segment": entry.segment_id,
        "contact": entry.contact_id,
        "change": entry.change,
        "at": entry.at,
        "cause": entry.cause,
        "version": entry.version,
    }


def _cursor(request: Request) -> int:
    text = request.query_params.get("after", "") or "0"
    if not (text.isascii() and text.isdecimal() and len(text) <= 18):
        raise InvalidInput([Problem("/after", _("Expected the “cursor” of a row of this feed."))])
    return int(text)


def _definition(request: Request) -> object:
    given = read_object(request)
    if "definition" not in given:
        raise InvalidInput([Problem("", _("Expected “definition”."))])
    return given["definition"]


def _invalid(problems: list[Problem]) -> Response:
    return Response({"valid": False, "problems": shapes.problems(problems), "warnings": []})


def _owned(given: dict[str, Any]) -> dict[str, Any]:
    """The owner is named by e-mail; a snapshot's rhythm is in seconds."""
    problems = []
    if given.get("owner") is not None:
        owner = User.objects.filter(email__iexact=given["owner"]).first()
        if owner is None:
            problems.append(Problem("/owner", _("Nobody signs in with this e-mail.")))
        given["owner"] = owner
    if given.get("snapshot_every") is not None:
        given["snapshot_every"] = timedelta(seconds=given["snapshot_every"])
    if problems:
        raise InvalidInput(problems)
    return given


def _instant(text: str) -> datetime:
    try:
        at = parse_datetime(text.replace(" ", "+"))
    except ValueError:
        at = None
    if at is None or is_naive(at):
        raise InvalidInput([Problem("/at", _("Expected an instant such as 2026-01-31T00:00:00Z."))])
    return at


def _days(request: Request) -> int:
    text = request.query_params.get("days", "30")
    if not (text.isascii() and text.isdecimal() and len(text) < 6 and 1 <= int(text) <= LONGEST_HISTORY):
        raise InvalidInput([Problem("/days", _("Expected a whole number from 1 to 3,650."))])
    return int(text)


def _contact_ids(request: Request) -> list[int]:
    items = read_list(request, "contact_ids", at_most=MOST_MEMBERS)
    wrong = [
        Problem(f"/contact_ids/{index}", _("Expected the id of a contact."))
        for index, item in enumerate(items)
        if not isinstance(item, int) or isinstance(item, bool) or not 0 < item <= _LARGEST_ID
    ]
    if wrong:
        raise InvalidInput(wrong)
    return items


def _unknown(ids: list[int]) -> list[Problem]:
    known = set(Contact.objects.filter(pk__in=ids).values_list("pk", flat=True))
    return [
        Problem(f"/contact_ids/{index}", _("There is no such contact."))
        for index, pk in enumerate(ids)
        if pk not in known
    ]
