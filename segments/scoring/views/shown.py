"""Score models as pages show them: groups in words, grades as a grid, versions, and who uses the score."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db.models import Count
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from contacts import guards
from segments import catalogue, sentences
from segments.definition.schema import Catalogue
from segments.models import Score, ScoreModel, ScoreModelVersion

from .. import queue
from ..history import names_of
from ..preview import Spread
from ..schema import DIGITS, LETTERS


@dataclass(frozen=True)
class Rule:
    """One rule in words. `share` is its weight against the heaviest one of the model, for a bar; `odds` for learned
    models, how many times the odds are with it."""

    name: str
    sentence: str
    points: Decimal
    fades: str
    share: int
    odds: float | None = None


@dataclass(frozen=True)
class Group:
    name: str
    kind: str
    cap: Decimal | None
    rules: list[Rule] = field(default_factory=list)


@dataclass(frozen=True)
class Cell:
    """People with a grade, how dark it is drawn (0 to 4), and what they were by the saved version."""

    grade: str
    count: int
    tone: int
    url: str = ""
    before: int | None = None

    @property
    def change(self) -> int:
        return self.count - (self.before or 0)


def kind_words(kind: str) -> str:
    return _("Fit") if kind == "fit" else _("Engagement")


def groups(model: ScoreModel) -> list[Group]:
    known = catalogue.current()
    every = [rule for group in model.definition.get("groups", []) for rule in group["rules"]]
    heaviest = max((abs(Decimal(str(rule["points"]))) for rule in every), default=Decimal(0)) or Decimal(1)
    learned = model.link == ScoreModel.Link.LOGISTIC
    return [
        Group(
            group["name"] or kind_words(group["kind"]),
            kind_words(group["kind"]),
            group["cap"],
            [_rule(rule, known, heaviest, learned=learned) for rule in group["rules"]],
        )
        for group in model.definition.get("groups", [])
    ]


def _rule(raw: Mapping[str, Any], known: Catalogue, heaviest: Decimal, *, learned: bool) -> Rule:
    points = Decimal(str(raw["points"]))
    sentence = sentences.sentence_of(raw["definition"], known)
    odds = float(points.exp()) if learned and abs(points) < 50 else None
    return Rule(raw["name"] or "", sentence, points, fading(raw["decay"]), int(abs(points) * 100 / heaviest), odds)


def fading(decay: Mapping[str, Any] | None) -> str:
    """How points fade, in words; empty where they do not."""
    if not decay:
        return ""
    names = {
        "minute": ngettext("%(n)s minute", "%(n)s minutes", decay["every"]),
        "hour": ngettext("%(n)s hour", "%(n)s hours", decay["every"]),
        "day": ngettext("%(n)s day", "%(n)s days", decay["every"]),
        "week": ngettext("%(n)s week", "%(n)s weeks", decay["every"]),
        "month": ngettext("%(n)s month", "%(n)s months", decay["every"]),
        "year": ngettext("%(n)s year", "%(n)s years", decay["every"]),
    }
    span = names.get(decay["unit"], "%(n)s") % {"n": decay["every"]}
    said = ngettext(
        "every %(span)s %(keep)s %% of the points are left, %(times)s time",
        "every %(span)s %(keep)s %% of the points are left, %(times)s times",
        decay["times"],
    )
    return said % {"span": span, "keep": decay["keep"], "times": decay["times"]}


def grid(spread: Spread, *, queue_of: ScoreModel | None = None, before: Spread | None = None) -> list[list[Cell]]:
    """The letters are rows, the digits columns. `queue_of`: each cell leads to its people."""
    counts = {letter + digit: scaled(spread, letter + digit) for letter in LETTERS for digit in DIGITS}
    most = max(counts.values(), default=0) or 1
    at = reverse("leads:queue")
    return [
        [
            Cell(
                grade,
                counts[grade],
                0 if not counts[grade] else 1 + min(3, counts[grade] * 4 // (most + 1)),
                f"{at}?{urlencode({'model': queue_of.key, 'grade': grade, 'stage': queue.ALL})}" if queue_of else "",
                scaled(before, grade) if before else None,
            )
            for grade in (letter + digit for digit in DIGITS)
        ]
        for letter in LETTERS
    ]


def scaled(spread: Spread, grade: str) -> int:
    """How many of everybody have the grade, where only some were looked at."""
    count = spread.grades[grade]
    return count if spread.exact else round(count * spread.everyone / spread.looked_at)


def versions(model: ScoreModel) -> Sequence[ScoreModelVersion]:
    return list(ScoreModelVersion.objects.filter(model=model).order_by("-number")[:50])


def used_in(model: ScoreModel) -> list[str]:
    """Which lists and models read the score."""
    return guards.used_in([f"attribute:{name}" for name in names_of(model.key)])


def summaries(models: Sequence[ScoreModel]) -> list[dict[str, Any]]:
    """Each model with how many people it scores and how many rules it has."""
    scored = dict(Score.objects.filter(model__in=models).values_list("model").annotate(people=Count("pk")).order_by())
    return [
        {
            "model": model,
            "people": scored.get(model.pk, 0),
            "rules": sum(len(group["rules"]) for group in model.definition.get("groups", [])),
        }
        for model in models
    ]
