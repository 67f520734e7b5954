"""Read the definition of an automation: what can be run, or everything that is wrong with it, each at its place."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from django.utils.translation import gettext as _

from crmseg.common.problems import InvalidInput, Problem
from segments import catalogue
from segments.definition.schema import Catalogue

from .load_steps import read_step
from .load_triggers import read_trigger
from .paths import check_paths
from .reader import Reader
from .schema import Journey
from .shape import shape

LONGEST_GOAL: Final = 365


def problems(raw: object) -> list[Problem]:
    """Everything that keeps it from being switched on, each at its place; nothing where it is ready."""
    try:
        load(raw)
    except InvalidInput as error:
        return error.problems
    return []


def load(raw: object, known: Catalogue | None = None) -> Journey:
    """What can be run. Raises InvalidInput with every problem."""
    kept, reader = shape(raw), Reader(known or catalogue.current())
    trigger = read_trigger(reader, kept["trigger"])
    steps = [read_step(reader, step, f"/steps/{place}") for place, step in enumerate(kept["steps"])]
    if not kept["steps"]:
        reader.refuse("/steps", _("Add at least one step."))
    check_paths(reader, kept["steps"])
    goal, leaves = reader.condition(kept["goal"], "/goal"), reader.condition(kept["exit"], "/exit")
    asked = reader.condition(kept["filter"], "/filter")
    reached = reader.event(kept["goal_event"], "/goal_event") if kept["goal_event"] is not None else None
    days = reader.whole(kept["goal_days"], "/goal_days", 1, LONGEST_GOAL)
    again = _reentry(reader, kept["reentry"])
    holdout = reader.percent(kept["holdout"], "/holdout", 50)
    if reader.problems or trigger is None:
        raise InvalidInput(reader.problems)
    return Journey(
        trigger=trigger,
        filter=asked,
        steps={step.id: step for step in steps if step is not None},
        first=kept["steps"][0]["id"],
        goal=goal,
        goal_event=reached,
        goal_within=timedelta(days=days or 1),
        exit=leaves,
        again_after=again,
        holdout=holdout / 100,
    )


def _reentry(reader: Reader, raw: object) -> timedelta | None:
    if raw == "never":
        return None
    if raw == "always":
        return timedelta(0)
    if isinstance(raw, Mapping) and raw.keys() == {"after", "unit"}:
        found = reader.span({"n": raw["after"], "unit": raw["unit"]}, "/reentry", n="after")
        return found if found is not None else timedelta(0)
    reader.refuse("/reentry", _("Expected “never”, “always”, or after how long."))
    return None
