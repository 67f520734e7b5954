"""What a model would give everyone, before it is saved: how scores and grades spread, and who would move.

Everybody is looked at where they are few; of many, a sample drawn by chance that is the same each time.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from math import floor
from time import perf_counter

from django.db import connection
from django.utils.translation import gettext as _

from contacts.models import Contact
from crmseg.common.problems import InvalidInput, Problem

from .. import catalogue
from ..definition import check
from ..definition.schema import Catalogue
from ..engine import cutoffs
from ..engine.patience import TookTooLong, asking
from ..models import Score, ScoreModel
from . import cycles, load
from .plan import Verdict, evaluate, scored
from .schema import GRADES, Scheme

__all__ = ["Preview", "Spread", "TookTooLong", "preview", "spread_of", "warnings"]
MOST = 20_000
LONGEST = 60
"""Seconds after which counting is given up."""
_BINS = 20
_CHOSEN = "= ANY(%(chosen)s::bigint[])"
_SAMPLE = "SELECT id FROM contacts_contact TABLESAMPLE BERNOULLI (%s) REPEATABLE (1)"


@dataclass(frozen=True)
class Bin:
    """How many have a score from `low` to below `high`."""

    low: Decimal
    high: Decimal
    count: int


@dataclass(frozen=True)
class Spread:
    """How the scores of `looked_at` contacts, of `everyone`, are spread."""

    everyone: int
    looked_at: int
    mean: Decimal | None
    bins: list[Bin]
    grades: dict[str, int]

    @property
    def exact(self) -> bool:
        return self.looked_at == self.everyone


@dataclass(frozen=True)
class Preview(Spread):
    """Beside the spread: from which grade to which the contacts would move, the same ones among them, and what is
    worth a second look. Without a model to compare with nobody moves."""

    moves: dict[tuple[str, str], int] = field(default_factory=dict)
    raised: int = 0
    lowered: int = 0
    warnings: list[Problem] = field(default_factory=list)
    took_ms: float = 0


def preview(
    definition: object,
    now: datetime,
    *,
    link: str = ScoreModel.Link.SUM,
    intercept: Decimal | int = 0,
    model: ScoreModel | None = None,
    asker: str = "",
) -> Preview:
    """What `definition` would give at `now`, beside what `model` gives; or InvalidInput with every problem in it.

    A newer question of the same `asker` ends this one. Raises TookTooLong.
    """
    began = perf_counter()
    known = catalogue.current()
    scheme = read(definition, known, model)
    asked = scored(scheme, known, id=0, link=link, intercept=Decimal(intercept))
    with asking(asker, LONGEST):
        everyone = Contact.objects.count()
        ids = _chosen(everyone)
        found = evaluate([asked], now, _CHOSEN, chosen=ids)
        before = _before(model, found.ids)
    verdicts = dict(zip(found.ids, found.verdicts[0], strict=True))
    spread = _spread(everyone, (verdict.points for verdict in verdicts.values()), verdicts.values())
    moves = Counter((before[pk][1], verdict.grade) for pk, verdict in verdicts.items() if pk in before)
    return Preview(
        **vars(spread),
        moves=dict(moves),
        raised=sum(before[pk][0] < verdict.points for pk, verdict in verdicts.items() if pk in before),
        lowered=sum(before[pk][0] > verdict.points for pk, verdict in verdicts.items() if pk in before),
        warnings=warnings(scheme, known),
        took_ms=round((perf_counter() - began) * 1000, 1),
    )


def spread_of(model: ScoreModel) -> Spread:
    """How the scores that the model gives now are spread."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT points, grade, count(*) FROM segments_score WHERE model_id = %s GROUP BY points, grade", [model.pk]
        )
        rows = cursor.fetchall()
    everyone = sum(count for _points, _grade, count in rows)
    points: Counter[Decimal] = Counter()
    grades: Counter[str] = Counter()
    for score, grade, count in rows:
        points[score] += count
        grades[grade] += count
    return Spread(everyone, everyone, _mean(points), _bins(points), {grade: grades[grade] for grade in GRADES})


def read(definition: object, known: Catalogue, model: ScoreModel | None = None) -> Scheme:
    """The definition as it could be saved for `model`, or InvalidInput."""
    scheme = load.load(definition, known)
    if not scheme.has_rules:
        raise InvalidInput([Problem("/groups", _("This score model has no rules yet: it needs at least one."))])
    if model is not None:
        rules = [(f"{at}/definition", rule.tree) for at, rule in scheme.rules()]
        if problems := cycles.of_model(rules, model.pk):
            raise InvalidInput(problems)
    for _at, rule in scheme.rules():
        for tree in rule.ladder:
            cutoffs.ensure(tree)
    return scheme


def warnings(scheme: Scheme, known: Catalogue) -> list[Problem]:
    """What is allowed and probably not meant, at its place."""
    return [
        problem.under(f"{at}/definition") for at, rule in scheme.rules() for problem in check.warnings(rule.tree, known)
    ]


def _chosen(everyone: int) -> list[int]:
    if everyone <= MOST:
        return list(Contact.objects.order_by("pk").values_list("pk", flat=True))
    with connection.cursor() as cursor:
        cursor.execute(_SAMPLE, [100 * MOST / everyone])
        return sorted(pk for (pk,) in cursor)


def _before(model: ScoreModel | None, ids: Iterable[int]) -> Mapping[int, tuple[Decimal, str]]:
    if model is None:
        return {}
    rows = Score.objects.filter(model=model, contact__in=list(ids)).values_list("contact", "points", "grade")
    return {pk: (points, grade) for pk, points, grade in rows}


def _spread(everyone: int, points: Iterable[Decimal], verdicts: Iterable[Verdict]) -> Spread:
    counted, grades = Counter(points), Counter(verdict.grade for verdict in verdicts)
    return Spread(
        everyone,
        counted.total(),
        _mean(counted),
        _bins(counted),
        {grade: grades[grade] for grade in GRADES},
    )


def _mean(points: Counter[Decimal]) -> Decimal | None:
    total = sum((score * count for score, count in points.items()), Decimal(0))
    return (total / points.total()).quantize(Decimal("0.01")) if points else None


def _bins(points: Counter[Decimal]) -> list[Bin]:
    """At most some twenty bins of one round width, from the lowest score to the highest."""
    if not points:
        return []
    lowest, highest = min(points), max(points)
    width = _round_width((highest - lowest) / _BINS)
    counts: Counter[int] = Counter()
    for score, count in points.items():
        counts[floor(score / width)] += count
    places = range(min(counts), max(counts) + 1)
    return [Bin(place * width, (place + 1) * width, counts[place]) for place in places]


def _round_width(least: Decimal) -> Decimal:
    """The smallest of 1, 2, 5, 10, 20, 50, … that is not below `least`."""
    width = Decimal(1)
    while True:
        for step in (1, 2, 5):
            if width * step >= least:
                return width * step
        width *= 10
