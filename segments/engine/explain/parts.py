"""A definition taken apart for explaining: every node with its pointer, and what is switched off marked as absent."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from ...definition.nodes import All, AnyOf, AtLeast, InSegment, Leaf, Marked, Node, Not, active


@dataclass(eq=False)
class Part:
    """One node. `node` is free of labels and, where it is a leaf, of what is switched off inside."""

    pointer: str
    node: Node
    children: list[Part] = field(default_factory=list)
    label: str | None = None
    off: bool = False

    @property
    def present(self) -> list[Part]:
        return [child for child in self.children if not child.off]

    @property
    def is_group(self) -> bool:
        return isinstance(self.node, All | AnyOf | AtLeast | Not)

    @property
    def wanted(self) -> int:
        """How many of those present must hold; for a `not`, of one it is none."""
        match self.node:
            case All():
                return len(self.present)
            case AtLeast(k):
                return k
            case _:
                return 1

    def each(self) -> Iterator[Part]:
        """All that is present, itself first."""
        waiting = [self]
        while waiting:
            part = waiting.pop()
            if not part.off:
                yield part
                waiting.extend(reversed(part.children))


def take_apart(node: Node, pointer: str = "") -> Part:
    match node:
        case Marked(child, label, off):
            part = take_apart(child, pointer)
            part.label, part.off = label, part.off or off
            return part
        case All(children):
            return _group(node, pointer, "all", children)
        case AnyOf(children):
            return _group(node, pointer, "any", children)
        case AtLeast(_, children):
            return _group(node, pointer, "of", children)
        case Not(child):
            inner = take_apart(child, f"{pointer}/not")
            return Part(pointer, node, [inner], off=inner.off)
        case leaf:
            kept = active(leaf)
            return Part(pointer, kept or leaf, off=kept is None)


def _group(node: Node, pointer: str, key: str, children: Sequence[Node]) -> Part:
    parts = []
    for index, child in enumerate(children):
        parts.append(take_apart(child, f"{pointer}/{key}/{index}"))
    return Part(pointer, node, parts, off=all(part.off for part in parts))


class Question:
    """A tree, its leaves each once, and the trees of lists that decide by their rule alone."""

    def __init__(self, tree: Part, lists: Mapping[int, Part] | None = None):
        self.tree, self.lists = tree, lists or {}
        self.leaves: list[Leaf] = []
        self.place: dict[Part, int] = {}
        """Where the answer to a leaf stands."""
        once: dict[Leaf, int] = {}
        asked: set[int] = set()
        waiting = [tree]
        while waiting:
            for part in waiting.pop().each():
                if isinstance(part.node, InSegment) and part.node.segment_id in self.lists:
                    if part.node.segment_id not in asked:
                        asked.add(part.node.segment_id)
                        waiting.append(self.lists[part.node.segment_id])
                elif not isinstance(part.node, All | AnyOf | AtLeast | Not | Marked):
                    self.place[part] = once.setdefault(part.node, len(once))
        self.leaves = list(once)

    def evaluate(self, truth: Sequence[bool]) -> dict[Part, bool]:
        """Every part that is present, from the truth of the leaves."""
        found: dict[Part, bool] = {}
        self._evaluate(self.tree, truth, found)
        return found

    def _evaluate(self, part: Part, truth: Sequence[bool], found: dict[Part, bool]) -> bool:
        if part in found:
            return found[part]
        if part in self.place:
            answer = truth[self.place[part]]
        elif isinstance(part.node, InSegment):
            answer = self._evaluate(self.lists[part.node.segment_id], truth, found) != part.node.negated
        else:
            count = 0
            for child in part.present:
                count += self._evaluate(child, truth, found)
            answer = (count >= part.wanted) != isinstance(part.node, Not)
        found[part] = answer
        return answer
