"""The editor: the picture of the steps, and beside it what is chosen. Every change is kept as a version at once, and
nobody follows it until it is switched on; so undoing is going back to an earlier version.

The address says what is open beside the picture: `?step=ID`, `?add=SLOT`, `?part=trigger` or `?part=rules`. A POST
says in `act` what is done. `seen` is the state that its page showed; `back` and `forth` are the versions to go to.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from crmseg.access.actors import actor_of
from crmseg.access.roles import role_required
from crmseg.common.problems import InvalidInput
from crmseg.web import htmx, locking
from crmseg.web.problems import tell

from ...models import Automation, AutomationVersion
from .. import services
from ..schema import STEP_KINDS
from . import forms, presenting, saying, tree
from .finding import automation_or_404

Definition = dict[str, Any]
MOST_BACK: Final = 50
PARTS: Final = ("trigger", "rules")
GROUPS: Final = (
    ("talk", ("send", "create_task", "webhook")),
    ("time", ("wait", "wait_for_event", "wait_until")),
    ("ways", ("branch", "end")),
    ("change", ("set_attribute", "add_to_list", "remove_from_list", "set_owner", "set_stage")),
)
_SHOWN: Final = ("version", "state")


class _Wrong(Exception):
    """What was sent does not fit the picture as it is now."""


@require_http_methods(["GET", "POST"])
@role_required("marketer")
def edit(request: HttpRequest, automation_id: int) -> HttpResponseBase:
    automation = automation_or_404(automation_id)
    if automation.state == Automation.State.ARCHIVED:
        messages.error(request, _("This automation is archived. Restore it first."))
        return redirect("automations:automation", automation_id)
    if request.method == "POST":
        return _change(request, automation)
    opened = {key: _parameter(request, key) for key in ("step", "add", "part")}
    return _page(request, automation, opened, _history(request.GET, automation))


def _change(request: HttpRequest, automation: Automation) -> HttpResponseBase:
    opened = {key: _text(request, key) for key in ("step", "add", "part")}
    history = _history(request.POST, automation)
    form: forms.OpenForm | None = None
    try:
        with locking.unchanged(request, Automation.objects.all(), automation.pk, _SHOWN) as now:
            before = now.latest
            act = _text(request, "act")
            if act in ("undo", "redo"):
                _go(request, now, before, history, act)
            else:
                definition, opened, form = _ACTS.get(act, _nothing)(request, dict(before.definition), opened)
                made = services.save_definition(now.pk, definition, actor=actor_of(request))
                if made.number != before.number:
                    history["back"] = [*history["back"], before.number][-MOST_BACK:]
                    history["forth"] = []
    except locking.ChangedMeanwhile:
        messages.warning(
            request, _("Somebody else changed this meanwhile. Here it is as it is now; your last step was not done.")
        )
        history = _history({}, automation_or_404(automation.pk))
        return _page(request, automation_or_404(automation.pk), opened, history, status=409)
    except _Wrong as error:
        messages.error(request, str(error))
        return _page(request, automation_or_404(automation.pk), opened, history, status=400)
    except InvalidInput as error:
        tell(request, error)
        return _page(request, automation_or_404(automation.pk), opened, history, status=400)
    if form is not None and form.errors:
        return _page(request, automation_or_404(automation.pk), opened, history, form=form, status=400)
    if not htmx.wants_part(request):
        return redirect(_address(automation.pk, opened))
    response = _page(request, automation_or_404(automation.pk), opened, history, focus=_text(request, "act"))
    response["HX-Push-Url"] = _address(automation.pk, opened)
    return response


def _nothing(request: HttpRequest, definition: Definition, opened: dict[str, str]) -> Any:
    raise _Wrong(_("Choose what is to be done."))


def _add(request: HttpRequest, definition: Definition, opened: dict[str, str]) -> Any:
    kind, steps = _text(request, "kind"), definition["steps"]
    if kind not in forms.BLANKS:
        raise _Wrong(_("Choose what the step does."))
    made = {"id": tree.new_id(steps, kind), "kind": kind, **forms.BLANKS[kind]}
    definition["steps"] = _placed(lambda: tree.put(steps, opened["add"], made))
    return definition, {"step": made["id"]}, None


def _remove(request: HttpRequest, definition: Definition, opened: dict[str, str]) -> Any:
    definition["steps"] = tree.remove(definition["steps"], opened["step"], keep=_text(request, "stay"))
    return definition, {}, None


def _move(request: HttpRequest, definition: Definition, opened: dict[str, str]) -> Any:
    steps = definition["steps"]
    definition["steps"] = _placed(lambda: tree.move(steps, opened["step"], _text(request, "slot")))
    return definition, {"step": opened["step"]}, None


def _shift(by: int) -> Callable[[HttpRequest, Definition, dict[str, str]], Any]:
    def shifted(request: HttpRequest, definition: Definition, opened: dict[str, str]) -> Any:
        steps = definition["steps"]
        definition["steps"] = _placed(lambda: tree.shift(steps, opened["step"], by))
        return definition, {"step": opened["step"]}, None

    return shifted


def _copy(request: HttpRequest, definition: Definition, opened: dict[str, str]) -> Any:
    """The same step once more below it; of a branch without what stands on its ways."""
    steps = definition["steps"]
    raw = _step(steps, opened["step"])
    exits = tree.exits_of(raw)
    made = {key: value for key, value in raw.items() if key not in exits} | {"id": tree.new_id(steps, raw["kind"])}
    definition["steps"] = _placed(lambda: tree.put(steps, str(raw["id"]), made))
    return definition, {"step": made["id"]}, None


def _save(request: HttpRequest, definition: Definition, opened: dict[str, str]) -> Any:
    """What the form beside the picture says about a step."""
    steps = definition["steps"]
    raw = _step(steps, opened["step"])
    form = forms.STEP_FORMS[raw["kind"]](raw, request.POST)
    if form.is_valid():
        kept = {key: raw[key] for key in ("id", "kind", *tree.exits_of(raw)) if key in raw}
        made = kept | form.written()
        definition["steps"] = [made if step is raw else step for step in steps]
    return definition, {"step": opened["step"]}, form


def _trigger(request: HttpRequest, definition: Definition, opened: dict[str, str]) -> Any:
    form = forms.TriggerForm(definition.get("trigger") or {}, request.POST)
    if form.is_valid():
        definition["trigger"] = form.written()
    return definition, {"part": "trigger"}, form


def _rules(request: HttpRequest, definition: Definition, opened: dict[str, str]) -> Any:
    form = forms.RulesForm(definition, request.POST)
    if form.is_valid():
        definition |= form.written()
    return definition, {"part": "rules"}, form


def _drop(request: HttpRequest, definition: Definition, opened: dict[str, str]) -> Any:
    """Take a condition away: the filter, the goal or the exit."""
    of = _text(request, "of")
    if of not in ("filter", "goal", "exit"):
        raise _Wrong(_("Choose what is to be done."))
    definition[of] = None
    return definition, {"part": "trigger" if of == "filter" else "rules"}, None


_ACTS: Final[Mapping[str, Callable[[HttpRequest, Definition, dict[str, str]], Any]]] = {
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


def _go(
    request: HttpRequest, automation: Automation, now: AutomationVersion, history: dict[str, list[int]], act: str
) -> None:
    """To the version before, or to the one that was gone back from."""
    source, other = ("back", "forth") if act == "undo" else ("forth", "back")
    if not history[source]:
        raise _Wrong(_("Nothing to undo.") if act == "undo" else _("Nothing to redo."))
    number = history[source].pop()
    try:
        services.restore_version(automation.pk, number, actor=actor_of(request))
    except AutomationVersion.DoesNotExist:
        raise _Wrong(_("There is no such version.")) from None
    history[other].append(now.number)


def _placed(change: Callable[[], list[dict[str, Any]]]) -> list[dict[str, Any]]:
    try:
        return change()
    except KeyError:
        raise _Wrong(_("A step cannot stand there.")) from None


def _step(steps: list[dict[str, Any]], step_id: str) -> dict[str, Any]:
    found = next((step for step in steps if step["id"] == step_id), None)
    if found is None:
        raise _Wrong(_("This step is not there any more."))
    return found


def _page(
    request: HttpRequest,
    automation: Automation,
    opened: dict[str, str],
    history: dict[str, list[int]],
    *,
    form: forms.OpenForm | None = None,
    focus: str = "",
    status: int = 200,
) -> HttpResponse:
    definition = automation.latest.definition
    problems, names = presenting.problems_of(definition), saying.Names([definition])
    picture = presenting.draw(definition, names, problems=problems)
    context = {
        "automation": automation,
        "definition": definition,
        "picture": picture,
        "seen": locking.state_of(automation, _SHOWN),
        "history": history,
        "back": ",".join(map(str, history["back"])),
        "forth": ",".join(map(str, history["forth"])),
        "again": saying.again(definition.get("reentry")),
        "focus": focus,
        "filter_said": names.sentence(definition["filter"]) if definition.get("filter") else "",
        **_panel(definition, picture, opened, problems, names, form),
    }
    return render(request, "automations/edit.html", context, status=status)


def _panel(
    definition: Definition,
    picture: presenting.Picture,
    opened: dict[str, str],
    problems: Mapping[str, Any],
    names: saying.Names,
    form: forms.OpenForm | None,
) -> dict[str, Any]:
    """What is open beside the picture; what is asked for and not there leaves it with nothing."""
    box = picture.box(opened.get("step", ""))
    if box is not None:
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
    if (slot := opened.get("add", "")) and slot in tree.slots(definition["steps"]):
        kinds = [
            (
                group,
                [(kind, STEP_KINDS[kind].label, saying.ICONS[kind]) for kind in kinds if _fits(definition, slot, kind)],
            )
            for group, kinds in GROUPS
        ]
        return {"panel": "add", "slot": slot, "kinds": [one for one in kinds if one[1]]}
    if opened.get("part") == "rules":
        keys = ("goal", "goal_event", "goal_days", "exit", "reentry", "holdout")
        return {
            "panel": "rules",
            "form": form or forms.RulesForm(definition),
            "wrong": [one for key in keys for one in problems.get(key, [])],
            "goal_said": names.sentence(definition["goal"]) if definition.get("goal") else "",
            "exit_said": names.sentence(definition["exit"]) if definition.get("exit") else "",
            "lists_of": {"events": forms.events()},
        }
    if opened.get("part") == "trigger" or not definition.get("trigger"):
        return {
            "panel": "trigger",
            "form": form or forms.TriggerForm(definition.get("trigger") or {}),
            "wrong": [*problems.get("trigger", []), *problems.get("filter", [])],
            "lists_of": {"events": forms.events()},
        }
    return {"panel": "nothing"}


def _fits(definition: Definition, slot: str, kind: str) -> bool:
    """An end stands where nothing follows."""
    if kind != "end":
        return True
    try:
        tree.put(definition["steps"], slot, {"id": "-", "kind": kind})
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


def _history(given: Any, automation: Automation) -> dict[str, list[int]]:
    """The versions to go back and forth to: those the page knows, or all before this one."""
    if "back" not in given:
        return {"back": list(range(max(1, automation.version - MOST_BACK), automation.version)), "forth": []}
    return {key: _numbers(given.get(key, "")) for key in ("back", "forth")}


def _numbers(text: str) -> list[int]:
    parts = text.split(",")[-MOST_BACK:]
    return [int(one) for one in parts if one.isascii() and one.isdigit() and len(one) < 9]


def _address(automation_id: int, opened: Mapping[str, str]) -> str:
    query = urlencode({key: value for key, value in opened.items() if value})
    return reverse("automations:edit", args=[automation_id]) + (f"?{query}" if query else "")


def _text(request: HttpRequest, name: str) -> str:
    return request.POST.get(name, "")[:200].replace("\x00", "")


def _parameter(request: HttpRequest, name: str) -> str:
    return request.GET.get(name, "")[:200].replace("\x00", "")
