"""Windows of time as fields of a row: in the last, between … ago, from … to, this and the previous, since the first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from segments.definition.schema import Catalogue

from . import choices
from .draft import Draft, Fields
from .values import NotShown, Unfinished, instant, integer, local, needed, text


def fields(raw: Any, catalogue: Catalogue) -> Fields:
    match raw:
        case None:
            return {}
        case {"last": n, "unit": str(unit)}:
            return {"window": ["last"], "window_n": [text(n)], "window_unit": [unit]}
        case {"since_first": n, "unit": str(unit)}:
            return {"window": ["since_first"], "window_n": [text(n)], "window_unit": [unit]}
        case {"ago": [first, second], "unit": str(unit)}:
            both = {"window_n": [text(first)], "window_n2": [text(second)]}
            return {"window": ["ago"], "window_unit": [unit]} | both
        case {"this": str(unit)}:
            return {"window": ["this"], "window_calendar": [unit]}
        case {"previous": str(unit)}:
            return {"window": ["previous"], "window_calendar": [unit]}
        case {**ends} if ends and ends.keys() <= {"from", "to"}:
            shown = {f"window_{end}": [local(text(t), catalogue.zone)] for end, t in ends.items()}
            return {"window": ["between"]} | shown
    raise NotShown


def node(draft: Draft, catalogue: Catalogue) -> dict[str, Any] | None:
    """The window as JSON; None is all time."""
    kind = draft.first("window")
    match kind:
        case "":
            return None
        case "last" | "since_first":
            (n,) = needed(draft.first("window_n"))
            return {kind: integer(n), "unit": draft.first("window_unit", "day")}
        case "ago":
            both = needed(draft.first("window_n"), draft.first("window_n2"))
            return {"ago": [integer(n) for n in both], "unit": draft.first("window_unit", "day")}
        case "this" | "previous":
            return {kind: draft.first("window_calendar", "month")}
    ends = {"from": draft.first("window_from"), "to": draft.first("window_to")}
    given = {end: instant(said, catalogue.zone) for end, said in ends.items() if said}
    if not given:
        raise Unfinished
    return given


def shown(draft: Draft, *, first: bool = False, always: bool = False) -> dict[str, Any]:
    """`first`: there may be a first event to count from. `always`: all time is no choice."""
    if always:
        offered = choices.BOUNDED if first else choices.BOUNDED_NOT_FIRST
    else:
        offered = choices.WINDOWS if first else choices.NOT_FIRST
    chosen = draft.first("window") if draft.first("window") in offered.values else offered[0].value
    return {
        "windows": offered,
        "window": chosen,
        "window_n": draft.first("window_n", "30"),
        "window_n2": draft.first("window_n2", "0"),
        "window_unit": draft.first("window_unit", "day"),
        "window_units": choices.UNITS,
        "window_calendar": draft.first("window_calendar", "month"),
        "window_calendars": choices.CALENDAR_UNITS,
        "window_from": Moment.of(draft.first("window_from"), timed=bool(draft.first("timed"))),
        "window_to": Moment.of(draft.first("window_to"), timed=bool(draft.first("timed"))),
    }


@dataclass(frozen=True)
class Moment:
    """A day or an instant, and the control that holds it: one that only text can say is text."""

    text: str
    input: Literal["date", "datetime-local", "text"]

    @classmethod
    def of(cls, said: str, *, timed: bool = False) -> Moment:
        day, at, clock = said.partition("T")
        if at:
            offset = any(sign in clock for sign in "Z+-.") or not day[:4].isdecimal()
            return cls(said, "text" if offset else "datetime-local")
        if timed:
            return cls(f"{day}T00:00" if day else "", "datetime-local")
        return cls(said, "date")
