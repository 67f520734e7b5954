"""`contacts/`: one, many, what they did, and their privacy."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db.models import Q, QuerySet, Value
from django.db.models.functions import Lower
from django.urls import reverse
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.decorators import action
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request
from rest_framework.response import Response

from crmseg.access import audit
from crmseg.access.actors import actor_of
from crmseg.access.models import Role
from crmseg.common.json import escape
from crmseg.common.problems import InvalidInput, Problem
from crmseg.common.rest.concurrency import etag_of, if_match
from crmseg.common.rest.pagination import next_url, read_limit
from crmseg.common.rest.parsers import read_list, read_object

from .. import filters, identity, privacy, selectors, services, values, wire
from ..fields import CONTACT_FIELDS, writable
from ..models import Alias, Contact, Event
from ..timeline import contact_timeline
from . import schemas
from .base import RoomViewSet, get_or_404, id_or_404, missing_is_404, problems_out
from .merging import read_keys, read_merge, read_other

MOST_IN_BATCH = 10_000
_TEXT_FILTERS = [
    OpenApiParameter("email", str, description="In any case."),
    OpenApiParameter("external_id", str),
    OpenApiParameter("segment", int, description="Members of this list."),
    OpenApiParameter("q", str, description="Parts of a name or an address."),
]


@extend_schema(tags=["contacts"])
class ContactViewSet(RoomViewSet):
    writers: ClassVar = {"partial_update": Role.SALES}

    @extend_schema(parameters=_TEXT_FILTERS, responses={200: schemas.page(schemas.CONTACT_OUT)})
    def list(self, request: Request) -> Response:
        return self.page(request, _filtered(request), wire.contacts_out)

    @extend_schema(request={"application/json": schemas.CONTACT_IN}, responses={201: schemas.CONTACT_OUT})
    def create(self, request: Request) -> Response:
        contact = services.create_contact(data=read_object(request), actor=actor_of(request))
        return _answer(contact.pk, status.HTTP_201_CREATED)

    @extend_schema(responses={200: schemas.CONTACT_OUT})
    def retrieve(self, request: Request, pk: str) -> Response:
        return _answer(id_or_404(pk))

    @extend_schema(request={"application/json": schemas.CONTACT_IN}, responses={200: schemas.CONTACT_OUT})
    def partial_update(self, request: Request, pk: str) -> Response:
        """Change the keys that are given; null, "" and [] make a value unknown."""
        return self._write(request, pk, read_object(request))

    @extend_schema(request={"application/json": schemas.CONTACT_IN}, responses={200: schemas.CONTACT_OUT})
    def update(self, request: Request, pk: str) -> Response:
        """The contact as given: what is left out becomes unknown. Consents stay where they are left out."""
        given = read_object(request)
        whole: dict[str, Any] = {field.key: None for field in writable(CONTACT_FIELDS)}
        attributes = given.get("attributes") or {}
        if isinstance(attributes, dict):
            custom = {key: None for key, field in values.catalog().items() if field.custom}
            attributes = {**custom, **attributes}
        return self._write(request, pk, {**whole, "company": None, **given, "attributes": attributes})

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, pk: str) -> Response:
        with if_match(request, Contact.objects.all(), id_or_404(pk)):
            get_or_404(Contact.objects.all(), pk=id_or_404(pk))
            services.delete_contacts([id_or_404(pk)], actor=actor_of(request))
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(request={"application/json": schemas.CONTACTS_BATCH_IN}, responses={200: schemas.CONTACTS_BATCH_OUT})
    @action(detail=False, methods=["post"])
    def batch(self, request: Request) -> Response:
        """Create or update up to 10,000 by external_id, then by email. Good rows land, bad rows are reported."""
        rows = read_list(request, "contacts", at_most=MOST_IN_BATCH)
        result = services.upsert_contacts(rows, actor=actor_of(request))
        return Response(
            {
                "created": result.created,
                "updated": result.updated,
                "unchanged": result.unchanged,
                "problems": problems_out(result.problems),
            }
        )

    @extend_schema(responses={200: schemas.page(schemas.EVENT_OUT)})
    @action(detail=True)
    def events(self, request: Request, pk: str) -> Response:
        """What she did, newest first."""
        contact = get_or_404(Contact.objects.all(), pk=id_or_404(pk))
        self.ordering = ("-occurred_at", "-id")
        rows = Event.objects.filter(contact=contact).select_related("type")
        return self.page(request, rows, lambda found: [wire.event_out(event) for event in found])

    @extend_schema(
        parameters=[
            OpenApiParameter("kind", str, description="event, attribute, consent, …; all when left out."),
            OpenApiParameter("before", str, description="As in `next`."),
            OpenApiParameter("limit", int),
        ],
        responses={200: schemas.page(schemas.TIMELINE_ENTRY)},
    )
    @action(detail=True)
    def timeline(self, request: Request, pk: str) -> Response:
        """Everything that happened to her, newest first."""
        contact = get_or_404(Contact.objects.all(), pk=id_or_404(pk))
        limit, asked = read_limit(request), request.query_params
        found = contact_timeline(
            contact.pk, kind=asked.get("kind", ""), before=asked.get("before", ""), limit=limit + 1
        )
        shown = found[:limit]
        more = next_url(request, before=shown[-1].cursor) if len(found) > limit else None
        results = [
            {
                "kind": entry.kind,
                "at": values.dump(entry.at),
                "title": entry.title,
                "actor": entry.actor,
                "details": entry.details,
            }
            for entry in shown
        ]
        return Response({"results": results, "next": more})

    @extend_schema(request={"application/json": schemas.MERGE_IN}, responses={200: schemas.CONTACT_OUT})
    @action(detail=True, methods=["post"])
    def merge(self, request: Request, pk: str) -> Response:
        """Make the contact `with` part of this one: what it did and is moves here, gaps are filled, the values of this
        one win but for the keys in `take`. Its id, e-mail and external ID mean this contact from then on. Repeating it
        changes nothing; `unmerge` takes it back within 30 days."""
        given = read_merge(request, {"with", "take"})
        with missing_is_404():
            contact = services.merge_contacts(
                id_or_404(pk), _read_other(given), take=read_keys(given), actor=actor_of(request)
            )
        return _answer(contact.pk)

    @extend_schema(request={"application/json": schemas.UNMERGE_IN}, responses={200: schemas.UNMERGE_OUT})
    @action(detail=True, methods=["post"])
    def unmerge(self, request: Request, pk: str) -> Response:
        """Take the latest merge into this contact apart. Both are as they were, but for what was changed since, which
        `kept` names; events that were sent since to a name of the other one go with it."""
        given = read_merge(request, {"with"})
        with missing_is_404():
            done = services.unmerge_contacts(
                id_or_404(pk), _read_other(given) if "with" in given else None, actor=actor_of(request)
            )
        survivor, restored = wire.contacts_out([done.survivor, done.restored])
        kept = [{"field": one.key, "reason": one.reason} for one in done.kept]
        return Response({"contact": survivor, "restored": restored, "kept": kept})

    def handle_exception(self, exc: Exception) -> Response:
        """Who was merged is named: reads are sent on (301), writes are told (404)."""
        response = super().handle_exception(exc)
        pk = self.kwargs.get("pk")
        survivor = identity.survivor_of(int(pk)) if response.status_code == 404 and pk else None
        if survivor is not None and isinstance(response.data, dict):
            message = _("Contact %(merged)s was merged into contact %(survivor)s.")
            problem = {"pointer": "", "message": message % {"merged": pk, "survivor": survivor}}
            response.data |= {"problems": [problem], "merged_into": survivor}
            match = self.request.resolver_match
            if self.request.method in SAFE_METHODS and match is not None:
                there = reverse(match.view_name, kwargs={**match.kwargs, "pk": survivor})
                query = self.request.META.get("QUERY_STRING", "")
                response.status_code = status.HTTP_301_MOVED_PERMANENTLY
                response["Location"] = self.request.build_absolute_uri(f"{there}?{query}" if query else there)
                response.data |= {"title": "Moved Permanently", "status": 301}
        return response

    @extend_schema(responses={200: schemas.ANYTHING})
    @action(detail=True)
    def export(self, request: Request, pk: str) -> Response:
        """Everything that is kept about her."""
        contact = get_or_404(Contact.objects.select_related("company"), pk=id_or_404(pk))
        audit.record(actor_of(request), "exported", contact)
        return Response(privacy.export_contact(contact))

    @extend_schema(request=None, responses={204: None})
    @action(detail=True, methods=["post"])
    def erase(self, request: Request, pk: str) -> Response:
        """Forget her: the contact, her events, consents and histories."""
        with missing_is_404():
            privacy.erase_contact(id_or_404(pk), actor=actor_of(request))
        return Response(status=status.HTTP_204_NO_CONTENT)

    def _write(self, request: Request, pk: str, data: dict[str, Any]) -> Response:
        with missing_is_404(), if_match(request, Contact.objects.all(), id_or_404(pk)):
            contact = services.update_contact(id_or_404(pk), data=data, actor=actor_of(request))
        return _answer(contact.pk)


def _answer(contact_id: int, code: int = status.HTTP_200_OK) -> Response:
    contact = get_or_404(Contact.objects.all(), pk=contact_id)
    return Response(wire.contact_out(contact), status=code, headers={"ETag": etag_of(contact)})


def _read_other(given: dict[str, Any]) -> int:
    return read_other(given, _("Expected the id of a contact."))


def _filtered(request: Request) -> QuerySet[Contact]:
    asked = request.query_params
    rows = selectors.contacts_table(q=asked.get("q", ""))
    if email := asked.get("email"):
        folded = Lower(Value(email.strip()))
        former = Alias.objects.filter(kind="email", value=folded).values("contact_id")
        rows = rows.annotate(folded_email=Lower("email")).filter(Q(folded_email=folded) | Q(pk__in=former))
    if external_id := asked.get("external_id"):
        former = Alias.objects.filter(kind="external_id", value=external_id).values("contact_id")
        rows = rows.filter(Q(external_id=external_id) | Q(pk__in=former))
    for name in filters.names():
        rows = filters.apply(name, rows, asked.get(name, ""))
    known = {"q", "email", "external_id", "limit", "cursor", "format", *filters.names()}
    if unknown := sorted(set(asked) - known):
        message = _("There is no filter “%(key)s”.") % {"key": unknown[0]} + values.suggest(unknown[0], known)
        raise InvalidInput([Problem(f"/{escape(unknown[0])}", message)])
    return rows
