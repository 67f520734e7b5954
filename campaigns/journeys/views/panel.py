"""What is open beside the picture: a step, what can be put at a slot, what makes people enter, or the rules."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from ..schema import STEP_KINDS
from . import forms, presenting, rearranging, saying, tree
from .acts import Definition

GROUPS: Final = (
    ("talk", ("send", "create_task", "webhook")),
    ("time", ("wait", "wait_for_event", "wait_until")),
    ("ways", ("branch", "end")),
    ("change", ("set_attribute", "add_to_list", "remove_from_list", "set_owner", "set_stage")),
)


def panel(
    definition: Definition,
    picture: presenting.Picture,
    opened: Mapping[str, str],
    problems: Mapping[str, Any],
    names: saying.Names,
    form: forms.OpenForm | None,
) -> dict[str, Any]:
    """What is open beside the picture; what is asked for and not there leaves it with nothing."""
    if (box := picture.box(opened.get("step", ""))) is not None:
        return _step(definition, box, problems, form)
    if (slot := opened.get("add", "")) and slot in tree.slots(definition["steps"]):
        return _kinds(definition, slot)
    if opened.get("part") == "rules":
        return _rules(definition, problems, names, form)
    if opened.get("part") == "trigger" or not definition.get("trigger"):
        return {
            "panel": "trigger",
            "form": form or forms.TriggerForm(definition.get("trigger") or {}),
            "wrong": [*problems.get("trigger", []), *problems.get("filter", [])],
            "lists_of": {"events": forms.events()},
        }
    return {"panel": "nothing"}


def _step(
    definition: Definition, box: presenting.Box, problems: Mapping[str, Any], form: forms.OpenForm | None
) -> dict[str, Any]:
    raw = next(step for step in definition["steps"] if step["id"] == box.id)
    arms = [way for way in box.ways if way.boxes]
    return {
        "panel": "step",
        "box": box,
        "raw": raw,
        "form": form or forms.STEP_FORMS[box.kind](raw),
        "wrong": problems.get(box.id, []),
        "below": sum(len(way.boxes) for way in arms),
        "arms": arms,
        "lists_of": _lists_of(box.kind),
    }


def _kinds(definition: Definition, slot: str) -> dict[str, Any]:
    """The steps that can stand at a slot, in groups."""
    groups = [
        (group, [(kind, STEP_KINDS[kind].label, saying.ICONS[kind]) for kind in kinds if _fits(definition, slot, kind)])
        for group, kinds in GROUPS
    ]
    return {"panel": "add", "slot": slot, "kinds": [(group, fitting) for group, fitting in groups if fitting]}


def _rules(
    definition: Definition, problems: Mapping[str, Any], names: saying.Names, form: forms.OpenForm | None
) -> dict[str, Any]:
    keys = ("goal", "goal_event", "goal_days", "exit", "reentry", "holdout")
    return {
        "panel": "rules",
        "form": form or forms.RulesForm(definition),
        "wrong": [one for key in keys for one in problems.get(key, [])],
        "goal_said": names.sentence(definition["goal"]) if definition.get("goal") else "",
        "exit_said": names.sentence(definition["exit"]) if definition.get("exit") else "",
        "lists_of": {"events": forms.events()},
    }


def _fits(definition: Definition, slot: str, kind: str) -> bool:
    """An end stands where nothing follows."""
    if kind != "end":
        return True
    try:
        rearranging.put(definition["steps"], slot, {"id": "-", "kind": kind})
    except KeyError:
        return False
    return True


def _lists_of(kind: str) -> dict[str, Any]:
    """The names that a control of the form suggests."""
    if kind == "wait_for_event":
        return {"events": forms.events()}
    if kind == "set_owner":
        return {"owners": forms.owner_names()}
    return {}
