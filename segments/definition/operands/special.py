"""Counts of characters and entries, patterns, places, and percentages."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from .. import patterns
from ..operators.base import Place
from ..scalars import Refused, read_number, read_text, token
from ..schema import Property

_PLACE = ("lat", "lon", "km")
_MOST = {"lat": 90, "lon": 180}


def read_count(value: object) -> Decimal:
    count = read_number(value, "/value")
    if count < 0 or count != count.to_integral_value():
        raise Refused("/value", _("Expected a whole number, 0 or more."))
    return count


def read_pattern(value: object) -> str:
    pattern = read_text(value, "/value")
    try:
        patterns.for_database(pattern, case=True)
    except patterns.NotAPattern as refused:
        raise Refused("/value", str(refused)) from None
    return pattern


def read_place(raw: Mapping[str, Any]) -> Place:
    """The keys stand in “value”, or in the condition itself."""
    given, at = raw.get("value"), "/value"
    if given is None:
        given, at = {key: raw[key] for key in _PLACE if key in raw}, ""
    elif any(key in raw for key in _PLACE):
        raise Refused("/value", _("Say the place once: in “value”, or beside it."))
    if not isinstance(given, Mapping) or not all(key in given for key in _PLACE):
        raise Refused(at, _("Expected a place: “lat”, “lon” and “km”."))
    for key in given:
        if key not in _PLACE:
            cut = str(key)[:100]
            raise Refused(f"{at}/{token(cut)}", _("A place has no key “%(key)s”.") % {"key": cut})
    lat, lon, km = (_coordinate(given[key], key, at) for key in _PLACE)
    return Place(lat, lon, km)


def _coordinate(raw: object, key: str, at: str) -> Decimal:
    number = read_number(raw, f"{at}/{key}")
    if key in _MOST and abs(number) > _MOST[key]:
        said = _("Expected a number from %(least)s to %(most)s.")
        raise Refused(f"{at}/{key}", said % {"least": -_MOST[key], "most": _MOST[key]})
    if key == "km" and number < 0:
        raise Refused(f"{at}/km", _("A distance is 0 or more."))
    return number


def read_percents(asked: Property, value: object) -> tuple[Decimal, ...]:
    if asked.source == "event" or asked.reads_clock:
        raise Refused("/property", _("Percentages are known of stored properties of contacts and companies only."))
    if not isinstance(value, list) or len(value) != 2:
        raise Refused("/value", _("Expected a list of two percentages: from and to."))
    low, high = (read_number(one, f"/value/{place}") for place, one in enumerate(value))
    for place, one in enumerate((low, high)):
        if not 0 <= one <= 100:
            raise Refused(f"/value/{place}", _("Expected a percentage from 0 to 100."))
    if low > high:
        raise Refused("/value", _("The first value is larger than the second: nothing can lie between."))
    return low, high
