"""Logistic regression on conditions that hold or not, and how well it foretells people it has not seen.

Pure: matrices in, plain numbers out. Weights are log-odds: a condition of weight w multiplies the odds by exp(w).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from importlib.util import find_spec
from math import sqrt
from typing import Any

import numpy as np

Matrix = np.ndarray[Any, np.dtype[np.bool_]]
Numbers = np.ndarray[Any, np.dtype[np.float64]]
RARE = 10
"""A condition that holds, or fails, for fewer people than this is left out: nothing can be learned from it."""
BINS = 10
_Z = 1.959964


def is_installed() -> bool:
    """Whether the extra `insights` is there."""
    return find_spec("sklearn") is not None


@dataclass(frozen=True)
class Weight:
    """What one condition tells. `low` and `high` bound its log-odds with 95 % confidence.

    `holds` of the people it was learned from had it, and `converted` of those. None where nothing could be learned.
    """

    holds: int
    converted: int
    weight: float | None = None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Bin:
    """A tenth of the people, by how likely the model called them: what it said and what happened, of `people`."""

    people: int
    said: float
    happened: float
    low: float
    high: float


@dataclass(frozen=True)
class Fit:
    """`auc` and what follows it are of the later people, whom the fit has not seen. `top` is how many times the
    average the likeliest tenth of them converted."""

    intercept: float
    weights: list[Weight]
    people: int
    converted: int
    later_people: int
    later_converted: int
    auc: float
    auc_low: float
    auc_high: float
    brier: float
    top: float
    bins: list[Bin]

    def plain(self) -> dict[str, Any]:
        return asdict(self)


def fit(had: Matrix, converted: Matrix, later_had: Matrix, later_converted: Matrix) -> Fit:
    """Learn from the first people, judge by the later ones. Each needs people who converted and people who did not."""
    from sklearn.linear_model import LogisticRegression

    holding = had.sum(axis=0)
    kept = np.flatnonzero((holding >= RARE) & (len(had) - holding >= RARE))
    columns = had[:, kept].astype(float)
    mean, spread = columns.mean(axis=0), columns.std(axis=0)
    standard = (columns - mean) / spread
    slopes, level = np.zeros(len(kept)), _log_odds(converted.mean())
    if len(kept):
        learned = LogisticRegression(max_iter=1000, tol=1e-8).fit(standard, converted)
        slopes, level = learned.coef_[0], float(learned.intercept_[0])
    errors = _standard_errors(standard, slopes, level) / spread
    weights = slopes / spread
    intercept = float(level - (weights * mean).sum())
    chances = likelihoods(intercept, weights, later_had[:, kept])
    area, low, high = area_under_curve(chances, later_converted)
    return Fit(
        intercept=intercept,
        weights=_weights(had, converted, kept, weights, errors),
        people=len(had),
        converted=int(converted.sum()),
        later_people=len(later_had),
        later_converted=int(later_converted.sum()),
        auc=area,
        auc_low=low,
        auc_high=high,
        brier=float(((chances - later_converted) ** 2).mean()),
        top=_top(chances, later_converted),
        bins=calibration(chances, later_converted),
    )


def likelihoods(intercept: float, weights: Numbers, had: Matrix) -> Numbers:
    found: Numbers = 1 / (1 + np.exp(-(intercept + had @ weights)))
    return found


def area_under_curve(chances: Numbers, converted: Matrix) -> tuple[float, float, float]:
    """The chance that somebody who converted was called likelier than somebody who did not, with its 95 % interval.

    The interval is Hanley and McNeil's (Radiology 143, 1982).
    """
    from sklearn.metrics import roc_auc_score

    area = float(roc_auc_score(converted, chances))
    yes = int(converted.sum())
    no = len(converted) - yes
    first, second = area / (2 - area), 2 * area**2 / (1 + area)
    variance = (area * (1 - area) + (yes - 1) * (first - area**2) + (no - 1) * (second - area**2)) / (yes * no)
    reach = _Z * sqrt(max(variance, 0))
    return area, max(0.0, area - reach), min(1.0, area + reach)


def calibration(chances: Numbers, converted: Matrix) -> list[Bin]:
    """Tenths of equal size, the unlikeliest first; the interval of what happened is Wilson's."""
    order = np.argsort(chances, kind="stable")
    found = []
    for part in np.array_split(order, min(BINS, len(order))):
        happened = int(converted[part].sum())
        low, high = wilson(happened, len(part))
        found.append(Bin(len(part), float(chances[part].mean()), happened / len(part), low, high))
    return found


def odds(weight: float) -> float:
    """How many times the odds are; nobody reads beyond a million."""
    return float(np.exp(min(weight, 13.8)))


def wilson(count: int, of: int) -> tuple[float, float]:
    """The 95 % interval of a share (Wilson 1927)."""
    share, square = count / of, _Z**2
    middle = (share + square / (2 * of)) / (1 + square / of)
    reach = _Z * sqrt(share * (1 - share) / of + square / (4 * of**2)) / (1 + square / of)
    return max(0.0, middle - reach), min(1.0, middle + reach)


def _top(chances: Numbers, converted: Matrix) -> float:
    likeliest = np.argsort(-chances, kind="stable")[: max(1, len(chances) // 10)]
    return float(converted[likeliest].mean() / converted.mean())


def _log_odds(share: float) -> float:
    return float(np.log(share / (1 - share)))


def _standard_errors(standard: Numbers, slopes: Numbers, level: float) -> Numbers:
    """From the curvature of the penalised likelihood at its top."""
    chances = 1 / (1 + np.exp(-(level + standard @ slopes)))
    design = np.column_stack([np.ones(len(standard)), standard])
    penalty = np.diag([0.0, *np.ones(len(slopes))])
    curvature = (design.T * (chances * (1 - chances))) @ design + penalty
    found: Numbers = np.sqrt(np.diag(np.linalg.pinv(curvature)))[1:]
    return found


def _weights(
    had: Matrix, converted: Matrix, kept: np.ndarray[Any, Any], weights: Numbers, errors: Numbers
) -> list[Weight]:
    counts: Sequence[tuple[int, int]] = [
        (int(had[:, place].sum()), int((had[:, place] & converted).sum())) for place in range(had.shape[1])
    ]
    learned = {int(place): at for at, place in enumerate(kept)}
    found = []
    for place, (holds, of_those) in enumerate(counts):
        at = learned.get(place)
        if at is None:
            found.append(Weight(holds, of_those))
        else:
            weight, reach = float(weights[at]), float(_Z * errors[at])
            found.append(Weight(holds, of_those, weight, weight - reach, weight + reach))
    return found
