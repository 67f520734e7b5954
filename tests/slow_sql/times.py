"""Days, instants and windows as SQL."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from .question import OwnZone, Question, local_day, text

HOURS = {"minute": "minutes", "hour": "hours"}
MONTHS = {"month": 1, "quarter": 3, "year": 12}


def moved(instant: str, n: int, unit: str, zone: str) -> str:
    """So much later by elapsed time, months and years by the calendar and the clock on the wall."""
    if unit in MONTHS:
        return first_shown(f"(({instant}) AT TIME ZONE ({zone})) + interval '1 month' * {n * MONTHS[unit]}", zone)
    length = {"minute": "1 minute", "hour": "1 hour", "day": "24 hours", "week": "168 hours"}[unit]
    return f"(({instant}) + interval '{length}' * {n})"


def first_shown(local: str, zone: str) -> str:
    """The first instant at which the clock shows `local`; where it skips that, as long after the gap's beginning."""
    return f"""(
        SELECT COALESCE(min(guess - back) FILTER (WHERE (guess - back) AT TIME ZONE ({zone}) = wall), min(guess))
          FROM (SELECT {local} AS wall, ({local}) AT TIME ZONE ({zone}) AS guess) AS shown,
               unnest(ARRAY['0', '30 minutes', '1 hour', '2 hours']::interval[]) AS back)"""


def moved_day(day: str, n: int, unit: str) -> str:
    months, days = {"day": (0, n), "week": (0, 7 * n)}.get(unit, (n * MONTHS.get(unit, 0), 0))
    return f"(({day}) + make_interval(months => {months}, days => {days}))::date"


def unit_start(day: str, unit: str, fiscal_start: int) -> str:
    """The first day of the unit that holds `day`: of all days before, the last on which a unit begins."""
    begins = {
        "day": "true",
        "week": "extract(isodow FROM one) = 1",
        "month": "extract(day FROM one) = 1",
        "quarter": f"extract(day FROM one) = 1 AND (extract(month FROM one) - {fiscal_start} + 12) % 3 = 0",
        "year": f"extract(day FROM one) = 1 AND extract(month FROM one) = {fiscal_start}",
    }[unit]
    return (
        f"(SELECT max(one)::date FROM generate_series(({day}) - 366, ({day}), interval '1 day') AS one WHERE {begins})"
    )


def is_day(bound: str) -> bool:
    return "T" not in bound and " " not in bound


def said_instant(bound: str, zone: str) -> str:
    """An instant as a definition writes it; without an offset it is meant in the zone."""
    read, zone = datetime.fromisoformat(bound), zone.written if isinstance(zone, OwnZone) else zone
    return text(read) if read.tzinfo else first_shown(f"'{read.isoformat()}'::timestamp", zone)


def before(instant: str, bound: str, zone: str) -> str:
    """`instant` lies before the day or instant `bound` begins."""
    if is_day(bound):
        return f"{local_day(instant, zone)} < {text(date.fromisoformat(bound))}"
    return f"({instant}) < {said_instant(bound, zone)}"


def after(instant: str, bound: str, zone: str) -> str:
    """`instant` lies after the day or instant `bound` has ended."""
    if is_day(bound):
        return f"{local_day(instant, zone)} > {text(date.fromisoformat(bound))}"
    return f"({instant}) > {said_instant(bound, zone)}"


def of_node(node: Mapping[str, Any]) -> Mapping[str, Any]:
    """The window of a question about changes, in any of its spellings."""
    if node.get("window"):
        return dict(node["window"])
    value = node.get("value") or {}
    return {"last": value, "unit": node["unit"]} if isinstance(value, int) else value


def within(window: Mapping[str, Any] | None, instant: str, ask: Question, zone: str, first: str = "") -> str:
    """`instant` lies in the window; `first` is when the first such event happened."""
    now = ask.instant
    match window or {}:
        case {"last": n, "unit": unit}:
            inside = f"({instant}) >= {moved(now, -n, unit, zone)}"
        case {"ago": ends, "unit": unit}:
            inside = (
                f"({instant}) >= {moved(now, -max(ends), unit, zone)}"
                f" AND ({instant}) <= {moved(now, -min(ends), unit, zone)}"
            )
        case {"this": unit}:
            inside = f"{local_day(instant, zone)} >= {unit_start(ask.today(zone), unit, ask.fiscal_start)}"
        case {"previous": unit}:
            inside = units_back(instant, unit, 1, ask, zone)
        case {"since_first": n, "unit": unit}:
            inside = f"({instant}) <= {moved(first, n, unit, zone)}"
        case limits:
            from_, to = limits.get("from"), limits.get("to")
            parts = [f"NOT {before(instant, from_, zone)}"] if from_ else []
            inside = " AND ".join([*parts, f"NOT {after(instant, to, zone)}" if to else "true"])
    return f"(({instant}) <= {now} AND {inside})"


def units_back(instant: str, unit: str, back: int, ask: Question, zone: str) -> str:
    """In the calendar unit that many before this one."""
    start = unit_start(ask.today(zone), unit, ask.fiscal_start)
    day = local_day(instant, zone)
    return f"({day} >= {moved_day(start, -back, unit)} AND {day} < {moved_day(start, 1 - back, unit)})"


def within_before(window: Mapping[str, Any], instant: str, ask: Question, zone: str) -> str:
    """`instant` lies in the window of equal length before."""
    now = ask.instant
    match window:
        case {"last": n, "unit": unit}:
            ends = moved(now, -2 * n, unit, zone), moved(now, -n, unit, zone)
        case {"ago": [one, other], "unit": unit}:
            far, near = max(one, other), min(one, other)
            ends = moved(now, near - 2 * far, unit, zone), moved(now, -far, unit, zone)
        case {"this": unit}:
            return units_back(instant, unit, 1, ask, zone)
        case {"previous": unit}:
            return units_back(instant, unit, 2, ask, zone)
        case _:
            start, end = edge(window["from"], zone, 0), edge(window["to"], zone, 1)
            ends = f"({start} - (extract(epoch FROM {end} - {start}) * interval '1 second'))", start
    return f"(({instant}) >= {ends[0]} AND ({instant}) < {ends[1]} AND ({instant}) <= {now})"


def edge(bound: str, zone: str, end: int) -> str:
    """Where the day or instant begins, or the first instant after it."""
    if is_day(bound):
        return first_shown(f"({text(date.fromisoformat(bound))} + {end})::timestamp", zone)
    return f"({said_instant(bound, zone)} + interval '{end} microsecond')"
