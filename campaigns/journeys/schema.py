"""What an automation is, as a typed tree: a trigger, who may enter, steps, and when it is over for somebody.

    {"trigger": {"kind": "enters" | "leaves", "list": 12}
              | {"kind": "event", "event": "Cart Updated", "where": [conditions on the event]}
              | {"kind": "form", "survey": 3}
              | {"kind": "date", "property": "birth_date", "offset": -3, "at": "09:00", "yearly": true,
                 "zone": "contact" | "account"},
     "filter": definition or null,
     "steps": [{"id": "s1", "kind": …, "next": "s2" or null}, …],
     "goal": definition or null, "goal_event": {"event": …, "where": […]} or null, "goal_days": 30,
     "exit": definition or null,
     "reentry": "never" | "always" | {"after": 30, "unit": "day"},
     "holdout": 10}

The first step is where people begin; a step without `next` is the last. `branch` and `wait_for_event` go on at `yes` or
`no` instead. The steps:

    {"kind": "wait", "n": 2, "unit": "day"}                                minute, hour, day, week
    {"kind": "wait_for_event", "event": …, "where": […], "n": 3, "unit": "day"}    yes: it came in that time, no: not
    {"kind": "wait_until", "at": "09:00", "weekdays": [1, 2, 3, 4, 5], "zone": "contact" | "account"}    Monday is 1
    {"kind": "branch", "condition": definition}
    {"kind": "send", "campaign": 4}                             a campaign of the kind “Sent by automations”
    {"kind": "set_attribute", "property": "plan", "value": "gold"}         null empties it
    {"kind": "add_to_list" | "remove_from_list", "list": 9}     a static list
    {"kind": "set_owner", "owner": "Grace"} · {"kind": "set_stage", "stage": "customer"}
    {"kind": "create_task", "title": …, "note": …, "owner": person's id or null, "n": 1, "unit": "day"}    due in
    {"kind": "webhook", "url": …} · {"kind": "end"}
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import time, timedelta
from typing import Any, Final, Literal

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from segments.definition.nodes import Node, Performed

UNITS: Final[dict[str, timedelta]] = {
    "minute": timedelta(minutes=1),
    "hour": timedelta(hours=1),
    "day": timedelta(days=1),
    "week": timedelta(weeks=1),
}
Zone = Literal["contact", "account"]


@dataclass(frozen=True)
class StepKind:
    """`exits` are the keys under which the ids of what comes next stand."""

    key: str
    label: str | Promise
    exits: tuple[str, ...] = ("next",)
    waits: bool = False


STEP_KINDS: Final[dict[str, StepKind]] = {
    kind.key: kind
    for kind in (
        StepKind("wait", _("Wait"), waits=True),
        StepKind("wait_for_event", _("Wait for an event"), ("yes", "no"), waits=True),
        StepKind("wait_until", _("Wait until a time of day"), waits=True),
        StepKind("branch", _("Branch"), ("yes", "no")),
        StepKind("send", _("Send a message")),
        StepKind("set_attribute", _("Set an attribute")),
        StepKind("add_to_list", _("Add to a list")),
        StepKind("remove_from_list", _("Remove from a list")),
        StepKind("set_owner", _("Set the owner")),
        StepKind("set_stage", _("Set the stage")),
        StepKind("create_task", _("Create a task")),
        StepKind("webhook", _("Call a service")),
        StepKind("end", _("End"), ()),
    )
}
TRIGGER_KINDS: Final[dict[str, str | Promise]] = {
    "enters": _("Enters a list"),
    "leaves": _("Leaves a list"),
    "event": _("Does something"),
    "form": _("Answers a survey"),
    "date": _("Has a date"),
}


@dataclass(frozen=True)
class ListTrigger:
    list: int
    leaves: bool


@dataclass(frozen=True)
class EventTrigger:
    event: Performed


@dataclass(frozen=True)
class DateTrigger:
    """`offset` days after the date (before, where negative), at a time of day; every year where `yearly`."""

    property: str
    offset: int
    at: time
    yearly: bool
    zone: Zone


Trigger = ListTrigger | EventTrigger | DateTrigger


@dataclass(frozen=True)
class _Named:
    id: str


@dataclass(frozen=True)
class _Onward(_Named):
    """`next` is the step that follows; empty where this is the last."""

    next: str = field(default="", kw_only=True)


@dataclass(frozen=True)
class _Fork(_Named):
    yes: str = field(default="", kw_only=True)
    no: str = field(default="", kw_only=True)


@dataclass(frozen=True)
class Wait(_Onward):
    span: timedelta


@dataclass(frozen=True)
class WaitForEvent(_Fork):
    event: Performed
    span: timedelta


@dataclass(frozen=True)
class WaitUntil(_Onward):
    at: time
    weekdays: frozenset[int]
    zone: Zone


@dataclass(frozen=True)
class Branch(_Fork):
    condition: Node


@dataclass(frozen=True)
class Send(_Onward):
    campaign: int


@dataclass(frozen=True)
class SetValue(_Onward):
    """An attribute, the owner or the stage: `data` is what `update_contact` takes."""

    kind: str
    data: dict[str, Any] = field(hash=False)


@dataclass(frozen=True)
class MoveInList(_Onward):
    list: int
    enters: bool


@dataclass(frozen=True)
class CreateTask(_Onward):
    title: str
    note: str
    owner: int | None
    due_in: timedelta | None


@dataclass(frozen=True)
class Hook(_Onward):
    url: str


@dataclass(frozen=True)
class End(_Named):
    pass


Step = Wait | WaitForEvent | WaitUntil | Branch | Send | SetValue | MoveInList | CreateTask | Hook | End


@dataclass(frozen=True)
class Journey:
    """A definition that can be run. `again_after` is None where nobody enters twice, zero where everybody may."""

    trigger: Trigger
    filter: Node | None
    steps: dict[str, Step] = field(hash=False)
    first: str
    goal: Node | None
    goal_event: Performed | None
    goal_within: timedelta
    exit: Node | None
    again_after: timedelta | None
    holdout: float

    @property
    def has_goal(self) -> bool:
        return self.goal is not None or self.goal_event is not None
