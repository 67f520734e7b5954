"""The Gamma-Gamma model of spend (Fader and Hardie 2013): what a purchase of somebody is worth.

Each purchase of a person is drawn around a mean of her own (gamma, shape p), and those means vary between people
(gamma again, shape q, scale γ). It holds while what somebody spends does not hang on how often she buys; `correlation`
says how far that is so.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from .bgnbd import Floats
from .special import digamma, lgamma


@dataclass(frozen=True, slots=True)
class Spend:
    """p shapes the purchases of one person, q and γ the means of different people. Money in major units."""

    p: float
    q: float
    gamma: float


@dataclass(frozen=True)
class Baskets:
    """How many purchases people made (`count`), and what one was worth on the average (`mean`)."""

    count: Floats
    mean: Floats
    weight: Floats

    def __len__(self) -> int:
        return len(self.count)

    @cached_property
    def counts(self) -> tuple[Floats, NDArray[np.intp]]:
        """The different counts, and which of them each has."""
        return np.unique(self.count, return_inverse=True)


def log_likelihood(spend: Spend, baskets: Baskets) -> float:
    return likelihood(spend, baskets)[0]


def likelihood(spend: Spend, baskets: Baskets) -> tuple[float, Floats]:
    """The log-likelihood (equation 1 of the note, of the mean purchase) and its slope by p, q, γ."""
    p, q, gamma = spend.p, spend.q, spend.gamma
    x, m, weight = baskets.count, baskets.mean, baskets.weight
    n, place = baskets.counts
    of_count = lgamma(p * n + q) - lgamma(p * n) - lgamma(q) + q * np.log(gamma) + p * n * np.log(n)
    log_mean, log_sum = np.log(m), np.log(gamma + x * m)
    each = of_count[place] + (p * x - 1) * log_mean - (p * x + q) * log_sum
    over = digamma(p * n + q)
    by_p = (n * (over - digamma(p * n) + np.log(n)))[place] + x * (log_mean - log_sum)
    by_q = (over - digamma(q) + np.log(gamma))[place] - log_sum
    by_gamma = q / gamma - (p * x + q) / (gamma + x * m)
    return float(weight @ each), np.array([weight @ by_p, weight @ by_q, weight @ by_gamma])


def mean_of_all(spend: Spend) -> float:
    """What a purchase is worth among everyone; it exists above q = 1."""
    return spend.p * spend.gamma / (spend.q - 1)


def expected_value(spend: Spend, count: Floats, total: Floats) -> Floats:
    """What the next purchases of each are worth on the average: her own mean, pulled to everyone's while few are known.

    `count` purchases were worth `total`.
    """
    return spend.p * (spend.gamma + total) / (spend.p * count + spend.q - 1)


def correlation(baskets: Baskets) -> float:
    """Between how often people buy and what they spend each time; the model holds near zero."""
    if len(baskets) < 3 or np.ptp(baskets.count) == 0 or np.ptp(baskets.mean) == 0:
        return 0.0
    cov = np.cov(baskets.count, baskets.mean, aweights=baskets.weight)
    return float(cov[0, 1] / np.sqrt(cov[0, 0] * cov[1, 1]))
