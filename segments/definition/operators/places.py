"""Coordinates on a round earth."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from contacts.fields import FieldType

from ..schema import Property
from ..sql import quoted
from .base import Ask, Operand, Operator, Place, Takes, register


@register
class WithinKm(Operator):
    """At most so many kilometres away, along a great circle."""

    key, label = "within_km", _("is near")
    types = frozenset({FieldType.LOCATION})
    takes = Takes.PLACE

    def sql(self, value: str, operand: Operand, ask: Ask) -> str:
        assert isinstance(operand, Place)
        lat, lon = (_coordinate(ask.property, key) for key in ("lat", "lon"))
        around = ", ".join(f"({ask.params.add(one, 'float8')})" for one in (operand.lat, operand.lon))
        near = f"crmseg_km({lat}, {lon}, {around}) <= {ask.params.add(operand.km, 'float8')}"
        return f"CASE WHEN {value} IS NOT NULL THEN {near} END"


def _coordinate(asked: Property, key: str) -> str:
    """The latitude or longitude, NULL where what is stored is none."""
    most = 90 if key == "lat" else 180
    table = {"contact": "c", "company": "co", "event": "e"}[asked.source]
    if asked.column:
        stored = f"{table}.{'latitude' if key == 'lat' else 'longitude'}"
        return f"CASE WHEN {stored} BETWEEN -{most} AND {most} THEN {stored} END"
    column = "e.properties" if asked.source == "event" else f"{table}.attributes"
    json, text = (f"({column} -> {quoted(asked.name)} {arrow} '{key}')" for arrow in ("->", "->>"))
    number = f"CASE WHEN jsonb_typeof({json}) = 'number' THEN {text}::numeric END"
    return f"CASE WHEN {number} BETWEEN -{most} AND {most} THEN ({text})::float8 END"
