"""`tasks/`: what is to be done about contacts, whose it is, and by when."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from crmseg.access.actors import actor_of
from crmseg.access.models import Role
from crmseg.common import clock
from crmseg.common.ids import is_id
from crmseg.common.json import escape
from crmseg.common.problems import InvalidInput, Problem
from crmseg.common.rest.concurrency import etag_of, if_match
from crmseg.common.rest.parsers import read_object

from .. import services, values
from ..models import Contact, Task
from ..values.read import instant
from . import schemas
from .base import RoomViewSet, get_or_404, id_or_404, missing_is_404

_WRITTEN: dict[str, schemas.Schema] = {
    "title": schemas.TEXT,
    "note": schemas.TEXT,
    "owner": schemas.nullable(schemas.ID),
    "due_at": schemas.nullable(schemas.INSTANT),
}
_IN: schemas.Schema = {
    "type": "object",
    "required": ["contact", "title"],
    "properties": {"contact": schemas.ID, **_WRITTEN, "source": schemas.TEXT},
}
_CHANGES: schemas.Schema = {"type": "object", "properties": _WRITTEN}
_OUT = schemas.record(
    id=schemas.ID,
    contact=schemas.ID,
    **_WRITTEN,
    source=schemas.TEXT,
    done_at=schemas.nullable(schemas.INSTANT),
    done_by=schemas.TEXT,
    created_by=schemas.TEXT,
    created_at=schemas.INSTANT,
    updated_at=schemas.INSTANT,
)
_ID = OpenApiParameter("id", int, OpenApiParameter.PATH)
MOST_SOURCE = 200
STATES = ["open", "done", "overdue", "all"]
_FILTERS = [
    OpenApiParameter(
        "state", OpenApiTypes.STR, enum=["open", "done", "overdue", "all"], description="`open` if left out."
    ),
    OpenApiParameter("owner", OpenApiTypes.INT),
    OpenApiParameter("contact", OpenApiTypes.INT),
]


@extend_schema_view(
    list=extend_schema(responses={200: schemas.page(_OUT)}, parameters=_FILTERS),
    create=extend_schema(request={"application/json": _IN}, responses={201: _OUT}),
    retrieve=extend_schema(responses={200: _OUT}, parameters=[_ID]),
    partial_update=extend_schema(request={"application/json": _CHANGES}, responses={200: _OUT}, parameters=[_ID]),
    destroy=extend_schema(responses={204: None}, parameters=[_ID]),
    complete=extend_schema(request=None, responses={200: _OUT}, parameters=[_ID]),
    reopen=extend_schema(request=None, responses={200: _OUT}, parameters=[_ID]),
)
@extend_schema(tags=["tasks"])
class TaskViewSet(RoomViewSet):
    """What somebody is to do about a contact, newest first."""

    ordering = ("-id",)
    writers: ClassVar = dict.fromkeys(("create", "partial_update", "destroy", "complete", "reopen"), Role.SERVICE)

    def list(self, request: Request) -> Response:
        return self.page(request, _asked(request.query_params), lambda found: [task_out(task) for task in found])

    def create(self, request: Request) -> Response:
        given = _known(read_object(request), {"contact", *_WRITTEN, "source"})
        source, contact = given.get("source", ""), given.get("contact")
        problems = []
        if not isinstance(source, str):
            problems.append(Problem("/source", _("Expected a text.")))
        elif len(source) > MOST_SOURCE:
            problems.append(Problem("/source", _("Use at most %(limit)s characters.") % {"limit": MOST_SOURCE}))
        if not is_id(contact):
            problems.append(Problem("/contact", _("Expected an id.")))
        elif not Contact.objects.filter(pk=contact).exists():
            problems.append(Problem("/contact", _("There is no such contact.")))
        read = _read({"title": None} | {name: given[name] for name in _WRITTEN if name in given}, problems)
        assert is_id(contact), "anything else was refused with the rest"
        try:
            task = services.create_task(contact, **read, source=source, actor=actor_of(request))
        except Contact.DoesNotExist:
            raise InvalidInput([Problem("/contact", _("There is no such contact."))]) from None
        return _answer(task, status.HTTP_201_CREATED)

    def retrieve(self, request: Request, pk: str) -> Response:
        return _answer(_task(pk))

    def partial_update(self, request: Request, pk: str) -> Response:
        changes = _read(_known(read_object(request), {*_WRITTEN}), [])
        return self._change(
            request, pk, lambda task_id: services.update_task(task_id, changes, actor=actor_of(request))
        )

    def destroy(self, request: Request, pk: str) -> Response:
        task = _task(pk)
        with missing_is_404(), if_match(request, Task.objects.all(), task.pk):
            services.delete_task(task.pk, actor=actor_of(request))
        return Response(status=status.HTTP_204_NO_CONTENT)

    @action(detail=True, methods=["post"])
    def complete(self, request: Request, pk: str) -> Response:
        """Repeating it changes nothing."""
        return self._change(request, pk, lambda task_id: services.complete_task(task_id, actor=actor_of(request)))

    @action(detail=True, methods=["post"])
    def reopen(self, request: Request, pk: str) -> Response:
        return self._change(request, pk, lambda task_id: services.reopen_task(task_id, actor=actor_of(request)))

    def _change(self, request: Request, pk: str, change: Callable[[int], Task]) -> Response:
        task = _task(pk)
        with missing_is_404(), if_match(request, Task.objects.all(), task.pk):
            task = change(task.pk)
        return _answer(task)


def task_out(task: Task) -> dict[str, Any]:
    return {
        "id": task.pk,
        "contact": task.contact_id,
        "title": task.title,
        "note": task.note,
        "owner": task.owner_id,
        "due_at": values.dump(task.due_at),
        "source": task.source,
        "done_at": values.dump(task.done_at),
        "done_by": task.done_by,
        "created_by": task.created_by,
        "created_at": values.dump(task.created_at),
        "updated_at": values.dump(task.updated_at),
    }


def _asked(asked: Mapping[str, str]) -> QuerySet[Task]:
    found = Task.objects.all()
    match asked.get("state") or "open":
        case "open":
            found = found.filter(done_at=None)
        case "overdue":
            found = found.filter(done_at=None, due_at__lt=clock.now())
        case "done":
            found = found.exclude(done_at=None)
        case "all":
            pass
        case _:
            raise InvalidInput([Problem("/state", _("Expected one of: %(words)s.") % {"words": ", ".join(STATES)})])
    for name in ("owner", "contact"):
        if raw := asked.get(name):
            if not raw.isascii() or not raw.isdigit() or len(raw) > 18:
                raise InvalidInput([Problem(f"/{name}", _("Expected an id."))])
            found = found.filter(**{name: int(raw)})
    return found


def _task(pk: str) -> Task:
    return get_or_404(Task.objects.all(), pk=id_or_404(pk))


def _read(given: dict[str, Any], problems: list[Problem]) -> dict[str, Any]:
    """What is written of a task, or everything that is wrong with it and was wrong before."""
    plain = {name: value for name, value in given.items() if name != "due_at"}
    if "due_at" in given:
        try:
            plain["due_at"] = None if given["due_at"] is None else instant(given["due_at"])
        except ValueError as error:
            problems = [*problems, Problem("/due_at", str(error))]
    try:
        read = services.read_task(plain)
    except InvalidInput as error:
        problems = [*problems, *error.problems]
    if problems:
        raise InvalidInput(problems)
    return read


def _known(given: dict[str, Any], known: set[str]) -> dict[str, Any]:
    problems = [
        Problem(f"/{escape(key[:100])}", _("There is no field “%(key)s”.") % {"key": key[:100]})
        for key in given
        if key not in known
    ]
    if problems:
        raise InvalidInput(problems)
    return given


def _answer(task: Task, code: int = status.HTTP_200_OK) -> Response:
    return Response(task_out(task), status=code, headers={"ETag": etag_of(task)})
