"""Groups of alike people, each said as a definition."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime

import numpy as np
from django.utils.translation import gettext as _

from crmseg.common.problems import InvalidInput
from crmseg.web.formats import number

from ...definition.schema import Catalogue
from ..profile.products import what_is_bought
from . import conditions, found, learning, points, rules, samples, truth
from .conditions import Condition
from .found import Tell
from .learning import KS, Floats, Ints
from .rules import Json
from .samples import Sample
from .truth import Matrix

LEAST = 200
DEPTH, MOST_LEAVES = 4, 10
STEPS = 4 + len(KS)
SHOWN, MOST_MEANS = 400, 6


def groups(
    *, about: Sequence[str], among: int | None, k: int | None, known: Catalogue, now: datetime, tell: Tell
) -> Json:
    """By what is chosen; `k` groups, or as many as speak for themselves."""
    people = samples.of_people(among)
    if len(people) < LEAST:
        said = _("There are not enough people to look for groups: you have %(have)s, it needs %(need)s.")
        raise InvalidInput(said % {"have": number(len(people)), "need": number(LEAST)})
    asked = conditions.offered(people, known, now, what=what_is_bought())
    ids, answers = truth.ask(truth.read([one.node for one in asked], known), people, known, now)
    tell()
    chosen = [place for place, one in enumerate(asked) if one.about in about]
    names, values = points.numbers(ids, about, known, now)
    numbered = points.scales(names, values)
    # A number is a coordinate by itself, and so is how often something was done.
    worded = [place for place in chosen if asked[place].about not in names]
    where = points.placed(values, numbered, answers[:, worded], [asked[place] for place in worded])
    if not chosen or not where.shape[1]:
        raise InvalidInput(_("What is chosen is the same for everybody, or unknown of all: choose something else."))
    tell()
    tried = []
    for one in KS:
        tried.append(learning.try_groups(where, one))
        tell()
    best = k or learning.choose(tried)
    told: Json = {
        "looked_at": len(ids),
        "about": list(about),
        "tried": [asdict(one) for one in tried],
        "k": best,
        "chosen_by_hand": bool(k),
        "groups": [],
    }
    if best:
        labels, _centres = learning.group(where, best)
        told["points"] = _shown(where, labels)
        told["groups"] = [
            _group(place, ids, labels, asked, chosen, answers, names, values, among, known, now)
            for place in range(best)
        ]
    tell()
    return told


def _group(
    place: int,
    ids: Sequence[int],
    labels: Ints,
    asked: Sequence[Condition],
    chosen: Sequence[int],
    answers: Matrix,
    names: Sequence[str],
    values: Floats,
    among: int | None,
    known: Catalogue,
    now: datetime,
) -> Json:
    inside = labels == place
    held = samples.held_out(ids)
    sample = Sample(list(ids), inside, held, int(inside.sum()), len(ids))
    questions = [asked[number].node for number in chosen]
    tree = learning.grow(answers[~held][:, list(chosen)], inside[~held], depth=DEPTH, most_leaves=MOST_LEAVES)
    written = rules.definition(tree, learning.best_together(tree, sample.base), questions)
    traits = found.traits(asked, answers, inside)
    told: Json = {
        "people": int(inside.sum()),
        "share": float(inside.mean()),
        "traits": traits,
        "means": _means(names, values, inside),
    }
    if isinstance(written, bool):
        return told | {"definition": None, "naming": [trait["node"] for trait in traits[:2]]}
    whole = found.among(written, among)
    return told | {
        "definition": whole,
        "naming": found.naming(traits, written),
        "fit": found.fitted(written, sample, known, now).told(),
        "count": found.counted(whole, now),
    }


def _means(names: Sequence[str], values: Floats, inside: Ints) -> list[Json]:
    """Of the numbers chosen that differ most: the average of the group, and of all."""
    made: list[tuple[float, Json]] = []
    for about, column in zip(names, values.T, strict=True):
        own, every = column[inside & ~np.isnan(column)], column[~np.isnan(column)]
        if len(own) and len(every) and every.std():
            apart = abs(float(own.mean() - every.mean())) / float(every.std())
            made.append((apart, {"about": about, "mean": float(own.mean()), "base": float(every.mean())}))
    made.sort(key=lambda one: -one[0])
    return [told for _apart, told in made[:MOST_MEANS]]


def _shown(where: Floats, labels: Ints) -> list[list[float]]:
    """Some of the points, for a picture: where each lies and its group. Nobody is named."""
    seen = learning.plane(where)
    some = np.random.default_rng(learning.SEED).permutation(len(seen))[:SHOWN]
    return [[round(float(seen[at, 0]), 3), round(float(seen[at, 1]), 3), int(labels[at])] for at in some]
