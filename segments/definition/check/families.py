"""Everything that is claimed of one thing together: the states it can be in, and the truth of each claim in each.

The states are at least those that exist: what is impossible in all of them is impossible.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from itertools import product
from typing import Any

import numpy as np

from . import spellings, tags
from .claims import Claim
from .counting import together
from .dimensions import Choice, Counts, Dimension, Numbers, Spelling, Tags
from .numbering import stretches

MOST_STATES = 4_096
Truths = np.ndarray[Any, np.dtype[np.bool_]]
"""One row per claim, one column per state."""


def truths(claims: Sequence[Claim]) -> list[tuple[list[int], Truths]]:
    """The claims of one family by their places, parted where they cannot be told together, each part with its truths.

    Where the thing can be unknown, that is the first state.
    """
    dimensions: dict[Dimension, list[int]] = {}
    for place, claim in enumerate(claims):
        dimensions.setdefault(claim.dimension, []).append(place)
    parts = []
    for dimension, places in dimensions.items():
        parts += _of_dimension(dimension, [claims[place] for place in places], places)
    unknowns = [claim.unknown for claim in claims]
    if None in unknowns:
        return parts
    joined = _joined(parts, len(claims))
    return [_with_unknown(places, rows, unknowns) for places, rows in joined]


def _of_dimension(dimension: Dimension, claims: list[Claim], places: list[int]) -> list[tuple[list[int], Truths]]:
    match dimension:
        case Counts():
            return _counts(claims, places)
        case Choice(_, values):
            return [(places, _rows(claims, values))]
        case Numbers():
            points = {point for claim in claims for point in claim.points}
            bounds = {"least": dimension.least, "most": dimension.most}
            return [(places, _rows(claims, stretches(points, whole=dimension.whole, **bounds)))]
        case Spelling():
            return _or_apart(claims, places, spellings.kinds({text for claim in claims for text in claim.points}))
        case Tags():
            return _or_apart(claims, places, tags.kinds({text for claim in claims for text in claim.points}))


def _or_apart(claims: list[Claim], places: list[int], values: Sequence[Any] | None) -> list[tuple[list[int], Truths]]:
    """Together over these values; where there are none, each claim is true or false as it may be."""
    if values is not None:
        return [(places, _rows(claims, values))]
    return [([place], np.array([[False, True]])) for place in places]


def _rows(claims: Sequence[Claim], values: Sequence[Any]) -> Truths:
    rows = np.empty((len(claims), len(values)), np.bool_)
    for place, claim in enumerate(claims):
        holds: Callable[[Any], bool] = claim.holds
        rows[place] = [holds(value) for value in values]
    return rows


def _counts(claims: list[Claim], places: list[int]) -> list[tuple[list[int], Truths]]:
    points = {point for claim in claims for point in claim.points}
    found = []
    for windows, states in together([claim.over for claim in claims], points):
        some = [number for number, claim in enumerate(claims) if claim.over in windows]
        rows = np.empty((len(some), len(states)), np.bool_)
        for row, number in enumerate(some):
            answers = {n: claims[number].holds(n) for n in {state[claims[number].over] for state in states}}
            rows[row] = [answers[state[claims[number].over]] for state in states]
        found.append(([places[number] for number in some], rows))
    return found


def _joined(parts: list[tuple[list[int], Truths]], size: int) -> list[tuple[list[int], Truths]]:
    """All dimensions of a thing at once, so that it is known or unknown in all; apart where that is too much."""
    states = 1
    for _, rows in parts:
        states *= rows.shape[1]
    if len(parts) == 1 or states > MOST_STATES:
        return parts
    choices = list(product(*(range(rows.shape[1]) for _, rows in parts)))
    whole = np.empty((size, len(choices)), np.bool_)
    for number, (places, rows) in enumerate(parts):
        whole[places] = rows[:, [choice[number] for choice in choices]]
    return [(list(range(size)), whole)]


def _with_unknown(places: list[int], rows: Truths, unknowns: Sequence[Hashable]) -> tuple[list[int], Truths]:
    unknown = np.array([[unknowns[place]] for place in places], np.bool_)
    return places, np.hstack([unknown, rows])
