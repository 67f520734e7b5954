"""What is done in the editor: an act changes the definition, and says what is open beside the picture afterwards.

Where it was done by a form that has mistakes, the form comes back and the definition is as it was.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from django.http import QueryDict
from django.utils.translation import gettext as _

from . import forms, rearranging
from .tree import exits_of

Definition = dict[str, Any]
Opened = dict[str, str]
Done = tuple[Definition, Opened, forms.OpenForm | None]
Act = Callable[[QueryDict, Definition, Opened], Done]


class Wrong(Exception):
    """What was sent does not fit the picture as it is now."""


def text(asked: QueryDict, name: str) -> str:
    return asked.get(name, "")[:200].replace("\x00", "")


def perform(act: str, asked: QueryDict, definition: Definition, opened: Opened) -> Done:
    if act not in _ACTS:
        raise Wrong(_("Choose what is to be done."))
    return _ACTS[act](asked, definition, opened)


def _add(asked: QueryDict, definition: Definition, opened: Opened) -> Done:
    kind, steps = text(asked, "kind"), definition["steps"]
    if kind not in forms.BLANKS:
        raise Wrong(_("Choose what the step does."))
    made = {"id": rearranging.new_id(steps, kind), "kind": kind, **forms.BLANKS[kind]}
    definition["steps"] = _placed(lambda: rearranging.put(steps, opened["add"], made))
    return definition, {"step": made["id"]}, None


def _remove(asked: QueryDict, definition: Definition, opened: Opened) -> Done:
    definition["steps"] = rearranging.remove(definition["steps"], opened["step"], keep=text(asked, "stay"))
    return definition, {}, None


def _move(asked: QueryDict, definition: Definition, opened: Opened) -> Done:
    steps = definition["steps"]
    definition["steps"] = _placed(lambda: rearranging.move(steps, opened["step"], text(asked, "slot")))
    return definition, {"step": opened["step"]}, None


def _shift(by: int) -> Act:
    def shifted(asked: QueryDict, definition: Definition, opened: Opened) -> Done:
        steps = definition["steps"]
        definition["steps"] = _placed(lambda: rearranging.shift(steps, opened["step"], by))
        return definition, {"step": opened["step"]}, None

    return shifted


def _copy(asked: QueryDict, definition: Definition, opened: Opened) -> Done:
    """The same step once more below it; of a branch without what stands on its ways."""
    steps = definition["steps"]
    raw = _step(steps, opened["step"])
    exits = exits_of(raw)
    made = {key: value for key, value in raw.items() if key not in exits} | {
        "id": rearranging.new_id(steps, raw["kind"])
    }
    definition["steps"] = _placed(lambda: rearranging.put(steps, str(raw["id"]), made))
    return definition, {"step": made["id"]}, None


def _save(asked: QueryDict, definition: Definition, opened: Opened) -> Done:
    """What the form beside the picture says about a step."""
    steps = definition["steps"]
    raw = _step(steps, opened["step"])
    form = forms.STEP_FORMS[raw["kind"]](raw, asked)
    if form.is_valid():
        kept = {key: raw[key] for key in ("id", "kind", *exits_of(raw)) if key in raw}
        made = kept | form.written()
        definition["steps"] = [made if step is raw else step for step in steps]
    return definition, {"step": opened["step"]}, form


def _trigger(asked: QueryDict, definition: Definition, opened: Opened) -> Done:
    form = forms.TriggerForm(definition.get("trigger") or {}, asked)
    if form.is_valid():
        definition["trigger"] = form.written()
    return definition, {"part": "trigger"}, form


def _rules(asked: QueryDict, definition: Definition, opened: Opened) -> Done:
    form = forms.RulesForm(definition, asked)
    if form.is_valid():
        definition |= form.written()
    return definition, {"part": "rules"}, form


def _drop(asked: QueryDict, definition: Definition, opened: Opened) -> Done:
    """Take a condition away: the filter, the goal or the exit."""
    of = text(asked, "of")
    if of not in ("filter", "goal", "exit"):
        raise Wrong(_("Choose what is to be done."))
    definition[of] = None
    return definition, {"part": "trigger" if of == "filter" else "rules"}, None


_ACTS: Final[Mapping[str, Act]] = {
    "add": _add,
    "remove": _remove,
    "move": _move,
    "up": _shift(-1),
    "down": _shift(1),
    "copy": _copy,
    "save": _save,
    "trigger": _trigger,
    "rules": _rules,
    "drop": _drop,
}


def _placed(change: Callable[[], list[dict[str, Any]]]) -> list[dict[str, Any]]:
    try:
        return change()
    except KeyError:
        raise Wrong(_("A step cannot stand there.")) from None


def _step(steps: list[dict[str, Any]], step_id: str) -> dict[str, Any]:
    found = next((step for step in steps if step["id"] == step_id), None)
    if found is None:
        raise Wrong(_("This step is not there any more."))
    return found
