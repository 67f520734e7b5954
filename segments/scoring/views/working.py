"""The working copy of a score model: what the editor's form holds, kept in the session until it is saved.

Values stay as they were written. What is wrong with them is said by the model's own reader, at its field.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

from django.http import HttpRequest, QueryDict

from crmseg.common import json
from crmseg.common.problems import InvalidInput, Problem
from segments.models import ScoreModel

MOST_GROUPS, MOST_RULES = 50, 200
_SESSION = "score-model-{}"
_EDGES = ("fit", "engagement")
FADING = {"every": 30, "unit": "day", "keep": 50, "times": 2}


@dataclass
class Working:
    """`version` is the saved one that it was taken from."""

    definition: dict[str, Any]
    version: int
    changed: bool = False
    problems: dict[str, str] = field(default_factory=dict)

    @property
    def groups(self) -> list[dict[str, Any]]:
        groups: list[dict[str, Any]] = self.definition["groups"]
        return groups


def of(request: HttpRequest, model: ScoreModel) -> Working:
    """What this person changed and did not save yet, or the model as it is saved."""
    kept = request.session.get(_SESSION.format(model.pk))
    if kept:
        try:
            held = json.loads(str(kept).encode())
            return Working(_whole(held["definition"]), int(held["version"]), changed=True)
        except (InvalidInput, KeyError, TypeError, ValueError):
            forget(request, model)
    return Working(_whole(model.definition), model.version)


def keep(request: HttpRequest, model: ScoreModel, working: Working) -> None:
    """Keep it where it differs from what is saved."""
    if json.canonical(working.definition) == json.canonical(_whole(model.definition)):
        forget(request, model)
        working.changed = False
        return
    held = {"definition": working.definition, "version": working.version}
    request.session[_SESSION.format(model.pk)] = json.dumps(held).decode()
    working.changed = True


def forget(request: HttpRequest, model: ScoreModel) -> None:
    request.session.pop(_SESSION.format(model.pk), None)


def read(given: QueryDict, version: int) -> Working:
    """The form as JSON: groups `g0`, `g1`, …, their rules `g0.r0`, …; what is missing is left out."""
    groups = []
    for at in range(MOST_GROUPS):
        if f"g{at}.kind" not in given:
            break
        rules = []
        for place in range(MOST_RULES):
            if f"g{at}.r{place}.definition" not in given:
                break
            rules.append(_rule(given, f"g{at}.r{place}"))
        cap = given.get(f"g{at}.cap", "").strip()
        name, kind = given.get(f"g{at}.name", ""), given.get(f"g{at}.kind", "")
        groups.append({"name": name, "kind": kind, "cap": _number(cap) if cap else None, "rules": rules})
    grades = {kind: [_number(given.get(f"{kind}.{place}", "")) for place in range(3)] for kind in _EDGES}
    return Working({"groups": groups, "grades": grades}, version)


def _rule(given: QueryDict, at: str) -> dict[str, Any]:
    try:
        definition = json.loads(given.get(f"{at}.definition", "").encode("utf-8", "surrogatepass"))
    except InvalidInput:
        definition = None
    decay = None
    if f"{at}.fades" in given:
        decay = {name: _number(given.get(f"{at}.{name}", str(FADING[name]))) for name in ("every", "keep", "times")}
        decay["unit"] = given.get(f"{at}.unit", "day")
    points = _number(given.get(f"{at}.points", ""))
    return {"name": given.get(f"{at}.name", ""), "definition": definition, "points": points, "decay": decay}


def _number(text: str) -> Any:
    """A number; what is none stays as it was written, for the reader to refuse."""
    try:
        number = Decimal(text.strip().replace(",", "."))
    except InvalidOperation:
        return text[:100]
    if not number.is_finite() or abs(number) > 10**12 or len(text) > 40:
        return text[:100]
    return int(number) if number == number.to_integral_value() else number


def act(working: Working, do: str) -> bool:
    """What a button of the editor asks: `add-group:fit`, `drop-group:0`, `drop:0.1`, `up:0.1`, `down:0.1`. False
    where it asks for nothing there is."""
    verb, _colon, place = do.partition(":")
    if verb == "add-group" and place in _EDGES and len(working.groups) < MOST_GROUPS:
        working.groups.append({"name": "", "kind": place, "cap": None, "rules": []})
        return True
    found = rule_at(working, place)
    if found is None:
        return False
    group, at = found
    rules = working.groups[group]["rules"]
    match verb:
        case "drop-group" if at is None:
            del working.groups[group]
        case "drop" if at is not None:
            del rules[at]
        case "up" if at:
            rules[at - 1 : at + 1] = reversed(rules[at - 1 : at + 1])
        case "down" if at is not None and at + 1 < len(rules):
            rules[at : at + 2] = reversed(rules[at : at + 2])
        case _:
            return False
    return True


def rule_at(working: Working, place: str) -> tuple[int, int | None] | None:
    """`2` is a group, `2.0` its first rule, `2.new` one to come; None where there is none."""
    group, _dot, rule = place.partition(".")
    if not _is_place(group, len(working.groups)):
        return None
    if not rule or rule == "new":
        return int(group), None
    return (int(group), int(rule)) if _is_place(rule, len(working.groups[int(group)]["rules"])) else None


def place(working: Working, problems: Iterable[Problem]) -> list[str]:
    """Put each problem at its field; return those that have none."""
    apart = []
    for problem in problems:
        key = _field_of(problem.pointer.removeprefix("/definition"))
        if key:
            working.problems.setdefault(key, problem.message)
        else:
            apart.append(problem.message)
    return apart


def _field_of(pointer: str) -> str:
    match pointer.split("/")[1:]:
        case ["groups", group, "rules", rule, "definition" | "points" | "name" as name, *_rest]:
            return f"g{group}.r{rule}.{name}"
        case ["groups", group, "rules", rule, "decay", *rest]:
            return f"g{group}.r{rule}.{rest[0] if rest else 'every'}"
        case ["groups", group, "rules", rule]:
            return f"g{group}.r{rule}.points"
        case ["groups", group, "name" | "kind" | "cap" as name]:
            return f"g{group}.{name}"
        case ["grades", "fit" | "engagement" as kind, *_rest]:
            return f"{kind}.0"
    return ""


def _is_place(text: str, count: int) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 5 and int(text) < count


def _whole(definition: Mapping[str, Any]) -> dict[str, Any]:
    """A copy that may be changed, with what a stored model may leave out."""
    copied = json.loads(json.dumps(dict(definition)))
    copied.setdefault("groups", [])
    copied.setdefault("grades", {kind: [75, 50, 25] for kind in _EDGES})
    for group in copied["groups"]:
        group.setdefault("rules", [])
    return dict(copied)
