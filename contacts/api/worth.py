"""What a contact, a company and everyone are worth, and the grid of RFM."""

from __future__ import annotations

from dataclasses import fields
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.http import Http404
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from crmseg.access import account
from crmseg.common import clock
from crmseg.common.problems import InvalidInput, Problem

from .. import values
from ..models import Activity, Company, Contact, Worth
from ..worth import rules, selectors
from ..worth.rules import Rules
from ..worth.selectors import Cell, Sums
from . import schemas

MONEY: schemas.Schema = {"type": "number", "nullable": True, "description": "Major units of the account's currency."}
NUMBER: schemas.Schema = {"type": "number", "nullable": True}
_DIGIT: schemas.Schema = {"type": "integer", "minimum": 1, "maximum": 5, "nullable": True}
AT = schemas.nullable(schemas.INSTANT)
NAME = schemas.nullable(schemas.TEXT)
_STATES: schemas.Schema = {"type": "string", "enum": Activity.values, "nullable": True}
CONTACT_WORTH = schemas.record(
    contact=schemas.ID,
    currency=schemas.TEXT,
    orders=schemas.COUNT,
    order_days=schemas.COUNT,
    revenue=MONEY,
    refunds=MONEY,
    average_order=MONEY,
    first_order_at=AT,
    last_order_at=AT,
    order_gap_days=NUMBER,
    cost_to_serve=MONEY,
    net_value=MONEY,
    value_decile={**_DIGIT, "maximum": 10},
    rfm=schemas.record(
        code=NAME, recency=_DIGIT, frequency=_DIGIT, monetary=_DIGIT, group=NAME, previous_group=NAME, since=AT
    ),
    activity=schemas.record(state=_STATES, since=AT, at_risk_at=AT, lost_at=AT),
    expected=schemas.record(
        as_of=AT,
        **dict.fromkeys(
            ("alive", "orders", "spend", "lifetime_value"), schemas.record(value=NUMBER, low=NUMBER, high=NUMBER)
        ),
    ),
)
SUMS = schemas.record(
    currency=schemas.TEXT,
    people=schemas.COUNT,
    buyers=schemas.COUNT,
    orders=schemas.COUNT,
    revenue=MONEY,
    refunds=MONEY,
    cost_to_serve=MONEY,
    net_value=MONEY,
    first_order_at=AT,
    last_order_at=AT,
    active=schemas.COUNT,
    at_risk=schemas.COUNT,
    lost=schemas.COUNT,
    expected_orders=NUMBER,
    expected_spend=MONEY,
    lifetime_value=MONEY,
    average_order=MONEY,
)
_CELL = {"people": schemas.COUNT, "revenue": MONEY, "net_value": MONEY}
GRID = schemas.record(
    currency=schemas.TEXT,
    since=schemas.INSTANT,
    cells={"type": "array", "items": schemas.record(recency=_DIGIT, frequency=_DIGIT, **_CELL)},
    groups={"type": "array", "items": schemas.record(key=NAME, name=schemas.TEXT, came=schemas.COUNT, **_CELL)},
    moves={"type": "array", "items": schemas.record(**{"from": NAME, "to": NAME, "people": schemas.COUNT})},
)
USUAL_DAYS = 30


class ContactWorth(APIView):
    @extend_schema(tags=["worth"], responses={200: CONTACT_WORTH}, operation_id="contacts_worth")
    def get(self, request: Request, contact_id: int) -> Response:
        """Everything that is worked out of what she ordered, and what is expected of her."""
        if not Contact.objects.filter(pk=contact_id).exists():
            raise Http404
        return Response(contact_out(selectors.of_contact(contact_id) or Worth(contact_id=contact_id), rules.current()))


class CompanyWorth(APIView):
    @extend_schema(tags=["worth"], responses={200: SUMS}, operation_id="companies_worth")
    def get(self, request: Request, company_id: int) -> Response:
        """What the people of a company are worth together."""
        if not Company.objects.filter(pk=company_id).exists():
            raise Http404
        return Response(sums_out(selectors.of_company(company_id)))


class EveryoneWorth(APIView):
    @extend_schema(tags=["worth"], responses={200: SUMS}, operation_id="worth")
    def get(self, request: Request) -> Response:
        """What everyone is worth together."""
        return Response(sums_out(selectors.of_everyone()))


class RfmGrid(APIView):
    @extend_schema(
        tags=["worth"],
        parameters=[OpenApiParameter("since", datetime, description="For movements; 30 days ago when left out.")],
        responses={200: GRID},
        operation_id="rfm_grid",
    )
    def get(self, request: Request) -> Response:
        """The people of each cell and of each named group, and who moved between groups since an instant."""
        since = _since(request)
        known = rules.current()
        groups = [
            {"key": key, "name": known.label(key), "came": cell.came, **_cell(cell)}
            for key, cell in selectors.groups(since).items()
        ]
        return Response(
            {
                "currency": known.currency,
                "since": values.dump(since),
                "cells": [{"recency": r, "frequency": f, **_cell(cell)} for (r, f), cell in selectors.grid().items()],
                "groups": groups,
                "moves": [{"from": old, "to": new, "people": people} for old, new, people in selectors.moves(since)],
            }
        )


def contact_out(row: Worth, known: Rules) -> dict[str, Any]:
    def money(amount: int | None) -> Any:
        return None if amount is None else values.dump(selectors.major(known, amount))

    def bounded(column: str, said: Any = lambda value: value) -> dict[str, Any]:
        names = {"value": column, "low": f"{column}_low", "high": f"{column}_high"}
        return {name: said(getattr(row, attribute)) for name, attribute in names.items()}

    return {
        "contact": row.contact_id,
        "currency": known.currency,
        "orders": row.orders,
        "order_days": row.order_days,
        "revenue": money(row.revenue),
        "refunds": money(row.refunds),
        "average_order": money(row.average_order),
        "first_order_at": values.dump(row.first_order_at),
        "last_order_at": values.dump(row.last_order_at),
        "order_gap_days": row.gap_days,
        "cost_to_serve": money(row.cost_to_serve),
        "net_value": money(row.net_value),
        "value_decile": row.decile,
        "rfm": {
            "code": row.rfm,
            "recency": row.r,
            "frequency": row.f,
            "monetary": row.m,
            "group": row.rfm_group,
            "previous_group": row.rfm_previous_group,
            "since": values.dump(row.rfm_group_since),
        },
        "activity": {
            "state": row.activity,
            "since": values.dump(row.activity_since),
            "at_risk_at": values.dump(row.at_risk_at),
            "lost_at": values.dump(row.lost_at),
        },
        "expected": {
            "as_of": values.dump(row.lifetime_at),
            "alive": bounded("alive"),
            "orders": bounded("expected_orders"),
            "spend": bounded("expected_spend", money),
            "lifetime_value": bounded("lifetime_value", money),
        },
    }


def sums_out(sums: Sums) -> dict[str, Any]:
    said = {one.name: values.dump(getattr(sums, one.name)) for one in fields(Sums)}
    return {"currency": rules.current().currency, **said, "average_order": values.dump(sums.average_order)}


def _cell(cell: Cell) -> dict[str, Any]:
    return {"people": cell.people, "revenue": values.dump(cell.revenue), "net_value": values.dump(cell.net_value)}


def _since(request: Request) -> datetime:
    asked = request.query_params.get("since", "")
    if not asked:
        return clock.now() - timedelta(days=USUAL_DAYS)
    try:
        # A plus that was not escaped arrives as a blank.
        since = datetime.fromisoformat(asked.replace(" ", "+") if "T" in asked else asked)
        zoned = since if since.tzinfo else since.replace(tzinfo=ZoneInfo(account.current().time_zone))
        return zoned.astimezone(UTC)
    except (ValueError, OverflowError):
        raise InvalidInput([Problem("/since", _("Expected an instant such as 2026-01-31T08:00:00Z."))]) from None
