"""What the OpenAPI document says of the definition of an automation: every trigger and step with its keys, as
`schema.py` has them in words."""

from __future__ import annotations

from typing import Any, Final

from ..models import Campaign
from .reader import LONGEST_WAIT
from .schema import STEP_KINDS, UNITS
from .shape import MOST_STEPS

Schema = dict[str, Any]
_ID: Final[Schema] = {"type": "integer", "minimum": 1}
_TEXT: Final[Schema] = {"type": "string"}
_CONDITION: Final[Schema] = {"type": "object", "description": "As in an active list.", "additionalProperties": {}}
_MAYBE: Final[Schema] = {**_CONDITION, "nullable": True}
_EVENT: Final[dict[str, Schema]] = {
    "event": _TEXT,
    "where": {
        "type": "array",
        "items": _CONDITION,
        "description": "Conditions on the event's properties, as in a definition.",
    },
}
_SPAN: Final[dict[str, Schema]] = {
    "n": {"type": "integer", "minimum": 1, "description": f"At most {LONGEST_WAIT.days} days in all."},
    "unit": {"type": "string", "enum": [*UNITS]},
}
_AT: Final[Schema] = {"type": "string", "pattern": "^([01][0-9]|2[0-3]):[0-5][0-9]$", "example": "09:00"}
_ZONE: Final[Schema] = {"type": "string", "enum": ["contact", "account"], "default": "contact"}


def _kind(kind: str, about: str, keys: dict[str, Schema], *, needed: tuple[str, ...] | None = None) -> Schema:
    required = ["kind", *(keys if needed is None else needed)]
    properties = {"kind": {"type": "string", "enum": [kind]}, **keys}
    return {"type": "object", "description": about, "required": required, "properties": properties}


TRIGGERS: Final[list[Schema]] = [
    _kind("enters", "Enters a list, static or active.", {"list": _ID}),
    _kind("leaves", "Leaves a list.", {"list": _ID}),
    _kind("event", "Does something.", _EVENT, needed=("event",)),
    _kind("form", "Answers a survey or form.", {"survey": _ID}),
    _kind(
        "date",
        "Has a date: so many days after it (before, where negative), at a time of day, every year where `yearly`.",
        {
            "property": _TEXT,
            "offset": {"type": "integer", "minimum": -365, "maximum": 365, "default": 0},
            "at": {**_AT, "description": "A full quarter of an hour."},
            "yearly": {"type": "boolean", "default": False},
            "zone": _ZONE,
        },
        needed=("property", "at"),
    ),
]
_WEEKDAYS: Final[Schema] = {"type": "array", "items": {"type": "integer", "minimum": 1, "maximum": 7}}
_TASK: Final[dict[str, Schema]] = {
    "title": {**_TEXT, "maxLength": 300},
    "note": _TEXT,
    "owner": {**_ID, "nullable": True, "description": "A person who works here."},
    **_SPAN,
}
_OF_STEPS: Final[dict[str, tuple[str, dict[str, Schema], tuple[str, ...]]]] = {
    "wait": ("Wait for a time.", _SPAN, ("n", "unit")),
    "wait_for_event": (
        "Wait until an event, at most so long: on at `yes` when it comes, at `no` when it did not.",
        {**_EVENT, **_SPAN},
        ("event", "n", "unit"),
    ),
    "wait_until": (
        "Wait until a local hour, on certain days of the week (Monday is 1; every day where left out).",
        {"at": _AT, "weekdays": _WEEKDAYS, "zone": _ZONE},
        ("at",),
    ),
    "branch": ("On at `yes` if the condition holds, else at `no`.", {"condition": _CONDITION}, ("condition",)),
    "send": (f"Send a message: a campaign of the kind “{Campaign.Kind.AUTOMATED}”.", {"campaign": _ID}, ("campaign",)),
    "set_attribute": (
        "Set an attribute, standard or custom; null empties it.",
        {"property": _TEXT, "value": {"nullable": True}},
        ("property", "value"),
    ),
    "add_to_list": ("Add to a static list.", {"list": _ID}, ("list",)),
    "remove_from_list": ("Remove from a static list.", {"list": _ID}, ("list",)),
    "set_owner": ("Set the owner.", {"owner": {**_TEXT, "nullable": True}}, ("owner",)),
    "set_stage": ("Set the lifecycle stage.", {"stage": _TEXT}, ("stage",)),
    "create_task": ("Create a task, due in so long where `n` is given.", _TASK, ("title",)),
    "webhook": ("Call a service: a signed POST of JSON.", {"url": {"type": "string", "format": "uri"}}, ("url",)),
    "end": ("The end.", {}, ()),
}


def _step(kind: str) -> Schema:
    about, keys, needed = _OF_STEPS[kind]
    exits = {
        key: {**_TEXT, "nullable": True, "description": "The `id` of what follows."} for key in STEP_KINDS[kind].exits
    }
    name: Schema = {"type": "string", "pattern": "^[A-Za-z0-9_-]{1,40}$"}
    return _kind(kind, about, {"id": name, **keys, **exits}, needed=("id", *needed))


DEFINITION: Final[Schema] = {
    "type": "object",
    "description": "A draft may lack a trigger and steps; `problems` says what keeps it from being switched on.",
    "additionalProperties": False,
    "properties": {
        "trigger": {"nullable": True, "oneOf": TRIGGERS},
        "filter": {**_MAYBE, "description": "Who may enter: a definition, as in an active list."},
        "steps": {
            "type": "array",
            "maxItems": MOST_STEPS,
            "description": "The first is where people begin; one that leads nowhere is the last.",
            "items": {"oneOf": [_step(kind) for kind in STEP_KINDS]},
        },
        "goal": {**_MAYBE, "description": "Whoever it holds for has reached the goal and leaves."},
        "goal_event": {
            "type": "object",
            "nullable": True,
            "description": "Or the goal is that this happens after entering.",
            "required": ["event"],
            "properties": _EVENT,
        },
        "goal_days": {"type": "integer", "minimum": 1, "maximum": 365, "default": 30},
        "exit": {**_MAYBE, "description": "Whoever it holds for leaves early."},
        "reentry": {
            "default": "never",
            "oneOf": [
                {"type": "string", "enum": ["never", "always"]},
                {
                    "type": "object",
                    "required": ["after", "unit"],
                    "properties": {"after": _SPAN["n"], "unit": _SPAN["unit"]},
                },
            ],
        },
        "holdout": {
            "type": "number",
            "minimum": 0,
            "maximum": 50,
            "default": 0,
            "description": "The percentage of those who enter to whom nothing is done, for comparison.",
        },
    },
    "example": {
        "trigger": {"kind": "event", "event": "Cart Updated"},
        "filter": {"reachable": "email"},
        "steps": [
            {"id": "s1", "kind": "wait_for_event", "event": "Order Completed", "n": 1, "unit": "hour", "no": "s2"},
            {"id": "s2", "kind": "create_task", "title": "Call about the cart", "n": 1, "unit": "day"},
        ],
        "goal_event": {"event": "Order Completed"},
        "reentry": {"after": 30, "unit": "day"},
        "holdout": 10,
    },
}
