"""`contacts/{id}/opt-in/`: ask somebody to confirm by mail, and see whether she did."""

from __future__ import annotations

from django.http import Http404
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema, inline_serializer
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from contacts.models import Contact
from crmseg.access.actors import actor_of
from crmseg.access.idempotency import IdempotentWrites
from crmseg.common.ids import LARGEST_ID
from crmseg.common.problems import InvalidInput, Problem
from crmseg.common.rest.parsers import read_object

from .. import optin
from ..models import OptIn

OptInInput = inline_serializer("OptInInput", {"topic": serializers.CharField(required=False)})


class OptInOutput(serializers.ModelSerializer[OptIn]):
    contact = serializers.IntegerField(source="contact_id")

    class Meta:
        model = OptIn
        fields = ["contact", "channel", "topic", "asked_at", "sent_at", "confirmed_at"]


@extend_schema(tags=["contacts"])
class ContactOptIn(IdempotentWrites, APIView):
    @extend_schema(operation_id="contacts_opt_in_list", responses=OptInOutput(many=True))
    def get(self, request: Request, contact_id: int) -> Response:
        """What was asked, the latest first; `confirmed_at` is null while there is no answer."""
        asked = OptIn.objects.filter(contact_id=_known(contact_id)).order_by("-pk")[:100]
        return Response(OptInOutput(asked, many=True).data)

    @extend_schema(operation_id="contacts_opt_in_ask", request=OptInInput, responses={202: OptInOutput})
    def post(self, request: Request, contact_id: int) -> Response:
        """Send a mail with a link to confirm by. The consent counts once it is confirmed; repeating this within an hour
        sends no second mail."""
        given = read_object(request)
        problems = [
            Problem(f"/{key}", _("There is no field “%(key)s”.") % {"key": key}) for key in given if key != "topic"
        ]
        topic = given.get("topic") or ""
        if not isinstance(topic, str):
            problems.append(Problem("/topic", _("Expected a text.")))
        if problems:
            raise InvalidInput(problems)
        asked = optin.ask(_known(contact_id), topic=topic, actor=actor_of(request))
        return Response(OptInOutput(asked).data, status=status.HTTP_202_ACCEPTED)


def _known(contact_id: int) -> int:
    if contact_id > LARGEST_ID or not Contact.objects.filter(pk=contact_id).exists():
        raise Http404
    return contact_id
