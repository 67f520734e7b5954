"""From a tree of yes and no to a definition that people can read and edit, and how well a definition fits."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from math import exp, log, sqrt
from typing import Any

from ..power import interval

Json = dict[str, Any]
Z = 1.959963984540054


@dataclass(frozen=True)
class Split:
    """A question by its number, and what follows where it holds and where it does not."""

    question: int
    yes: Tree
    no: Tree


@dataclass(frozen=True)
class Leaf:
    """`number` tells a leaf from the others; `positive` and `others` are those who came to it while learning."""

    number: int
    positive: int
    others: int


Tree = Split | Leaf


@dataclass(frozen=True)
class Fit:
    """How well a definition finds those it is to find, on people nobody learned from.

    `found` of `positive` are in it, and `wrong` of `others`; `base` is the part that the sought are of everybody. Where
    those drawn are not as many of each as there are, this weighs them as many as there are.
    """

    found: int
    positive: int
    wrong: int
    others: int
    base: float

    @property
    def recall(self) -> float:
        """Of those sought, the part that is in the definition."""
        return self.found / self.positive if self.positive else 0.0

    @property
    def false(self) -> float:
        return self.wrong / self.others if self.others else 0.0

    @property
    def precision(self) -> float:
        """Of those in the definition, the part that is sought."""
        return self._precision(self.recall, self.false)

    @property
    def share(self) -> float:
        """The part of everybody that is in the definition."""
        return self.base * self.recall + (1 - self.base) * self.false

    @property
    def lift(self) -> float:
        """How many times as often as among everybody the sought are found in it."""
        return self.precision / self.base if self.base else 0.0

    @property
    def f1(self) -> float:
        both = self.precision + self.recall
        return 2 * self.precision * self.recall / both if both else 0.0

    def precision_between(self) -> tuple[float, float]:
        """95 %, by the interval of the ratio of both shares: D. Katz, J. Baptista, S. P. Azen, M. C. Pike: Obtaining
        confidence intervals for the risk ratio in cohort studies, Biometrics 34 (1978), 469-474; half a person is
        added to each count, so that none is nothing; what was found lies in it even where none was wrong."""
        if not self.positive or not self.others:
            return 0.0, 1.0
        first, second = (self.found + 0.5) / (self.positive + 0.5), (self.wrong + 0.5) / (self.others + 0.5)
        spread = Z * sqrt(
            max(1 / (self.found + 0.5) - 1 / (self.positive + 0.5), 0.0)
            + max(1 / (self.wrong + 0.5) - 1 / (self.others + 0.5), 0.0)
        )
        ratio = log(first / second)
        low, high = (self._precision(exp(ratio + end), 1.0) for end in (-spread, spread))
        return min(low, self.precision), max(high, self.precision)

    def recall_between(self) -> tuple[float, float]:
        return interval(self.found, self.positive)

    def told(self) -> Json:
        """As it is kept and sent."""
        precision, recall = self.precision_between(), self.recall_between()
        lift = tuple(end / self.base if self.base else 0.0 for end in precision)
        return asdict(self) | {
            "precision": self.precision,
            "precision_low": precision[0],
            "precision_high": precision[1],
            "recall": self.recall,
            "recall_low": recall[0],
            "recall_high": recall[1],
            "lift": self.lift,
            "lift_low": lift[0],
            "lift_high": lift[1],
            "share": self.share,
        }

    def _precision(self, recall: float, false: float) -> float:
        both = self.base * recall + (1 - self.base) * false
        return self.base * recall / both if both else 0.0


def leaves(tree: Tree) -> list[Leaf]:
    return [tree] if isinstance(tree, Leaf) else [*leaves(tree.yes), *leaves(tree.no)]


def reaches(tree: Tree, holds: Callable[[int], bool]) -> int:
    """The number of the leaf that somebody comes to."""
    while isinstance(tree, Split):
        tree = tree.yes if holds(tree.question) else tree.no
    return tree.number


def definition(tree: Tree, chosen: frozenset[int], questions: Sequence[Json]) -> Json | bool:
    """Those who come to one of the chosen leaves, as nested conditions; True or False where that is everybody or
    nobody."""
    if isinstance(tree, Leaf):
        return tree.number in chosen
    here, otherwise = questions[tree.question], negated(questions[tree.question])
    yes, no = definition(tree.yes, chosen, questions), definition(tree.no, chosen, questions)
    match yes, no:
        case bool(), bool():
            return yes if yes == no else here if yes else otherwise
        case True, dict():
            return either([here, no])
        case dict(), True:
            return either([otherwise, yes])
        case False, dict():
            return both([otherwise, no])
        case dict(), False:
            return both([here, yes])
    assert isinstance(yes, dict)
    assert isinstance(no, dict)
    return yes if yes == no else either([both([here, yes]), both([otherwise, no])])


def both(nodes: Sequence[Json]) -> Json:
    return _group("all", nodes)


def either(nodes: Sequence[Json]) -> Json:
    return _group("any", nodes)


_OPPOSITE = {
    "is": "is_not",
    "contains_any": "contains_none",
    "is_true": "is_false",
    "is_false": "is_true",
    "gte": "lt",
    "lt": "gte",
}


def negated(node: Json) -> Json:
    """The condition that holds for exactly the others, said as people would say it: of a property, whoever's is
    unknown is among them."""
    op = str(node.get("op", ""))
    if "property" in node:
        if op == "is_known":
            return {**node, "op": "is_unknown"}
        if op in _OPPOSITE:
            return {**node, "op": _OPPOSITE[op], "unknown": True}
    if "event" in node:
        if op == "did":
            return {**node, "op": "did_not"}
        if op in ("gte", "lt") and node.get("measure", "count") in ("count", "sum"):
            return {**node, "op": _OPPOSITE[op]}
    return {"not": node}


def _group(word: str, nodes: Sequence[Json]) -> Json:
    flat: list[Json] = []
    for node in nodes:
        for one in node[word] if set(node) == {word} else [node]:
            if one not in flat:
                flat.append(one)
    kept = [one for one in flat if not any(_spare(word, one, other) for other in flat if other is not one)]
    return kept[0] if len(kept) == 1 else {word: kept}


def _spare(word: str, one: Json, other: Json) -> bool:
    """Whether `one` adds nothing beside `other`: a lower bound beside a higher one of the same number."""
    if one.get("op") != other.get("op") or one.get("op") not in ("gte", "lt"):
        return False
    if {**one, "value": 0, "unknown": 0} != {**other, "value": 0, "unknown": 0}:
        return False
    if one.get("unknown") != other.get("unknown"):
        return False
    lower = one["value"] < other["value"]
    stronger = lower if one["op"] == "lt" else not lower
    return stronger if word == "any" else not stronger
