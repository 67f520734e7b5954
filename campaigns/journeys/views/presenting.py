"""What the picture of an automation shows: boxes, ways, slots, the people at each, and what is wrong where."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from crmseg.common.problems import Problem

from ...models import Run
from .. import load, selectors
from . import saying, tree
from .saying import Names, Said
from .tree import Chain, Item

Raw = Mapping[str, Any]
_ALSO = {"yes": "happened", "no": "did_not_happen"}
"""How the outcome of waiting for an event is called, by the way that is taken."""


@dataclass
class Box:
    """A step as it is drawn. `here` are on it now, `passed` have been through it."""

    id: str
    kind: str
    said: Said
    number: int
    problems: list[str] = field(default_factory=list)
    here: int = 0
    passed: int = 0
    ways: list[Way] = field(default_factory=list)
    slot: str = ""

    @property
    def label(self) -> str:
        return f"{self.said.title}: {self.said.text}" if self.said.text else self.said.title


@dataclass
class Way:
    """One below the other; `slot` is above the first, `jump` names the step that it goes on with elsewhere."""

    slot: str
    label: str = ""
    key: str = ""
    boxes: list[Box] = field(default_factory=list)
    jump: str = ""
    ends: bool = False
    taken: int | None = None


@dataclass
class Picture:
    trigger: str
    way: Way
    boxes: list[Box]
    lost: list[Box]
    problems: dict[str, list[str]]

    @property
    def wrong(self) -> int:
        return sum(map(len, self.problems.values()))

    def box(self, step_id: str) -> Box | None:
        return next((box for box in [*self.boxes, *self.lost] if box.id == step_id), None)


def problems_of(definition: Raw) -> dict[str, list[Problem]]:
    """What keeps it from being switched on, by the part it is about: the id of a step, or a key of the definition."""
    found: dict[str, list[Problem]] = {}
    steps = definition.get("steps") or []
    for problem in load.problems(definition):
        parts = problem.pointer.split("/")[1:]
        about = parts[0] if parts else ""
        if about == "steps" and len(parts) > 1 and parts[1].isdigit() and int(parts[1]) < len(steps):
            about, inside = str(steps[int(parts[1])]["id"]), "/".join(parts[2:])
        else:
            inside = "/".join(parts[1:])
        found.setdefault(about, []).append(Problem(inside, problem.message))
    return found


def draw(
    definition: Raw,
    names: Names,
    *,
    people: Mapping[str, selectors.AtStep] | None = None,
    problems: Mapping[str, Sequence[Problem]] | None = None,
) -> Picture:
    return _Drawing(names, people or {}, problems or {}).picture(definition)


class _Drawing:
    def __init__(self, names: Names, people: Mapping[str, selectors.AtStep], problems: Mapping[str, Sequence[Problem]]):
        self.names, self.people = names, people
        self.problems = {about: [one.message for one in found] for about, found in problems.items()}
        self.boxes: list[Box] = []

    def picture(self, definition: Raw) -> Picture:
        read = tree.read(definition.get("steps") or [])
        way = self.way(read.root)
        drawn = list(self.boxes)
        lost = [self.box(Item(raw)) for raw in read.lost]
        return Picture(saying.trigger(definition.get("trigger"), self.names), way, drawn, lost, self.problems)

    def way(self, chain: Chain, label: str = "", key: str = "", taken: int | None = None) -> Way:
        found = Way(chain.slot, label, key, jump=chain.jump, ends=chain.ends, taken=taken)
        for item in chain.items:
            box = self.box(item)
            found.boxes.append(box)
        return found

    def box(self, item: Item) -> Box:
        at = self.people.get(item.id, selectors.AtStep())
        box = Box(
            item.id,
            item.kind,
            saying.step(item.raw, self.names),
            len(self.boxes) + 1,
            self.problems.get(item.id, []),
            at.here,
            at.passed,
            slot=item.id if tree.goes_on(item) else "",
        )
        self.boxes.append(box)
        labels, outcomes = saying.ways(item.kind), dict(at.outcomes)
        for key, arm in zip(tree.exits_of(item.raw), item.arms, strict=False):
            taken = sum(outcomes.get(word, 0) for word in (key, _ALSO.get(key, ""))) if at.passed else None
            box.ways.append(self.way(arm, labels.get(key, key), key, taken))
        return box


def titles_of(runs: Sequence[Run]) -> dict[int, str]:
    """By run, what the step is called that somebody is at."""
    going = [run for run in runs if run.state == Run.State.ACTIVE]
    names = Names([run.version.definition for run in going])
    return {run.pk: saying.step(raw, names).title for run in going if (raw := run.version.step(run.step)) is not None}
