"""One thing after another: whether some choice of events meets every step."""

from __future__ import annotations

from datetime import datetime
from itertools import takewhile
from typing import Any

from . import tree, windows
from .calendars import later
from .events import known_text
from .world import Definition, Event, Moment

Step = dict[str, Any]


def happened(node: Definition, moment: Moment) -> bool:
    steps: list[Step] = node["sequence"]
    return any(
        goes_on(steps[1:], start["at"], shared(node, start), node, moment)
        for start in meeting(steps[0], moment)
        if in_window(node, start, moment) and (node.get("same") is None or shared(node, start) is not None)
    )


def goes_on(steps: list[Step], at: datetime, same: str | None, node: Definition, moment: Moment) -> bool:
    """Whether the rest of the steps can follow the match at `at`."""
    absent = list(takewhile(lambda step: step.get("not"), steps))
    rest = steps[len(absent) :]
    if not rest:
        return all(stayed_away(step, at, None, same, node, moment) for step in absent)
    return any(
        all(stayed_away(step, at, event["at"], same, node, moment) for step in absent)
        and goes_on(rest[1:], event["at"], same, node, moment)
        for event in meeting(rest[0], moment)
        if event["at"] > at
        and in_window(node, event, moment)
        and (node.get("same") is None or shared(node, event) == same)
        and ("within" not in rest[0] or event["at"] <= limit(rest[0], at, node, moment))
    )


def stayed_away(
    step: Step, after: datetime, before: datetime | None, same: str | None, node: Definition, moment: Moment
) -> bool:
    """Whether no such event came between the two matches; with `before` None, whether none came until now and the
    time in which it could have come is over."""
    end = limit(step, after, node, moment) if "within" in step else None
    if before is None and end is not None and moment.now <= end:
        return False
    return not any(
        after < event["at"]
        and (before is None or event["at"] < before)
        and (end is None or event["at"] <= end)
        and (node.get("same") is None or shared(node, event) == same)
        for event in meeting(step, moment)
    )


def meeting(step: Step, moment: Moment) -> list[Event]:
    """The events until now that are what the step asks for."""
    return [
        event
        for event in moment.world.events.get(moment.contact, [])
        if event["name"] == step["event"]
        and event["at"] <= moment.now
        and tree.meant(step, Moment(moment.world, moment.contact, moment.now, event["properties"]))
    ]


def in_window(node: Definition, event: Event, moment: Moment) -> bool:
    return windows.holds(node.get("window"), event["at"], moment, moment.zone(node))


def shared(node: Definition, event: Event) -> str | None:
    return known_text(event["properties"].get(node["same"])) if "same" in node else None


def limit(step: Step, at: datetime, node: Definition, moment: Moment) -> datetime:
    return later(at, step["within"]["last"], step["within"]["unit"], moment.zone(node))
