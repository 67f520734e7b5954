"""Why somebody has the score that it is: rule by rule, with what decided it and when it moves by itself.

Evaluated anew, one contact and one instant in one snapshot, so that what is said adds up. A draft is explained, too: as
what it would give.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from .. import catalogue
from ..definition import describe
from ..definition.nodes import All, leaves
from ..definition.parts import Part, take_apart
from ..definition.schema import Catalogue
from ..engine.explain import UnknownContact, evidence, flips_of, snapshot, truth
from ..engine.explain.question import Question
from ..models import ScoreModel
from . import load
from .plan import Scored, Verdict, scored
from .schema import Kind, Rule, plain

__all__ = ["Explanation", "UnknownContact", "explain"]


@dataclass(frozen=True)
class Reason:
    """One condition of a rule: what it asks, whether that is so, and what decided it."""

    sentence: str
    holds: bool
    evidence: dict[str, Any]


@dataclass(frozen=True)
class ExplainedRule:
    """`points` are given, of `full`; `share` is the percentage that age has left of them. At `next_at` time alone makes
    them `next_points`, or may."""

    pointer: str
    name: str
    sentence: str
    holds: bool
    points: Decimal
    full: Decimal
    share: Decimal
    next_at: datetime | None
    next_points: Decimal | None
    reasons: list[Reason]


@dataclass(frozen=True)
class ExplainedGroup:
    """`points` count, of the `sum` that the rules give: no more than `cap`."""

    name: str
    kind: Kind
    points: Decimal
    sum: Decimal
    cap: Decimal | None
    most: Decimal
    rules: list[ExplainedRule]


@dataclass(frozen=True)
class Explanation:
    """What a model gives a contact at an instant, and why. `next_at` is when time alone may move it first."""

    contact_id: int
    at: datetime
    verdict: Verdict
    intercept: Decimal
    link: str
    groups: list[ExplainedGroup]
    next_at: datetime | None


def explain(model: ScoreModel, contact_id: int) -> Explanation:
    """The score of the contact by the latest version of the model. Raises InvalidInput or UnknownContact."""
    with snapshot() as now:
        known = catalogue.current()
        scheme = load.load(model.definition, known)
        asked = scored(scheme, known, id=model.pk, link=model.link, intercept=model.intercept)
        return _Explainer(asked, known, contact_id, now).explanation()


class _Explainer:
    """Every rung of every rule as one question, asked once."""

    def __init__(self, model: Scored, known: Catalogue, contact_id: int, now: datetime):
        self.model, self.known, self.contact_id, self.now = model, known, contact_id, now
        asked = truth.Asked(contact_id, known)
        self.rungs = [take_apart(rung.listed.tree) for rung in model.rungs]
        question = Question(Part("", All(()), self.rungs))
        answers = truth.answers(question.leaves, asked, now)
        self.held = question.evaluate([answer.holds for answer in answers])
        self.flips, _looked_until = flips_of(question, answers, asked, now)
        pieces = evidence.gather(question.leaves, asked, now)
        self.proven = dict(zip(question.leaves, pieces, strict=True))
        self.so = {leaf: answer.holds for leaf, answer in zip(question.leaves, answers, strict=True)}

    def explanation(self) -> Explanation:
        verdict = self.model.verdict([self.held[part] for part in self.rungs])
        given = {(group, rule): points for group, rule, points in verdict.parts}
        groups = [self._group(place, given) for place in range(len(self.model.scheme.groups))]
        coming = [rule.next_at for group in groups for rule in group.rules if rule.next_at]
        return Explanation(
            self.contact_id,
            self.now,
            verdict,
            self.model.intercept,
            self.model.link,
            groups,
            min(coming, default=None),
        )

    def _group(self, place: int, given: Mapping[tuple[int, int], Decimal]) -> ExplainedGroup:
        group = self.model.scheme.groups[place]
        rules = [self._rule(place, at, rule, given.get((place, at))) for at, rule in enumerate(group.rules)]
        total = sum((rule.points for rule in rules), Decimal(0))
        return ExplainedGroup(group.name, group.kind, plain(group.capped(total)), total, group.cap, group.most, rules)

    def _rule(self, group: int, place: int, rule: Rule, points: Decimal | None) -> ExplainedRule:
        ladder = [
            part
            for rung, part in zip(self.model.rungs, self.rungs, strict=True)
            if (rung.group, rung.rule) == (group, place)
        ]
        level = self._level(ladder, None)
        shown = ladder[-1 if level is None else level]
        # Until the rung that counts gives way, those above it do not matter.
        watched = ladder if level is None else ladder[: level + 1]
        next_at = min((self.flips[part] for part in watched if part in self.flips), default=None)
        then = self._level(ladder, next_at) if next_at else None
        return ExplainedRule(
            pointer=f"/groups/{group}/rules/{place}",
            name=rule.name,
            sentence=describe.sentence(rule.tree, self.known),
            holds=level is not None,
            points=Decimal(0) if points is None else points,
            full=rule.points,
            share=plain(rule.decay.share(level) * 100) if rule.decay and level is not None else Decimal(100),
            next_at=next_at,
            next_points=None if next_at is None else Decimal(0) if then is None else rule.worth(then),
            reasons=self._reasons(shown),
        )

    def _level(self, ladder: list[Part], at: datetime | None) -> int | None:
        """The first rung that holds now, or at the instant of a flip; none may."""
        for level, part in enumerate(ladder):
            turned = at is not None and part in self.flips and self.flips[part] <= at
            if self.held[part] != turned:
                return level
        return None

    def _reasons(self, part: Part) -> list[Reason]:
        return [
            Reason(describe.sentence(leaf, self.known), self.so[leaf], self.proven[leaf])
            for leaf in leaves(part.node)
            if leaf in self.so
        ]
