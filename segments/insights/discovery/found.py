"""What every search ends in: definitions, each with how many are in it, and how it fits people nobody learned from."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

import numpy as np

from ...definition.schema import Catalogue
from ...engine.preview import preview
from ..profile import statistics
from . import rules, truth
from .conditions import Condition
from .learning import Flags, fit_of
from .rules import Fit, Json, Leaf, Tree
from .samples import Sample
from .truth import Matrix

Tell = Callable[[], None]
"""Says that a step is done; raises where somebody asked to stop."""
MOST_TRAITS, MOST_OF_ONE = 8, 2
NAMING_SHARE, NAMING_INDEX = 0.25, 115


def fitted(definition: Json, sample: Sample, known: Catalogue, at: datetime) -> Fit:
    """By the engine, on those held out."""
    held = [pk for pk, out in zip(sample.ids, sample.held, strict=True) if out]
    trees = truth.read([definition], known)
    ids, answers = truth.ask(trees, held, known, at)
    sought = dict(zip(sample.ids, sample.sought.tolist(), strict=True))
    return fit_of(answers[:, 0], np.array([sought[pk] for pk in ids], bool), sample.base)


def counted(definition: Json, now: datetime) -> int:
    """Who is in it now: exactly as many as a list with this definition will have."""
    return preview(definition, now).count


def among(definition: Json, segment_id: int | None) -> Json:
    """Only members of that list."""
    return rules.both([{"segment": segment_id, "op": "in"}, definition]) if segment_id else definition


def traits(conditions: Sequence[Condition], answers: Matrix, inside: Flags) -> list[Json]:
    """What sets these people apart among all: the largest differences beyond chance, few of one property."""
    n, others = int(inside.sum()), int((~inside).sum())
    told: list[tuple[float, str, Json]] = []
    for condition, column in zip(conditions, answers.T, strict=True):
        done, others_done = int((column & inside).sum()), int((column & ~inside).sum())
        difference = statistics.of_shares(done, n, others_done, others)
        if difference is None or not difference.sure:
            continue
        share, base = done / n, (done + others_done) / (n + others)
        trait = {"node": condition.node, "share": share, "base": base, "index": share / base * 100}
        told.append((abs(difference.sure), condition.about, trait))
    told.sort(key=lambda one: -one[0])
    kept: list[Json] = []
    seen: dict[str, int] = {}
    for _size, about, trait in told:
        seen[about] = seen.get(about, 0) + 1
        if seen[about] <= MOST_OF_ONE:
            kept.append(trait | {"about": about})
    return kept[:MOST_TRAITS]


def naming(found: Sequence[Json], definition: Json) -> list[Json]:
    """The two traits that a group is called by: what most of them have and few others do."""
    names: dict[str, Json] = {}
    for trait in found:
        if trait["share"] >= NAMING_SHARE and trait["index"] >= NAMING_INDEX:
            names.setdefault(trait["about"], trait["node"])
    return [*names.values()][:2] or [definition]


def grown(tree: Tree, questions: Sequence[Json], base: float) -> Json:
    """The tree to be read: at each question how many came to it, and how many of them are sought."""
    ends = rules.leaves(tree)
    positive, others = sum(one.positive for one in ends), sum(one.others for one in ends)

    def told(here: Tree) -> Json:
        below = rules.leaves(here)
        found, wrong = sum(one.positive for one in below), sum(one.others for one in below)
        fit = Fit(found, positive, wrong, others, base)
        about: dict[str, Any] = {"rate": fit.precision, "share": fit.share, "people": found + wrong}
        if isinstance(here, Leaf):
            return about | {"leaf": here.number}
        return about | {"node": questions[here.question], "yes": told(here.yes), "no": told(here.no)}

    return told(tree)
