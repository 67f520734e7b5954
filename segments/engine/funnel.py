"""What each condition keeps and how many remain after it, and on which channels those who match can be reached.

One statement answers for the whole tree: everyone is grouped by their pattern, which is the truth of every leaf. The
rest is arithmetic on patterns, of which there are far fewer than people.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np

from ..definition import compile
from ..definition.channels import ADDRESSES
from ..definition.nodes import All, AtLeast, Node, Not, Reachable, active
from ..definition.parts import Part, take_apart
from ..definition.schema import Catalogue
from ..definition.sql import Params
from . import cutoffs
from .everyone import Everyone
from .explain.question import Question
from .patience import asking

MOST = 60
"""More conditions than this are not counted one by one."""
Column = np.ndarray[Any, np.dtype[np.bool_]]


@dataclass(frozen=True)
class Kept:
    """`alone` counts those for whom the part holds; `after`, those for whom its group would hold if it ended here."""

    alone: int
    after: int | None


@dataclass(frozen=True)
class Funnel:
    """`kept` goes by JSON Pointer; it is None where there are too many conditions. `reach` goes by channel."""

    count: int
    everyone: int
    kept: dict[str, Kept] | None
    reach: dict[str, int]


def funnel(tree: Node, known: Catalogue, now: datetime, *, asker: str = "", seconds: float = 10) -> Funnel:
    """Count the tree by its parts as of `now`. Raises TookTooLong."""
    kept = active(tree)
    assert kept is not None
    cutoffs.ensure(kept)
    part = take_apart(tree)
    question = Question(part)
    each = len(question.leaves) <= MOST
    params = Params(known.zone, known.currency, known.fiscal_start)
    sql = _statement(kept, question if each else None, params)
    with asking(asker, seconds) as cursor:
        cursor.execute("SET LOCAL work_mem = '64MB'")
        cursor.execute(sql, params.at(now))
        rows = cursor.fetchall()
    people = np.array([row[1] for row in rows], np.int64)
    reach = {channel: sum(row[place] for row in rows) for place, channel in enumerate(ADDRESSES, start=2)}
    truths = _matrix([row[0] for row in rows])
    if not each:
        return Funnel(int(people[truths[:, 0]].sum()), int(people.sum()), None, reach)
    counted = _Counted(question, truths, people)
    return Funnel(counted.count(counted.truth(part)), int(people.sum()), counted.kept(), reach)


def _statement(tree: Node, question: Question | None, params: Params) -> str:
    asked = Everyone(params)
    if question is None:
        columns, whole = [compile.formula(tree, asked.truth)], "c.truths[1]"
    else:
        columns = [asked.truth(leaf) for leaf in question.leaves]
        place = {leaf: f"c.truths[{number}]" for number, leaf in enumerate(question.leaves, start=1)}
        whole = compile.formula(tree, place.__getitem__)
    channels = [f"count(*) FILTER (WHERE {whole} AND {compile.leaf(Reachable(one), params)})" for one in ADDRESSES]
    addresses = ", ".join(f'c."{column}"' for column in dict.fromkeys(ADDRESSES.values()))
    tables = asked.tables()
    return f"""
        {"WITH " + tables.rstrip().rstrip(",") if tables else ""}
        SELECT array_to_string(c.truths, ''), count(*), {", ".join(channels)}
          FROM (SELECT c.id, {addresses}, ARRAY[{", ".join(columns)}]::boolean[] AS truths {asked.source()}
                OFFSET 0) AS c
         GROUP BY c.truths
    """


def _matrix(patterns: Sequence[str]) -> Column:
    """One row for each pattern, one column for each leaf; without any contact, no row."""
    if not patterns:
        return np.zeros((0, MOST + 1), np.bool_)
    text = np.frombuffer("".join(patterns).encode(), np.uint8)
    matrix: Column = text.reshape(len(patterns), len(patterns[0])) == ord("t")
    return matrix


class _Counted:
    def __init__(self, question: Question, truths: Column, people: np.ndarray[Any, np.dtype[np.int64]]):
        self.question, self.truths, self.people = question, truths, people
        self._known: dict[Part, Column] = {}

    def count(self, column: Column) -> int:
        return int(self.people[column].sum())

    def truth(self, part: Part) -> Column:
        """For which patterns the part holds."""
        if part not in self._known:
            if part in self.question.place:
                self._known[part] = self.truths[:, self.question.place[part]]
            else:
                self._known[part] = self._first(part, len(part.present))
        return self._known[part]

    def kept(self) -> dict[str, Kept]:
        found = {self.question.tree.pointer: Kept(self.count(self.truth(self.question.tree)), None)}
        turned = {part.present[0] for part in self.question.tree.each() if isinstance(part.node, Not)}
        for part in self.question.tree.each():
            for number, child in enumerate(part.present, start=1):
                so_far = self._first(part, number)
                after = self.count(~so_far if part in turned else so_far)
                found[child.pointer] = Kept(self.count(self.truth(child)), after)
        return found

    def _first(self, part: Part, number: int) -> Column:
        """The group as if it ended after so many of its parts."""
        held = np.zeros(len(self.truths), np.int32)
        for child in part.present[:number]:
            held += self.truth(child)
        match part.node:
            case All():
                wanted = number
            case AtLeast(k):
                wanted = k
            case _:
                wanted = 1
        enough: Column = (held >= wanted) != isinstance(part.node, Not)
        return enough
