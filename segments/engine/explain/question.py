"""A tree of parts and its leaves, each once: from the truth of the leaves to the truth of every part."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ...definition.nodes import All, AnyOf, AtLeast, InSegment, Leaf, Marked, Not
from ...definition.parts import Part


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
