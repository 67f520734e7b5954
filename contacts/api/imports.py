"""`imports/`: a file is posted with its mapping, runs in the background, and says what it refused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.http import QueryDict
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.decorators import action
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from crmseg.access.actors import actor_of
from crmseg.access.models import User
from crmseg.common import json
from crmseg.common.problems import InvalidInput, Problem

from .. import importing, values
from ..fields import Field, FieldType
from ..models import ContactImport, ImportProblem, UndoProblem
from . import schemas
from .base import RoomViewSet, get_or_404, id_or_404, missing_is_404

if TYPE_CHECKING:
    File = UploadedFile[Any]
State = ContactImport.State
_YES_NO = Field("", "", "", FieldType.BOOLEAN)
_NUMBER = Field("", "", "", FieldType.NUMBER)
KEYS = ("file", "mapping", "dry_run", "match_company", "static_list_id", "encoding", "delimiter", "has_header")


@extend_schema(tags=["imports"])
class ImportViewSet(RoomViewSet):
    parser_classes = (MultiPartParser,)
    ordering: tuple[str, ...] = ("-id",)

    @extend_schema(responses={200: schemas.page(schemas.IMPORT_OUT)})
    def list(self, request: Request) -> Response:
        return self.page(request, ContactImport.objects.all(), lambda found: [_out(item) for item in found])

    @extend_schema(request={"multipart/form-data": schemas.IMPORT_IN}, responses={201: schemas.IMPORT_OUT})
    def create(self, request: Request) -> Response:
        """Runs at once in the background: for real, or with `dry_run` only to find out what it would do."""
        file, options, dry = _read(request)
        actor = actor_of(request)
        user = request.user if isinstance(request.user, User) else None
        with transaction.atomic():
            item = importing.receive(file, name=file.name or "", user=user)
            importing.configure(item.pk, actor=actor, **options)
            item = (importing.dry_run if dry else importing.start)(item.pk, actor=actor)
        return Response(_out(item), status=status.HTTP_201_CREATED)

    @extend_schema(responses={200: schemas.IMPORT_OUT})
    def retrieve(self, request: Request, pk: str) -> Response:
        return Response(_out(get_or_404(ContactImport.objects.all(), pk=id_or_404(pk))))

    @extend_schema(responses={200: schemas.page(schemas.IMPORT_PROBLEM)})
    @action(detail=True)
    def problems(self, request: Request, pk: str) -> Response:
        """Row by row: the column, the value and the reason."""
        item = get_or_404(ContactImport.objects.all(), pk=id_or_404(pk))
        self.ordering = ("row", "id")
        return self.page(request, item.problems.all(), lambda found: [_problem_out(problem) for problem in found])

    @extend_schema(request=None, responses={200: schemas.IMPORT_OUT})
    @action(detail=True, methods=["post"])
    def start(self, request: Request, pk: str) -> Response:
        """Run for real what was only tried."""
        with missing_is_404():
            return Response(_out(importing.start(id_or_404(pk), actor=actor_of(request))))

    @extend_schema(request=None, responses={200: schemas.IMPORT_OUT})
    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, pk: str) -> Response:
        """At once while it waits, after the present chunk while it runs. What went in stays."""
        with missing_is_404():
            return Response(_out(importing.cancel(id_or_404(pk), actor=actor_of(request))))

    @extend_schema(request=None, responses={200: schemas.page(schemas.UNDO_PROBLEM)})
    @action(detail=True)
    def undo(self, request: Request, pk: str) -> Response:
        """What an undo could not take back, and why."""
        item = get_or_404(ContactImport.objects.all(), pk=id_or_404(pk))
        self.ordering = ("id",)
        return self.page(request, item.undo_problems.all(), lambda found: [_undo_problem_out(one) for one in found])

    @extend_schema(request=None, responses={200: schemas.IMPORT_OUT})
    @undo.mapping.post
    def undo_all(self, request: Request, pk: str) -> Response:
        """Take the whole import back, in the background: contacts it made and nobody used are deleted, values and
        consents return where nobody changed them since, places on its list are given up. Within 90 days; repeating it
        changes nothing."""
        with missing_is_404():
            return Response(_out(importing.undo(id_or_404(pk), actor=actor_of(request))))


def _read(request: Request) -> tuple[File, dict[str, Any], bool]:
    data: dict[str, Any] = dict(request.data.items()) if isinstance(request.data, QueryDict) else {}
    problems: list[Problem] = []
    options: dict[str, Any] = {}
    for key in data.keys() - set(KEYS):
        message = _("There is no field “%(key)s”.") % {"key": key} + values.suggest(key, KEYS)
        problems.append(Problem(f"/{json.escape(key)}", message))
    file = data.get("file")
    if not isinstance(file, UploadedFile):
        problems.append(Problem("/file", _("Send the CSV file under the name “file”.")))
    flags: dict[str, bool] = {}
    for key in ("dry_run", "match_company", "has_header"):
        try:
            value = values.read(_YES_NO, data.get(key))
        except ValueError as error:
            problems.append(Problem(f"/{key}", str(error)))
        else:
            if value is not None:
                flags[key] = value
    if data.get("static_list_id"):
        try:
            options["static_list_id"] = int(values.read(_NUMBER, data["static_list_id"]))
        except ValueError as error:
            problems.append(Problem("/static_list_id", str(error)))
    for key in ("encoding", "delimiter"):
        if isinstance(data.get(key), str) and data[key]:
            options[key] = {"tab": "\t"}.get(data[key], data[key])
    if data.get("mapping"):
        try:
            options["mapping"] = _mapping(data["mapping"])
        except InvalidInput as error:
            problems += [problem.under("/mapping") for problem in error.problems]
    if problems or not isinstance(file, UploadedFile):
        raise InvalidInput(problems)
    dry = flags.pop("dry_run", False)
    return file, {**options, **flags}, dry


def _mapping(text: object) -> dict[str, str]:
    mapping = json.loads(text.encode("utf-8", "surrogatepass")) if isinstance(text, str) else None
    if not isinstance(mapping, dict) or not all(isinstance(key, (str, type(None))) for key in mapping.values()):
        raise InvalidInput(_('Expected JSON such as {"E-mail address": "email"}.'))
    return {column: key for column, key in mapping.items() if key}


def _out(item: ContactImport) -> dict[str, Any]:
    return {
        "id": item.pk,
        "name": item.name,
        "state": item.state,
        "dry_run": item.dry_run,
        "progress": round(item.rows_done / item.rows, 4) if item.rows else float(item.state == "done"),
        **{
            name: values.dump(getattr(item, name))
            for name in (
                *("rows", "rows_done", "created", "updated", "unchanged", "refused"),
                *("mapping", "encoding", "delimiter", "has_header", "match_company", "static_list_id"),
                *("created_at", "started_at", "finished_at"),
            )
        },
        "error": item.error or None,
        "undo": _undo_out(item) if item.state in (State.UNDOING, State.UNDONE) else None,
    }


def _undo_out(item: ContactImport) -> dict[str, Any]:
    names = ("total", "done", "deleted", "restored", "kept")
    return {name: getattr(item, f"undo_{name}") for name in names}


def _undo_problem_out(problem: UndoProblem) -> dict[str, Any]:
    return {
        "contact": problem.contact_id,
        "field": problem.key or None,
        "reason": problem.reason,
        "message": importing.reason_of(problem),
        "before": problem.former,
        "imported": problem.imported,
        "now": problem.present,
    }


def _problem_out(problem: ImportProblem) -> dict[str, Any]:
    return {
        "row": problem.row,
        "column": problem.column,
        "value": problem.value,
        "reason": problem.reason,
        "cells": problem.raw,
    }
