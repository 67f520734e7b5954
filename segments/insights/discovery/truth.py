"""Conditions asked of some people at once, by the engine itself: what a search learns from is what a list will hold."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import numpy as np

from ...definition.load import load
from ...definition.nodes import Node, active
from ...definition.schema import Catalogue
from ...engine import cutoffs
from ...engine.live import Followed
from ...engine.plan import Plan

Matrix = np.ndarray[Any, np.dtype[np.bool_]]
BLOCK = 4_096
AT_ONCE = 200
"""Conditions in one statement."""
# Not the text by which the engine knows the statements that it keeps: these are asked once.
_SCOPE = "= ANY((%(ids)s)::bigint[])"


def read(definitions: Sequence[object], known: Catalogue) -> list[Node]:
    """The definitions as trees; InvalidInput where one cannot be read."""
    trees = []
    for definition in definitions:
        tree = active(load(definition, known))
        assert tree is not None
        cutoffs.ensure(tree)
        trees.append(tree)
    return trees


def ask(trees: Sequence[Node], ids: Sequence[int], known: Catalogue, now: datetime) -> tuple[list[int], Matrix]:
    """Who of these are contacts still, in ascending order, and for each of them which conditions held at `now`."""
    parts = []
    found: list[int] = []
    for start in range(0, max(len(trees), 1), AT_ONCE):
        some = trees[start : start + AT_ONCE]
        plan = Plan(tuple(_followed(place, tree, known) for place, tree in enumerate(some, start=1)), _SCOPE)
        found, matrix = _ask(plan, ids, len(some), now)
        parts.append(matrix)
    return found, np.hstack(parts)


def _ask(plan: Plan, ids: Sequence[int], many: int, now: datetime) -> tuple[list[int], Matrix]:
    found: list[int] = []
    blocks = []
    ordered = sorted(ids)
    for start in range(0, len(ordered), BLOCK):
        truth = plan.evaluate(now, ids=ordered[start : start + BLOCK])
        found += truth.ids.tolist()
        columns = [truth.members[-place] for place in range(1, many + 1)]
        blocks.append(np.column_stack(columns) if columns else np.zeros((len(truth.ids), 0), bool))
    return found, np.vstack(blocks) if blocks else np.zeros((0, many), bool)


def _followed(place: int, tree: Node, known: Catalogue) -> Followed:
    """Below 0, where no list is: nobody's membership is asked or touched by these."""
    return Followed(-place, 0, tree, frozenset(), known.zone, known.currency, known.fiscal_start)
