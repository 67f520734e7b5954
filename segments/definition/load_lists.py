"""Read the conditions on lists: who is in, who came and went, who was in."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, cast

from django.utils.translation import gettext as _

from crmseg.common import clock

from . import load_windows, scalars
from .nodes import InSegment, Node, PastSegment
from .operators import Operator, for_lists
from .reader import Kind, Raw, Reader
from .windows import UNITS, Last, Span, Window, first_instant


def segment(reader: Reader, raw: Raw, at: str) -> Node | None:
    before = len(reader.problems)
    operator = _operator(reader, raw, at)
    segment_id = _segment_id(reader, raw["segment"], at)
    operand: Any = reader.value(lambda: _operand(reader, operator, raw), at) if operator else None
    zone = reader.zone(raw, at)
    if len(reader.problems) > before or operator is None or segment_id is None:
        return None
    if operator.key in {"in", "not_in"}:
        return InSegment(segment_id, operator.key == "not_in")
    return PastSegment(segment_id, operator, cast(Window | Span | date | None, operand), zone)


def _operator(reader: Reader, raw: Raw, at: str) -> Operator | None:
    key = raw.get("op", "in")
    fitting = {one.key: one for one in for_lists()}
    if isinstance(key, str) and key in fitting:
        return fitting[key]
    said = _("Use one of: %(names)s.") % {"names": ", ".join(fitting)}
    return reader.refuse(f"{at}/op", said + (reader.did_you_mean(key, fitting) if isinstance(key, str) else ""))


def _segment_id(reader: Reader, raw: object, at: str) -> int | None:
    if not isinstance(raw, int) or isinstance(raw, bool):
        return reader.refuse(f"{at}/segment", _("Expected the number of a list."))
    if raw not in reader.catalogue.segments:
        shown = raw if abs(raw) < 10**18 else _("of that number")
        return reader.refuse(f"{at}/segment", _("There is no list %(id)s.") % {"id": shown})
    path = _path_back(reader, raw)
    if path:
        circle = _("A list cannot depend on itself: %(path)s.") % {"path": " → ".join(path)}
        return reader.refuse(f"{at}/segment", circle)
    return raw


def _operand(reader: Reader, operator: Operator, raw: Raw) -> Window | Span | date | None:
    """What each question about a list needs, in the form that the contract gives and in those that people try."""
    value, zone = raw.get("value"), reader.meant_in(raw)
    match operator.key:
        case "in" | "not_in":
            for key in ("value", "unit", "window", "at"):
                scalars.refuse_extra(raw, key)
            return None
        case "joined_in" | "left_in":
            scalars.refuse_extra(raw, "at")
            if isinstance(value, int) and not isinstance(value, bool):
                return Last(scalars.read_span(value, raw.get("unit"), UNITS, "/value", "/unit"))
            key = "window" if "window" in raw else "value"
            return load_windows.read(raw.get(key), f"/{key}", zone)
        case "member_for":
            scalars.refuse_extra(raw, "at")
            return _duration(raw)
        case _:
            scalars.refuse_extra(raw, "window")
            return _instant(raw, zone)


def _duration(raw: Raw) -> Span:
    for key in ("value", "window"):
        said = raw.get(key)
        if isinstance(said, Mapping):
            return scalars.read_span(said.get("last"), said.get("unit"), UNITS, f"/{key}/last", f"/{key}/unit")
    if "value" not in raw:
        raise scalars.Refused("", _("“%(op)s” needs a “value”.") % {"op": "member_for"})
    return scalars.read_span(raw["value"], raw.get("unit"), UNITS, "/value", "/unit")


def _instant(raw: Raw, zone: str) -> date:
    at, said = "/at", raw.get("at")
    if said is None:
        at, said = "/value", raw.get("value")
        if isinstance(said, Mapping):
            at, said = "/value/at", said.get("at")
    if said is None:
        raise scalars.Refused("", _("“was_in” needs an instant in “at”."))
    instant = scalars.read_day_or_instant(said, at, zone)
    if first_instant(instant, zone) > clock.now():
        raise scalars.Refused(at, _("Nobody knows yet who will be in: give an instant of the past."))
    return instant


def _path_back(reader: Reader, start: int) -> list[str]:
    """The names on the way from the edited list through `start` back to it; empty when there is no way."""
    if reader.reader_of is None:
        return []
    lists = reader.catalogue.segments
    came_from: dict[int, int | None] = {start: None}
    waiting = [start]
    while waiting:
        here = waiting.pop()
        if here == reader.reader_of:
            path, step = [lists[here].name], came_from[here]
            while step is not None:
                path.append(lists[step].name)
                step = came_from[step]
            return [lists[reader.reader_of].name, *reversed(path)]
        for following in lists[here].reads if here in lists else ():
            if following not in came_from:
                came_from[following] = here
                waiting.append(following)
    return []


KINDS = (Kind("segment", frozenset({"op", "value", "unit", "window", "at", "zone"}), segment),)
