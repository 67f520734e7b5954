"""Folders of lists, and the archive."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, Q, QuerySet
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from crmseg.access.actors import actor_of
from crmseg.common.problems import InvalidInput, Problem
from crmseg.common.rest.concurrency import if_match
from crmseg.common.rest.parsers import read_object

from .. import serializers as shapes
from .. import services, shelves
from ..models import Folder, Segment
from .base import SegmentBase
from .requests import read_id

NONE = "none"


class FilingActions(SegmentBase):
    @extend_schema(request=None, responses=shapes.SegmentOutput)
    @action(detail=True, methods=["post"])
    def archive(self, request: Request, pk: str) -> Response:
        """Put the list away for 90 days: it stands still, and can be restored. Refused while anything uses it."""
        with services.editing(), if_match(request, Segment.objects.all(), int(pk)):
            services.archive(self.segment(pk).pk, actor=actor_of(request))
        return self.answer(self.segment(pk))

    @extend_schema(request=None, responses=shapes.SegmentOutput)
    @action(detail=True, methods=["post"])
    def restore(self, request: Request, pk: str) -> Response:
        """Take an archived list back. An active one is built anew, in the background."""
        with services.editing(), if_match(request, Segment.objects.all(), int(pk)):
            services.restore(self.segment(pk).pk, actor=actor_of(request))
        return self.answer(self.segment(pk))

    @extend_schema(methods=["GET"], responses=shapes.FolderOutput(many=True))
    @extend_schema(methods=["POST"], request=shapes.FolderInput, responses={201: shapes.FolderOutput})
    @action(detail=False, methods=["get", "post"], pagination_class=None)
    def folders(self, request: Request) -> Response:
        """Every folder, with how many lists stand in it; or make one."""
        if request.method == "GET":
            return Response([shapes.folder(one) for one in _counted()])
        given = _read_folder(request, {"name", "parent"})
        made = services.create_folder(name=given.get("name", ""), parent=given.get("parent"), actor=actor_of(request))
        return Response(shapes.folder(_counted().get(pk=made.pk)), status=status.HTTP_201_CREATED)

    @extend_schema(methods=["PATCH"], request=shapes.FolderInput, responses=shapes.FolderOutput)
    @extend_schema(methods=["DELETE"], responses={204: None})
    @action(detail=False, methods=["patch", "delete"], url_path=r"folders/(?P<folder_id>[0-9]{1,18})")
    def folder(self, request: Request, folder_id: str) -> Response:
        """Rename a folder, or delete it; its lists then stand in none."""
        found = get_object_or_404(Folder, pk=int(folder_id))
        if request.method == "DELETE":
            services.delete_folder(found.pk, actor=actor_of(request))
            return Response(status=status.HTTP_204_NO_CONTENT)
        given = _read_folder(request, {"name"})
        services.rename_folder(found.pk, given.get("name", ""), actor=actor_of(request))
        return Response(shapes.folder(_counted().get(pk=found.pk)))


def filed(request: Request, rows: QuerySet[Segment]) -> QuerySet[Segment]:
    """Only the lists of `?folder=` and those inside it, with every `?tag=`; with `?archived=true` archived ones."""
    asked = request.query_params
    archived = asked.get("archived", "false")
    if archived not in ("true", "false"):
        raise InvalidInput([Problem("/archived", _("Expected true or false."))])
    rows = rows.exclude(archived_at=None) if archived == "true" else rows.filter(archived_at=None)
    if folder := asked.get("folder"):
        if folder == NONE:
            rows = rows.filter(folder=None)
        else:
            pk = read_id(folder, "/folder", _("Expected the id of a folder, or “none”."))
            rows = rows.filter(folder__in=shelves.with_inside(pk))
    tags = [tag for tag in asked.getlist("tag") if tag]
    return rows.filter(tags__contains=shelves.spelled(tags)) if tags else rows


def _counted() -> QuerySet[Folder]:
    lists = Count("segments", filter=Q(segments__archived_at=None))
    return Folder.objects.annotate(lists=lists).order_by("pk")


def _read_folder(request: Request, known: set[str]) -> dict[str, Any]:
    given = read_object(request)
    problems = [
        Problem(f"/{key}", _("A folder has no “%(key)s”.") % {"key": key[:100]}) for key in given.keys() - known
    ]
    parent = given.get("parent")
    if parent is not None and (not isinstance(parent, int) or isinstance(parent, bool)):
        problems.append(Problem("/parent", _("Expected the id of a folder.")))
    if problems:
        raise InvalidInput(problems)
    return given
