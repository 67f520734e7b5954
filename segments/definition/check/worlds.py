"""What a definition can be: whether any part of it can hold, or fail to, in any world at all.

Worlds are drawn first, because most parts both hold and fail in some of them. Only what is always the same there is
worked out: in parts that share nothing, each by itself; where they share, over all their states at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from random import Random
from typing import Any

import numpy as np

from ..nodes import Leaf, Not
from ..parts import Part
from ..schema import Catalogue
from .claims import Claim, claim
from .families import Truths, truths

DRAWN = 256
MOST_STATES = 16_384


class Worlds:
    """A tree of parts, and in which worlds each of them holds."""

    def __init__(self, tree: Part, known: Catalogue):
        self.row: dict[Part, tuple[int, int]] = {}
        """For a leaf, its group of states and its row in there."""
        self.groups: list[Truths] = []
        self._reads: dict[Part, frozenset[int]] = {}
        self._can_be: dict[tuple[Part, bool], bool] = {}
        self._gather([part for part in tree.each() if not part.is_group], known)
        random = Random(1)
        drawn = [np.array(random.choices(range(rows.shape[1]), k=DRAWN)) for rows in self.groups]
        self.drawn: dict[Part, Truths] = {}
        self._fill(tree, dict(enumerate(drawn)), self.drawn)

    def always(self, part: Part) -> bool | None:
        """What the part is in every world; None where that differs, or is too much to work out."""
        if not self.can_be(part, True):
            return False
        return None if self.can_be(part, False) else True

    def can_be(self, part: Part, wanted: bool) -> bool:
        """Whether the part is `wanted` in some world. Says yes where that is too much to work out."""
        if (part, wanted) not in self._can_be:
            drawn = bool((self.drawn[part] == wanted).any())
            self._can_be[part, wanted] = drawn or self._worked_out(part, wanted)
        return self._can_be[part, wanted]

    def _worked_out(self, part: Part, wanted: bool) -> bool:
        if isinstance(part.node, Not):
            return self.can_be(part.present[0], not wanted)
        if part.is_group:
            return self._group_can_be(part, wanted)
        group, row = self.row[part]
        return bool((self.groups[group][row] == wanted).any())

    def together(self, parts: Sequence[Part]) -> list[Truths] | None:
        """The parts over every state of what they read; None where there are too many."""
        groups = sorted(frozenset().union(*(self.reads(part) for part in parts)))
        sizes = [self.groups[group].shape[1] for group in groups]
        states = 1
        for size in sizes:
            states *= size
        if states > MOST_STATES:
            return None
        grids = np.unravel_index(np.arange(states), sizes) if sizes else ()
        found: dict[Part, Truths] = {}
        for part in parts:
            self._fill(part, dict(zip(groups, grids, strict=True)), found)
        return [found[part] for part in parts]

    def reads(self, part: Part) -> frozenset[int]:
        """The groups of states that the part depends on."""
        if part not in self._reads:
            if part.is_group:
                below: frozenset[int] = frozenset()
                for child in part.present:
                    below |= self.reads(child)
                self._reads[part] = below
            else:
                self._reads[part] = frozenset([self.row[part][0]])
        return self._reads[part]

    def clusters(self, parts: Iterable[Part]) -> list[list[Part]]:
        """The parts put together that share anything, directly or by others."""
        clusters: list[tuple[set[int], list[Part]]] = []
        for part in parts:
            reads, members = set(self.reads(part)), [part]
            apart = []
            for cluster in clusters:
                if cluster[0].isdisjoint(reads):
                    apart.append(cluster)
                else:
                    reads |= cluster[0]
                    members = [*cluster[1], *members]
            clusters = [*apart, (reads, members)]
        return [members for _, members in clusters]

    def _group_can_be(self, part: Part, wanted: bool) -> bool:
        """A group holds when enough of its children hold, and fails when too many of them fail."""
        needed = part.wanted if wanted else len(part.present) - part.wanted + 1
        if needed <= 0:
            return True
        at_most = 0
        for members in self.clusters(part.present):
            able = [member for member in members if self.can_be(member, wanted)]
            if len(able) < 2:
                at_most += len(able)
                continue
            rows = self.together(able)
            at_most += len(able) if rows is None else int((np.array(rows) == wanted).sum(axis=0).max())
        return at_most >= needed

    def _gather(self, parts: list[Part], known: Catalogue) -> None:
        once: dict[Leaf, int] = {}
        claims: list[Claim] = []
        place: dict[Part, int] = {}
        for part in parts:
            leaf: Leaf = part.node  # type: ignore[assignment]
            if leaf not in once:
                once[leaf] = len(claims)
                claims.append(claim(leaf, known))
            place[part] = once[leaf]
        families: dict[Any, list[int]] = {}
        for number, one in enumerate(claims):
            families.setdefault(one.family, []).append(number)
        where: dict[int, tuple[int, int]] = {}
        for numbers in families.values():
            for places, rows in truths([claims[number] for number in numbers]):
                where |= {numbers[at]: (len(self.groups), row) for row, at in enumerate(places)}
                self.groups.append(rows)
        self.row = {part: where[number] for part, number in place.items()}

    def _fill(self, part: Part, states: dict[int, Any], found: dict[Part, Truths]) -> Truths:
        if part in found:
            return found[part]
        if not part.is_group:
            group, row = self.row[part]
            rows: Truths = self.groups[group][row][states[group]]
        else:
            count: Any = 0
            for child in part.present:
                count = count + self._fill(child, states, found).astype(np.int32)
            rows = np.asarray(count) >= part.wanted
            if isinstance(part.node, Not):
                rows = ~rows
        found[part] = rows
        return rows
