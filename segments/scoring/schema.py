"""A score model as plain frozen data: groups of rules, what each is worth, and how that fades with age.

A rule that fades is asked several times: of the last 30 days for all its points, of the last 60 for half of them, and
so on. Its conditions are therefore ordinary windows, and the instant at which points fade is found as for any list.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_EVEN, Decimal
from functools import cached_property
from typing import Any, Literal

from ..definition.dump import dump as dump_node
from ..definition.nodes import All, AnyOf, AtLeast, Marked, Node, Performed, Sequence, active
from ..definition.windows import Last, Span, Unit

Kind = Literal["fit", "engagement"]
KINDS: tuple[Kind, ...] = ("fit", "engagement")
LETTERS, DIGITS = "ABCD", "1234"
GRADES = tuple(letter + digit for letter in LETTERS for digit in DIGITS)
EDGES = (Decimal(75), Decimal(50), Decimal(25))
_CENT, _MILLIONTH = Decimal("0.01"), Decimal("0.000001")


@dataclass(frozen=True)
class Decay:
    """After every `every` units `keep` percent of the points are left, `times` times; then nothing is."""

    every: int
    unit: Unit
    keep: Decimal
    times: int

    def span(self, level: int) -> Span:
        """How young the evidence must be for the points of a level, which counts from 0."""
        return Span(self.every * (level + 1), self.unit)

    def share(self, level: int) -> Decimal:
        """What is left of the points at a level, as a part of one."""
        return (self.keep / 100) ** level if level else Decimal(1)  # nothing to the power of nothing is no Decimal


@dataclass(frozen=True)
class Rule:
    """Whoever matches gets the points."""

    tree: Node
    points: Decimal
    name: str = ""
    decay: Decay | None = None

    @property
    def levels(self) -> int:
        return self.decay.times + 1 if self.decay else 1

    @cached_property
    def ladder(self) -> tuple[Node, ...]:
        """The definition of each level, the youngest evidence first; the first that holds counts."""
        kept = active(self.tree)
        assert kept is not None, "the loader refuses a definition with nothing left"
        return tuple(within(kept, self.decay.span(level)) for level in range(self.levels)) if self.decay else (kept,)

    def worth(self, level: int) -> Decimal:
        """The points of a level. Rounded, so that what is shown adds up to what is counted."""
        if self.decay is None or level == 0:
            return self.points
        step = _CENT if self.points == self.points.quantize(_CENT) else _MILLIONTH
        return plain((self.points * self.decay.share(level)).quantize(step, ROUND_HALF_EVEN))


@dataclass(frozen=True)
class Group:
    """Rules of one kind; together they give no more than `cap`."""

    name: str
    kind: Kind
    rules: tuple[Rule, ...]
    cap: Decimal | None = None

    @property
    def most(self) -> Decimal:
        return self.capped(sum((max(rule.points, Decimal(0)) for rule in self.rules), Decimal(0)))

    def capped(self, points: Decimal) -> Decimal:
        return points if self.cap is None else min(points, self.cap)


@dataclass(frozen=True)
class Scheme:
    """What a score model counts. Edges are percentages of the most that a kind can give, the best grade first."""

    groups: tuple[Group, ...]
    fit_edges: tuple[Decimal, ...] = EDGES
    engagement_edges: tuple[Decimal, ...] = EDGES

    def most(self, kind: Kind) -> Decimal:
        return sum((group.most for group in self.groups if group.kind == kind), Decimal(0))

    @property
    def has_rules(self) -> bool:
        return any(group.rules for group in self.groups)

    def rules(self) -> Iterator[tuple[str, Rule]]:
        """Every rule with its JSON Pointer."""
        for group, rules in enumerate(self.groups):
            for place, rule in enumerate(rules.rules):
                yield f"/groups/{group}/rules/{place}", rule

    def grade(self, fit: Decimal, engagement: Decimal) -> str:
        """A1 to D4: the letter is how well somebody fits, the digit how engaged they are."""
        return LETTERS[self._place("fit", fit)] + DIGITS[self._place("engagement", engagement)]

    def _place(self, kind: Kind, points: Decimal) -> int:
        most = self.most(kind)
        edges = self.fit_edges if kind == "fit" else self.engagement_edges
        return sum(points * 100 < edge * most for edge in edges) if most > 0 else len(edges)


def within(node: Node, span: Span) -> Node:
    """The tree with `span` as the window of each condition on events that has none."""
    match node:
        case All(children):
            return All(tuple(within(child, span) for child in children))
        case AnyOf(children):
            return AnyOf(tuple(within(child, span) for child in children))
        case AtLeast(k, children):
            return AtLeast(k, tuple(within(child, span) for child in children))
        case Marked(child, label, off):
            return Marked(within(child, span), label, off)
        case Performed(window=None) | Sequence(window=None):
            return replace(node, window=Last(span))
        case _:
            return node


def plain(number: Decimal) -> Decimal:
    """The same number in its shortest form."""
    whole = number.to_integral_value()
    return whole if whole == number else number.normalize()


def dump(scheme: Scheme) -> dict[str, Any]:
    """As JSON, in the one form in which it is stored."""
    return {
        "groups": [_group(group) for group in scheme.groups],
        "grades": {"fit": list(scheme.fit_edges), "engagement": list(scheme.engagement_edges)},
    }


def _group(group: Group) -> dict[str, Any]:
    rules = [_rule(rule) for rule in group.rules]
    return {"name": group.name, "kind": group.kind, "cap": group.cap, "rules": rules}


def _rule(rule: Rule) -> dict[str, Any]:
    fading = rule.decay
    return {
        "name": rule.name,
        "definition": dump_node(rule.tree),
        "points": rule.points,
        "decay": fading and {"every": fading.every, "unit": fading.unit, "keep": fading.keep, "times": fading.times},
    }
