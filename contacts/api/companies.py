"""`companies/`."""

from __future__ import annotations

from typing import Any

from django.db.models import Value
from django.db.models.functions import Lower
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from crmseg.access.actors import actor_of
from crmseg.common.rest.concurrency import etag_of, if_match
from crmseg.common.rest.parsers import read_object

from .. import selectors, services, values, wire
from ..fields import COMPANY_FIELDS, writable
from ..models import Company
from . import schemas
from .base import RoomViewSet, get_or_404, id_or_404, missing_is_404
from .merging import read_keys, read_merge, read_other

_BODY = {"application/json": schemas.COMPANY_IN}


@extend_schema(tags=["companies"])
class CompanyViewSet(RoomViewSet):
    @extend_schema(
        parameters=[OpenApiParameter("q", str), OpenApiParameter("domain", str)],
        responses={200: schemas.page(schemas.COMPANY_OUT)},
    )
    def list(self, request: Request) -> Response:
        rows = selectors.companies_table(q=request.query_params.get("q", ""))
        if domain := request.query_params.get("domain"):
            rows = rows.annotate(folded_domain=Lower("domain")).filter(folded_domain=Lower(Value(domain.strip())))
        return self.page(request, rows, lambda found: [wire.company_out(company) for company in found])

    @extend_schema(request=_BODY, responses={201: schemas.COMPANY_OUT})
    def create(self, request: Request) -> Response:
        company = services.create_company(data=read_object(request), actor=actor_of(request))
        return _answer(company.pk, status.HTTP_201_CREATED)

    @extend_schema(responses={200: schemas.COMPANY_OUT})
    def retrieve(self, request: Request, pk: str) -> Response:
        return _answer(id_or_404(pk))

    @extend_schema(request=_BODY, responses={200: schemas.COMPANY_OUT})
    def partial_update(self, request: Request, pk: str) -> Response:
        return self._write(request, pk, read_object(request))

    @extend_schema(request=_BODY, responses={200: schemas.COMPANY_OUT})
    def update(self, request: Request, pk: str) -> Response:
        """The company as given: what is left out becomes unknown."""
        given = read_object(request)
        whole: dict[str, Any] = {field.key: None for field in writable(COMPANY_FIELDS)}
        attributes = given.get("attributes") or {}
        if isinstance(attributes, dict):
            custom = {key: None for key, field in values.catalog("company").items() if field.custom}
            attributes = {**custom, **attributes}
        return self._write(request, pk, {**whole, **given, "attributes": attributes})

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, pk: str) -> Response:
        with if_match(request, Company.objects.all(), id_or_404(pk)):
            get_or_404(Company.objects.all(), pk=id_or_404(pk))
            services.delete_companies([id_or_404(pk)], actor=actor_of(request))
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(request={"application/json": schemas.MERGE_IN}, responses={200: schemas.COMPANY_OUT})
    @action(detail=True, methods=["post"])
    def merge(self, request: Request, pk: str) -> Response:
        """Make the company `with` part of this one: its people move here, gaps are filled, the values of this one win
        but for the keys in `take`. It cannot be undone."""
        given = read_merge(request, {"with", "take"})
        other = read_other(given, _("Expected the id of a company."))
        with missing_is_404(), if_match(request, Company.objects.all(), id_or_404(pk)):
            company = services.merge_companies(id_or_404(pk), other, take=read_keys(given), actor=actor_of(request))
        return _answer(company.pk)

    def _write(self, request: Request, pk: str, data: dict[str, Any]) -> Response:
        with missing_is_404(), if_match(request, Company.objects.all(), id_or_404(pk)):
            company = services.update_company(id_or_404(pk), data=data, actor=actor_of(request))
        return _answer(company.pk)


def _answer(company_id: int, code: int = status.HTTP_200_OK) -> Response:
    company = get_or_404(Company.objects.all(), pk=company_id)
    return Response(wire.company_out(company), status=code, headers={"ETag": etag_of(company)})
