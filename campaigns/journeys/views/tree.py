"""The steps of an automation as people see them: one below the other, two ways side by side where it branches.

A definition says of each step what comes next. Here the same is a chain of items, in which a branch holds two chains
that meet again below it. What is changed in the chain (`rearranging`) is written back as pointers, so that nothing is
ever left pointing to a step that went away. What no chain can say (a way into the middle of another) is drawn as a
jump, and kept.

A slot is a place where a step can be put, named by what it follows: `start`, `ID` (below that step, and below both
ways of a branch), `ID.yes` and `ID.no` (first on that way).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..schema import STEP_KINDS

Raw = dict[str, Any]
START = "start"


@dataclass
class Chain:
    """`jump` is the step drawn elsewhere that it goes on with; `ends` says that it ends though others go on below."""

    slot: str
    items: list[Item] = field(default_factory=list)
    jump: str = ""
    ends: bool = False


@dataclass
class Item:
    raw: Raw
    arms: list[Chain] = field(default_factory=list)

    @property
    def id(self) -> str:
        return str(self.raw["id"])

    @property
    def kind(self) -> str:
        return str(self.raw["kind"])

    def walk(self) -> Iterator[Item]:
        yield self
        for arm in self.arms:
            yield from walk(arm)


@dataclass
class Tree:
    """`lost` are the steps that no way leads to."""

    root: Chain
    lost: list[Raw] = field(default_factory=list)

    def find(self, step_id: str) -> tuple[Chain, int] | None:
        return next(
            ((chain, at) for chain in chains(self.root) for at, one in enumerate(chain.items) if one.id == step_id),
            None,
        )


def exits_of(raw: Mapping[str, Any]) -> tuple[str, ...]:
    kind = STEP_KINDS.get(str(raw.get("kind")))
    return kind.exits if kind else ("next",)


def walk(chain: Chain) -> Iterator[Item]:
    for item in chain.items:
        yield from item.walk()


def chains(chain: Chain) -> Iterator[Chain]:
    yield chain
    for item in chain.items:
        for arm in item.arms:
            yield from chains(arm)


def read(steps: Sequence[Raw]) -> Tree:
    """The tree of a definition's steps; the first of them is where everybody begins."""
    if not steps:
        return Tree(Chain(START))
    reader = _Reader(steps)
    root = reader.chain(START, str(steps[0]["id"]), "")
    return Tree(root, [step for step in steps if step["id"] not in reader.drawn])


class _Reader:
    def __init__(self, steps: Sequence[Raw]):
        self.steps = {str(step["id"]): step for step in steps}
        self.drawn: set[str] = set()
        self._ahead: dict[str, list[str]] = {}

    def onward(self, step_id: str) -> list[str]:
        step = self.steps[step_id]
        return [str(to) for key in exits_of(step) if (to := step.get(key)) and to in self.steps]

    def ahead(self, start: str) -> list[str]:
        """What can be reached from a step, itself first, each once and before what only follows it."""
        if start not in self._ahead:
            found: list[str] = []
            seen: set[str] = set()
            waiting: list[tuple[str, bool]] = [(start, False)]
            while waiting:
                one, is_left = waiting.pop()
                if is_left:
                    found.append(one)
                elif one not in seen:
                    seen.add(one)
                    waiting.append((one, True))
                    waiting += [(to, False) for to in reversed(self.onward(one))]
            self._ahead[start] = found[::-1]
        return self._ahead[start]

    def meeting(self, first: str, second: str) -> str:
        """Where two ways come together again; nothing where they never do."""
        if first not in self.steps or second not in self.steps:
            return ""
        others = set(self.ahead(second))
        return next((one for one in self.ahead(first) if one in others), "")

    def chain(self, slot: str, start: str, stop: str) -> Chain:
        """What is drawn from `start` on, up to `stop`, which is drawn below by whoever asks."""
        chain, at = Chain(slot), start
        while at and at != stop:
            if at not in self.steps or at in self.drawn:
                chain.jump = at if at in self.steps else ""
                return chain
            self.drawn.add(at)
            step = self.steps[at]
            exits = exits_of(step)
            if len(exits) == 2:
                ways = [str(step.get(key) or "") for key in exits]
                meet = self.meeting(*ways)
                if meet in self.drawn:
                    meet = ""
                arms = [self.chain(f"{at}.{key}", way, meet or stop) for key, way in zip(exits, ways, strict=True)]
                chain.items.append(Item(step, arms))
                if not meet and stop and any(_falls_through(arm) for arm in arms):
                    meet = stop
                at = meet
            else:
                chain.items.append(Item(step))
                at = str(step.get(exits[0]) or "") if exits else ""
                if not exits:
                    return chain
        last = chain.items[-1] if chain.items else None
        chain.ends = not at and bool(stop) and not (last and last.arms)
        return chain


def _falls_through(chain: Chain) -> bool:
    return not (chain.ends or chain.jump) and (not chain.items or goes_on(chain.items[-1]))


def write(tree: Tree) -> list[Raw]:
    """The steps in the order in which they are read, each pointing to what follows it."""
    written: list[Raw] = []
    _write(tree.root, "", written)
    return written + [dict(step) for step in tree.lost]


def _write(chain: Chain, below: str, written: list[Raw]) -> None:
    for at, item in enumerate(chain.items):
        is_last = at + 1 == len(chain.items)
        following = _end_of(chain, below) if is_last else chain.items[at + 1].id
        step = dict(item.raw)
        written.append(step)
        if item.arms:
            for key, arm in zip(exits_of(step), item.arms, strict=True):
                step[key] = arm.items[0].id if arm.items else _end_of(arm, following)
                _write(arm, following, written)
        else:
            for key in exits_of(step):
                step[key] = following


def _end_of(chain: Chain, below: str) -> str:
    return chain.jump or ("" if chain.ends else below)


def item_of(step: Raw) -> Item:
    exits = exits_of(step)
    return Item(step, [Chain(f"{step['id']}.{key}") for key in exits] if len(exits) == 2 else [])


def slots(steps: Sequence[Raw]) -> list[str]:
    """Every slot, in the order in which the picture is read."""
    return list(_slots(read(steps).root))


def _slots(chain: Chain) -> Iterator[str]:
    yield chain.slot
    for item in chain.items:
        for arm in item.arms:
            yield from _slots(arm)
        if goes_on(item):
            yield item.id


def goes_on(item: Item) -> bool:
    """Whether anything can follow: not behind an end, nor below ways that all end or jump elsewhere."""
    return any(map(_falls_through, item.arms)) if item.arms else bool(exits_of(item.raw))
