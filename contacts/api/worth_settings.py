"""The settings that everything worked out of orders follows: RFM, costs, and when somebody has lapsed."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from crmseg.access.actors import actor_of
from crmseg.access.idempotency import IdempotentWrites
from crmseg.access.models import Role
from crmseg.common.json import escape
from crmseg.common.problems import InvalidInput, Problem
from crmseg.common.rest.concurrency import etag_of, if_match
from crmseg.common.rest.parsers import read_object

from .. import values
from ..models import WorthSettings
from ..worth import rules, settings
from . import schemas
from .worth import AT, MONEY, NAME, NUMBER

_EDGES: schemas.Schema = {"type": "array", "items": {"type": "number"}, "minItems": 4, "maxItems": 4, "nullable": True}
_RANGE: schemas.Schema = {"type": "array", "items": {"type": "integer"}, "minItems": 2, "maxItems": 2}
_GROUP = schemas.record(key=schemas.TEXT, name=schemas.TEXT, r=_RANGE, f=_RANGE, m=_RANGE)
RFM = schemas.record(
    event=schemas.TEXT,
    of=schemas.TEXT,
    edges=schemas.record(r=_EDGES, f=_EDGES, m=_EDGES),
    groups={"type": "array", "items": _GROUP},
    found=schemas.record(
        at=AT,
        buyers=schemas.COUNT,
        needed=schemas.COUNT,
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
_COST = schemas.record(attribute=NAME, per_order=MONEY, per_event=schemas.ANYTHING, share_of_revenue=NUMBER)
_LAPSE = schemas.record(shrink=NUMBER, at_risk_gaps=NUMBER, lost_gaps=NUMBER)
SETTINGS = schemas.record(
    order_event=schemas.TEXT,
    refund_event=schemas.TEXT,
    cost=_COST,
    lapse=_LAPSE,
    counted_at=AT,
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
_RFM_NAMES = {"event": "rfm_event", "of": "rfm_of", "edges": "edges", "groups": "groups"}
_LAPSE_NAMES = ("shrink", "at_risk_gaps", "lost_gaps")


class SettingsBase(IdempotentWrites, APIView, ABC):
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

    @abstractmethod
    def shown(self, row: WorthSettings) -> dict[str, Any]: ...


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
        lapse = given.pop("lapse", None)
        if lapse is not None and not isinstance(lapse, dict):
            raise InvalidInput([Problem("/lapse", _("Expected an object."))])
        lapse = _known(lapse or {}, _LAPSE_NAMES, "/lapse")
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


def _plain(value: Any) -> Any:
    """Numbers as the wire has them, however deep."""
    match value:
        case dict():
            return {key: _plain(one) for key, one in value.items()}
        case list():
            return [_plain(one) for one in value]
        case _:
            return values.dump(value)


def _known(given: dict[str, Any], names: Any, at: str = "") -> dict[str, Any]:
    problems = [
        Problem(
            f"{at}/{escape(key[:100])}",
            _("There is no field “%(key)s”.") % {"key": key[:100]} + values.suggest(key, list(names)),
        )
        for key in given
        if key not in names
    ]
    if problems:
        raise InvalidInput(problems)
    return given


def _placed(problem: Problem, places: Mapping[str, str]) -> Problem:
    first, slash, rest = problem.pointer.removeprefix("/").partition("/")
    return Problem(f"/{places.get(first, first)}{slash}{rest}", problem.message) if first else problem
