"""`contacts/{id}/notes/`."""

from __future__ import annotations

from typing import Any, ClassVar

from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from crmseg.access.actors import actor_of
from crmseg.access.models import Role
from crmseg.common.json import escape
from crmseg.common.problems import InvalidInput, Problem
from crmseg.common.rest.concurrency import etag_of, if_match
from crmseg.common.rest.parsers import read_object

from .. import services, values
from ..models import Contact, Note
from . import schemas
from .base import RoomViewSet, get_or_404, id_or_404, missing_is_404

_IN: schemas.Schema = {"type": "object", "required": ["text"], "properties": {"text": schemas.TEXT}}
_OUT = schemas.record(
    id=schemas.ID,
    text=schemas.TEXT,
    author=schemas.TEXT,
    created_at=schemas.INSTANT,
    updated_at=schemas.INSTANT,
)
_BODY = {"application/json": _IN}
_CONTACT = OpenApiParameter("contact_id", int, OpenApiParameter.PATH)
_ID = OpenApiParameter("id", int, OpenApiParameter.PATH)


@extend_schema_view(
    list=extend_schema(responses={200: schemas.page(_OUT)}, parameters=[_CONTACT]),
    create=extend_schema(request=_BODY, responses={201: _OUT}, parameters=[_CONTACT]),
    retrieve=extend_schema(responses={200: _OUT}, parameters=[_CONTACT, _ID]),
    partial_update=extend_schema(request=_BODY, responses={200: _OUT}, parameters=[_CONTACT, _ID]),
    destroy=extend_schema(responses={204: None}, parameters=[_CONTACT, _ID]),
)
@extend_schema(tags=["contacts"])
class NoteViewSet(RoomViewSet):
    """What people wrote about a contact, newest first."""

    ordering = ("-created_at", "-id")
    writers: ClassVar = {"create": Role.SERVICE}

    def list(self, request: Request, contact_id: str) -> Response:
        contact = get_or_404(Contact.objects.all(), pk=id_or_404(contact_id))
        return self.page(request, contact.notes.all(), lambda found: [note_out(note) for note in found])

    def create(self, request: Request, contact_id: str) -> Response:
        with missing_is_404():
            note = services.add_note(id_or_404(contact_id), text=_text(request), actor=actor_of(request))
        return _answer(note, status.HTTP_201_CREATED)

    def retrieve(self, request: Request, contact_id: str, pk: str) -> Response:
        return _answer(_note(contact_id, pk))

    def partial_update(self, request: Request, contact_id: str, pk: str) -> Response:
        note = _note(contact_id, pk)
        with missing_is_404(), if_match(request, Note.objects.all(), note.pk):
            note = services.edit_note(note.pk, text=_text(request), actor=actor_of(request))
        return _answer(note)

    def destroy(self, request: Request, contact_id: str, pk: str) -> Response:
        note = _note(contact_id, pk)
        with missing_is_404(), if_match(request, Note.objects.all(), note.pk):
            services.delete_note(note.pk, actor=actor_of(request))
        return Response(status=status.HTTP_204_NO_CONTENT)


def note_out(note: Note) -> dict[str, Any]:
    return {
        "id": note.pk,
        "text": note.text,
        "author": note.author,
        "created_at": values.dump(note.created_at),
        "updated_at": values.dump(note.updated_at),
    }


def _note(contact_id: str, pk: str) -> Note:
    return get_or_404(Note.objects.all(), pk=id_or_404(pk), contact=id_or_404(contact_id))


def _text(request: Request) -> object:
    given = read_object(request)
    if unknown := sorted(given.keys() - {"text"}):
        message = _("There is no field “%(key)s”.") % {"key": unknown[0]}
        raise InvalidInput([Problem(f"/{escape(unknown[0])}", message)])
    return given.get("text")


def _answer(note: Note, code: int = status.HTTP_200_OK) -> Response:
    return Response(note_out(note), status=code, headers={"ETag": etag_of(note)})
