"""Windows of time. What is dated after now is in none of them."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from .calendars import TICK, ago, ends_before, is_day, later, local_day, midnight, shifted, start_of_unit, written
from .calendars import starts_after as begins_after
from .world import Definition, Moment

Window = dict[str, Any]


def of_node(node: Definition) -> Window | None:
    """The window of a question about changes: under `window`, as the value, or in short as a number of units."""
    if "window" in node:
        return dict(node["window"])
    value = node.get("value")
    return {"last": value, "unit": node["unit"]} if isinstance(value, int) else value


def holds(window: Window | None, at: datetime, moment: Moment, zone: str, first: datetime | None = None) -> bool:
    """Whether `at` lies in the window; `first` is when the first such event happened."""
    now = moment.now
    if at > now:
        return False
    if not window:
        return True
    if "last" in window:
        return ago(window["last"], window["unit"], now, zone) <= at
    if "ago" in window:
        far, near = ends_of_ago(window)
        return ago(far, window["unit"], now, zone) <= at <= ago(near, window["unit"], now, zone)
    if "this" in window:
        return this_unit(window["this"], moment, zone) <= local_day(at, zone)
    if "previous" in window:
        start = this_unit(window["previous"], moment, zone)
        return shifted(start, -1, window["previous"]) <= local_day(at, zone) < start
    if "since_first" in window:
        assert first is not None
        return at <= later(first, window["since_first"], window["unit"], zone)
    begin, end = window.get("from"), window.get("to")
    return not (begin and begins_after(begin, at, zone)) and not (end and ends_before(end, at, zone))


def holds_before(window: Window, at: datetime, moment: Moment, zone: str) -> bool:
    """Whether `at` lies in the window of equal length before this one."""
    now = moment.now
    if "last" in window:
        n, unit = window["last"], window["unit"]
        return ago(2 * n, unit, now, zone) <= at < ago(n, unit, now, zone)
    if "ago" in window:
        far, near = ends_of_ago(window)
        return ago(2 * far - near, window["unit"], now, zone) <= at < ago(far, window["unit"], now, zone)
    if "this" in window:
        return holds({"previous": window["this"]}, at, moment, zone)
    if "previous" in window:
        unit = window["previous"]
        start = this_unit(unit, moment, zone)
        return shifted(start, -2, unit) <= local_day(at, zone) < shifted(start, -1, unit)
    start_at, end_at = beginning(window["from"], zone), end_of(window["to"], zone)
    return start_at - (end_at - start_at) <= at < start_at and at <= now


def ends_of_ago(window: Window) -> tuple[int, int]:
    return max(window["ago"]), min(window["ago"])


def this_unit(unit: str, moment: Moment, zone: str) -> date:
    return start_of_unit(local_day(moment.now, zone), unit, moment.world.fiscal_start)


def beginning(bound: str, zone: str) -> datetime:
    return midnight(date.fromisoformat(bound), zone) if is_day(bound) else written(bound, zone)


def end_of(bound: str, zone: str) -> datetime:
    """The first instant after the day or instant."""
    if is_day(bound):
        return midnight(date.fromisoformat(bound) + timedelta(days=1), zone)
    return beginning(bound, zone) + TICK
