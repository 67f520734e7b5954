"""What a contact, a company and everyone are worth, the grid of RFM, and the settings that all of it follows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from datetime import datetime, timedelta
from typing import Any, ClassVar

from django.http import Http404
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from crmseg.access.actors import actor_of
from crmseg.access.idempotency import IdempotentWrites
from crmseg.access.models import Role
from crmseg.common import clock
from crmseg.common.problems import InvalidInput, Problem
from crmseg.common.rest.concurrency import etag_of, if_match
from crmseg.common.rest.parsers import read_object

from .. import values
from ..models import Activity, Company, Contact, Worth, WorthSettings
from ..worth import rules, selectors, settings
from ..worth.rules import Rules
from ..worth.selectors import Cell, Sums
from . import schemas

_MONEY: schemas.Schema = {"type": "number", "nullable": True, "description": "Major units of the account's currency."}
_NUMBER: schemas.Schema = {"type": "number", "nullable": True}
_DIGIT: schemas.Schema = {"type": "integer", "minimum": 1, "maximum": 5, "nullable": True}
_AT = schemas.nullable(schemas.INSTANT)
_NAME = schemas.nullable(schemas.TEXT)
_COUNT = schemas.COUNT
_STATES: schemas.Schema = {"type": "string", "enum": Activity.values, "nullable": True}
CONTACT_WORTH = schemas.record(
    contact=schemas.ID,
    currency=schemas.TEXT,
    orders=_COUNT,
    order_days=_COUNT,
    revenue=_MONEY,
    refunds=_MONEY,
    average_order=_MONEY,
    first_order_at=_AT,
    last_order_at=_AT,
    order_gap_days=_NUMBER,
    cost_to_serve=_MONEY,
    net_value=_MONEY,
    value_decile={**_DIGIT, "maximum": 10},
    rfm=schemas.record(
        code=_NAME, recency=_DIGIT, frequency=_DIGIT, monetary=_DIGIT, group=_NAME, previous_group=_NAME, since=_AT
    ),
    activity=schemas.record(state=_STATES, since=_AT, at_risk_at=_AT, lost_at=_AT),
    expected=schemas.record(
        as_of=_AT,
        **dict.fromkeys(
            ("alive", "orders", "spend", "lifetime_value"), schemas.record(value=_NUMBER, low=_NUMBER, high=_NUMBER)
        ),
    ),
)
SUMS = schemas.record(
    currency=schemas.TEXT,
    people=_COUNT,
    buyers=_COUNT,
    orders=_COUNT,
    revenue=_MONEY,
    refunds=_MONEY,
    cost_to_serve=_MONEY,
    net_value=_MONEY,
    first_order_at=_AT,
    last_order_at=_AT,
    active=_COUNT,
    at_risk=_COUNT,
    lost=_COUNT,
    expected_orders=_NUMBER,
    expected_spend=_MONEY,
    lifetime_value=_MONEY,
    average_order=_MONEY,
)
_EDGES: schemas.Schema = {"type": "array", "items": {"type": "number"}, "minItems": 4, "maxItems": 4, "nullable": True}
_RANGE: schemas.Schema = {"type": "array", "items": {"type": "integer"}, "minItems": 2, "maxItems": 2}
_GROUP = schemas.record(key=schemas.TEXT, name=schemas.TEXT, r=_RANGE, f=_RANGE, m=_RANGE)
RFM = schemas.record(
    event=schemas.TEXT,
    of=schemas.TEXT,
    edges=schemas.record(r=_EDGES, f=_EDGES, m=_EDGES),
    groups={"type": "array", "items": _GROUP},
    found=schemas.record(
        at=_AT,
        buyers=_COUNT,
        needed=_COUNT,
        r=schemas.nullable({"type": "array", "items": schemas.INSTANT}),
        f=schemas.nullable({"type": "array", "items": {"type": "number"}}),
        m=schemas.nullable({"type": "array", "items": {"type": "number"}}),
    ),
)
RFM_IN: schemas.Schema = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "event": {**schemas.TEXT, "description": "Empty for the event of an order."},
        "of": {**schemas.TEXT, "description": "The property that is added up; empty for the amount of money."},
        "edges": {
            "type": "object",
            "properties": dict.fromkeys(rules.DIGITS, _EDGES),
            "description": "Four rising edges for each digit, null for fifths of everyone. For r days, the best digit "
            "first; for f and m what the digits 2 to 5 begin with.",
        },
        "groups": {"type": "array", "items": _GROUP, "nullable": True, "description": "null: the usual ten."},
    },
}
_COST = schemas.record(attribute=_NAME, per_order=_MONEY, per_event=schemas.ANYTHING, share_of_revenue=_NUMBER)
_LAPSE = schemas.record(shrink=_NUMBER, at_risk_gaps=_NUMBER, lost_gaps=_NUMBER)
SETTINGS = schemas.record(
    order_event=schemas.TEXT,
    refund_event=schemas.TEXT,
    cost=_COST,
    lapse=_LAPSE,
    counted_at=_AT,
    is_current={"type": "boolean"},
)
SETTINGS_IN: schemas.Schema = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "order_event": schemas.TEXT,
        "refund_event": schemas.TEXT,
        "cost": {**schemas.ANYTHING, "nullable": True, "properties": _COST["properties"]},
        "lapse": {"type": "object", "properties": _LAPSE["properties"]},
    },
}
_CELL = {"people": _COUNT, "revenue": _MONEY, "net_value": _MONEY}
GRID = schemas.record(
    currency=schemas.TEXT,
    since=schemas.INSTANT,
    cells={"type": "array", "items": schemas.record(recency=_DIGIT, frequency=_DIGIT, **_CELL)},
    groups={"type": "array", "items": schemas.record(key=_NAME, name=schemas.TEXT, came=_COUNT, **_CELL)},
    moves={"type": "array", "items": schemas.record(**{"from": _NAME, "to": _NAME, "people": _COUNT})},
)
_RFM_NAMES = {"event": "rfm_event", "of": "rfm_of", "edges": "edges", "groups": "groups"}
_LAPSE_NAMES = ("shrink", "at_risk_gaps", "lost_gaps")
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


class SettingsBase(IdempotentWrites, APIView):
    writers: ClassVar = {"patch": Role.MARKETER}

    def changed(self, request: Request, data: Mapping[str, Any], places: Mapping[str, str]) -> Response:
        """Each problem is told at the place where it was sent."""
        rules.row()
        try:
            with if_match(request, WorthSettings.objects.all(), 1):
                settings.change(data, actor=actor_of(request))
        except InvalidInput as error:
            raise type(error)([_placed(problem, places) for problem in error.problems]) from error
        return self.answer()

    def answer(self) -> Response:
        row = rules.row()
        return Response(self.shown(row), headers={"ETag": etag_of(row)})

    def shown(self, row: WorthSettings) -> dict[str, Any]:
        raise NotImplementedError


class RfmSettings(SettingsBase):
    @extend_schema(tags=["worth"], responses={200: RFM}, operation_id="rfm_retrieve")
    def get(self, request: Request) -> Response:
        """What digits are made of, the named groups, and the cuts that were last found of everyone."""
        return self.answer()

    @extend_schema(
        tags=["worth"],
        request={"application/json": RFM_IN},
        responses={200: RFM},
        operation_id="rfm_update",
    )
    def patch(self, request: Request) -> Response:
        """Change what is given. Everyone is counted anew within a minute; `found` and `worth/settings/` say when."""
        given = _known(read_object(request), _RFM_NAMES)
        names = {new: old for old, new in _RFM_NAMES.items()}
        return self.changed(request, {_RFM_NAMES[key]: value for key, value in given.items()}, names)

    def shown(self, row: WorthSettings) -> dict[str, Any]:
        known, kept = rules.of(row), settings.out(row)
        found = known.found
        money = [known.scale if known.rfm_is_money else 1] * 4
        return {
            **{name: _plain(kept[column]) for name, column in _RFM_NAMES.items()},
            "found": {
                "at": values.dump(found.at),
                "buyers": found.buyers,
                "needed": rules.LEAST["fifths"],
                "r": found.r and [values.dump(one) for one in found.r],
                "f": found.f and [values.dump(one) for one in found.f],
                "m": found.m and [values.dump(one / scale) for one, scale in zip(found.m, money, strict=True)],
            },
        }


class WorthSettingsView(SettingsBase):
    @extend_schema(tags=["worth"], responses={200: SETTINGS}, operation_id="worth_settings_retrieve")
    def get(self, request: Request) -> Response:
        """What counts as an order and a refund, what serving costs, and when somebody has lapsed."""
        return self.answer()

    @extend_schema(
        tags=["worth"],
        request={"application/json": SETTINGS_IN},
        responses={200: SETTINGS},
        operation_id="worth_settings_update",
    )
    def patch(self, request: Request) -> Response:
        """Change what is given. Everyone is counted anew within a minute; until then `is_current` is false."""
        given = _known(read_object(request), ("order_event", "refund_event", "cost", "lapse"))
        lapse = given.pop("lapse", None) or {}
        if not isinstance(lapse, dict) or not set(lapse) <= set(_LAPSE_NAMES):
            message = _("Expected one of: %(options)s.") % {"options": ", ".join(_LAPSE_NAMES)}
            raise InvalidInput([Problem("/lapse", message)])
        return self.changed(request, {**given, **lapse}, {name: f"lapse/{name}" for name in _LAPSE_NAMES})

    def shown(self, row: WorthSettings) -> dict[str, Any]:
        kept = settings.out(row)
        return {
            "order_event": kept["order_event"],
            "refund_event": kept["refund_event"],
            "cost": _plain(kept["cost"]),
            "lapse": {name: kept[name] for name in _LAPSE_NAMES},
            "counted_at": values.dump(row.counted_at),
            "is_current": row.counted_version == row.version,
        }


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


def _plain(value: Any) -> Any:
    """Numbers as the wire has them, however deep."""
    match value:
        case dict():
            return {key: _plain(one) for key, one in value.items()}
        case list():
            return [_plain(one) for one in value]
        case _:
            return values.dump(value)


def _known(given: dict[str, Any], names: Any) -> dict[str, Any]:
    problems = [
        Problem(f"/{key}", _("There is no field “%(key)s”.") % {"key": key} + values.suggest(key, list(names)))
        for key in given
        if key not in names
    ]
    if problems:
        raise InvalidInput(problems)
    return given


def _placed(problem: Problem, places: Mapping[str, str]) -> Problem:
    first, slash, rest = problem.pointer.removeprefix("/").partition("/")
    return Problem(f"/{places.get(first, first)}{slash}{rest}", problem.message) if first else problem


def _since(request: Request) -> datetime:
    asked = request.query_params.get("since", "")
    if not asked:
        return clock.now() - timedelta(days=USUAL_DAYS)
    try:
        since = datetime.fromisoformat(asked)
    except ValueError:
        raise InvalidInput([Problem("/since", _("Expected an instant such as 2026-01-31T08:00:00Z."))]) from None
    return since if since.tzinfo else since.astimezone(clock.now().tzinfo)
