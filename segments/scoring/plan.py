"""Score models as questions to the engine, and what the answers are worth.

Each rung of each rule is evaluated as a list would be, by the same plan and the same shared leaves. What the answers
add up to is worked out once for each pattern of them: few patterns make up any crowd, and exact decimals cost nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import ROUND_HALF_EVEN, Decimal
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

from ..definition import depends
from ..definition.schema import Catalogue
from ..engine.live import COLLEAGUE, Followed
from ..engine.plan import SOME, Plan, Truth, plan_for
from ..models import ScoreModel
from .schema import Kind, Scheme, plain

_MOST_RUNGS = 10_000
_MOST_PATTERNS = 50_000
_CENT = Decimal("0.01")
_FARTHEST = Decimal(500)
"""Log-odds beyond which a chance is 0 or 100 in any number of digits that anybody reads."""


class Verdict(NamedTuple):
    """What a model gives somebody. `parts` are the rules that hold, as (group, rule, points)."""

    points: Decimal
    fit: Decimal
    engagement: Decimal
    grade: str
    parts: list[tuple[int, int, Decimal]]


class Rung(NamedTuple):
    """One level of one rule, and the list that stands for it."""

    group: int
    rule: int
    level: int
    listed: Followed


@dataclass(frozen=True, eq=False)
class Scored:
    """One version of one score model, ready to evaluate. Made once per process and compared by identity."""

    id: int
    version: int
    key: str
    scheme: Scheme
    link: str
    intercept: Decimal
    counts: tuple[str, str, int]
    """The zone, the currency and the first fiscal month of the account."""
    _known: dict[bytes, Verdict] = field(default_factory=dict, repr=False)

    @cached_property
    def rungs(self) -> tuple[Rung, ...]:
        found: list[Rung] = []
        for group, rules in enumerate(self.scheme.groups):
            for place, rule in enumerate(rules.rules):
                for level, tree in enumerate(rule.ladder):
                    # Below zero, where no list is: lists that rules ask are those that are stored.
                    pk = -(self.id * _MOST_RUNGS + len(found) + 1)
                    listed = Followed(pk, self.version, tree, frozenset(depends.keys(tree)), *self.counts)
                    found.append(Rung(group, place, level, listed))
        return tuple(found)

    @cached_property
    def keys(self) -> frozenset[str]:
        return frozenset[str]().union(*(rung.listed.keys for rung in self.rungs))

    @cached_property
    def colleague_keys(self) -> frozenset[str]:
        """What its rules read of other contacts of the same company, except the time."""
        return frozenset(key for key in self.keys if key.startswith(COLLEAGUE)) - {COLLEAGUE + depends.CLOCK}

    @property
    def reads_clock(self) -> bool:
        return depends.CLOCK in self.keys

    def verdicts(self, held: np.ndarray[Any, np.dtype[np.bool_]]) -> list[Verdict]:
        """What each row of answers is worth: one column for each rung, in their order."""
        return [self._of_pattern(row.tobytes()) for row in np.ascontiguousarray(held)]

    def _of_pattern(self, pattern: bytes) -> Verdict:
        known = self._known.get(pattern)
        if known is None:
            if len(self._known) >= _MOST_PATTERNS:
                self._known.clear()
            known = self._known[pattern] = self.verdict([bool(held) for held in pattern])
        return known

    def verdict(self, held: Sequence[bool]) -> Verdict:
        """What the answers to the rungs are worth. Of each rule, the first rung that holds counts."""
        parts: list[tuple[int, int, Decimal]] = []
        counted = None
        for rung, answer in zip(self.rungs, held, strict=True):
            if answer and counted != (rung.group, rung.rule):
                counted = rung.group, rung.rule
                points = self.scheme.groups[rung.group].rules[rung.rule].worth(rung.level)
                parts.append((rung.group, rung.rule, points))
        fit, engagement = self._total("fit", parts), self._total("engagement", parts)
        points = fit + engagement
        score = points if self.link == ScoreModel.Link.SUM else chance(self.intercept + points)
        return Verdict(plain(score), plain(fit), plain(engagement), self.scheme.grade(fit, engagement), parts)

    def _total(self, kind: Kind, parts: Iterable[tuple[int, int, Decimal]]) -> Decimal:
        given = [Decimal(0)] * len(self.scheme.groups)
        for group, _rule, points in parts:
            given[group] += points
        pairs = zip(self.scheme.groups, given, strict=True)
        return sum((group.capped(points) for group, points in pairs if group.kind == kind), Decimal(0))


def chance(log_odds: Decimal) -> Decimal:
    """The chance in percent, to two digits after the point."""
    bounded = max(-_FARTHEST, min(_FARTHEST, log_odds))
    return (100 / (1 + (-bounded).exp())).quantize(_CENT, ROUND_HALF_EVEN)


def scored(
    scheme: Scheme, known: Catalogue, *, id: int, version: int = 0, key: str = "", link: str, intercept: Decimal
) -> Scored:
    """A scheme, saved or not, as the account counts."""
    counts = known.zone, known.currency, known.fiscal_start
    return Scored(id, version, key, scheme, link, intercept, counts)


@dataclass(frozen=True)
class Found:
    """What each model gives the contacts `ids`; `due` is when time alone may next change that, or earlier."""

    ids: list[int]
    verdicts: dict[int, list[Verdict]]
    due: list[datetime | None]


def evaluate(models: Sequence[Scored], now: datetime, scope: str = SOME, **given: Any) -> Found:
    """The truth at `now`, as the database holds the contacts and their lists at this moment."""
    lists = tuple(rung.listed for model in models for rung in model.rungs)
    saved = all(model.version for model in models)
    truth = (plan_for(lists, scope) if saved else Plan(lists, scope)).evaluate(now, **given)
    verdicts = {model.id: model.verdicts(_answers(model, truth)) for model in models}
    return Found(truth.ids.tolist(), verdicts, truth.due)


def _answers(model: Scored, truth: Truth) -> np.ndarray[Any, np.dtype[np.bool_]]:
    columns = [truth.members[rung.listed.id] for rung in model.rungs]
    return np.column_stack(columns) if columns else np.empty((len(truth.ids), 0), np.bool_)
