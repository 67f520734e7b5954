"""The BG/NBD model of Fader, Hardie and Lee (2005): how often people buy, and whether they still do.

While active, a person buys at random with a rate of her own, drawn from a gamma distribution (r, α); after each
purchase she leaves with a probability of her own, drawn from a beta distribution (a, b). All that matters of her past
is three numbers: `repeats` (purchases after the first), `recency` (from the first to the last) and `age` (from the
first to now), both in weeks. NumPy alone; only the fit itself needs scipy.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .special import digamma, hyp2f1, lgamma

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Params:
    """r and α shape the rates of buying, a and b the chances of leaving."""

    r: float
    alpha: float
    a: float
    b: float


@dataclass(frozen=True)
class Past:
    """What people did, one place of the arrays for each. Weeks; `weight` is how many are alike."""

    repeats: Floats
    recency: Floats
    age: Floats
    weight: Floats

    @classmethod
    def of(cls, repeats: ArrayLike, recency: ArrayLike, age: ArrayLike, weight: ArrayLike | None = None) -> Past:
        counted = np.atleast_1d(np.asarray(repeats, dtype=np.float64))
        weights = np.ones_like(counted) if weight is None else np.asarray(weight, dtype=np.float64)
        return cls(counted, _floats(recency), _floats(age), weights)

    def __len__(self) -> int:
        return len(self.repeats)

    def every(self, step: int) -> Past:
        return Past(self.repeats[::step], self.recency[::step], self.age[::step], self.weight[::step])

    @cached_property
    def counts(self) -> tuple[Floats, NDArray[np.intp]]:
        """The different numbers of repeats, and which of them each has: gamma functions need only those."""
        return np.unique(self.repeats, return_inverse=True)


def _floats(values: ArrayLike) -> Floats:
    return np.atleast_1d(np.asarray(values, dtype=np.float64))


def log_likelihood(params: Params, past: Past) -> float:
    return likelihood(params, past)[0]


def likelihood(params: Params, past: Past) -> tuple[float, Floats]:
    """The log-likelihood (equation 6 of the paper, in logarithms throughout) and its slope by r, α, a, b."""
    r, alpha, a, b = params.r, params.alpha, params.a, params.b
    x, weight = past.repeats, past.weight
    bought = x > 0
    y = np.where(bought, x, 1.0)
    log_stay, log_left = np.log(alpha + past.age), np.log(alpha + past.recency)
    n, place = past.counts
    once = lgamma(a + b) - lgamma(b) - lgamma(r) + r * np.log(alpha)
    shared = (once + lgamma(r + n) + lgamma(b + n) - lgamma(a + b + n))[place]
    stayed = -(r + x) * log_stay
    left = np.where(bought, np.log(a) - np.log(b + y - 1) - (r + x) * log_left, -np.inf)
    both = np.logaddexp(stayed, left)
    share_left = np.exp(left - both)
    share_stayed = 1 - share_left
    by_r = (digamma(r + n) - digamma(r))[place] + np.log(alpha) - share_stayed * log_stay - share_left * log_left
    by_alpha = r / alpha - (r + x) * (share_stayed / (alpha + past.age) + share_left / (alpha + past.recency))
    by_both = (digamma(a + b) - digamma(a + b + n))[place]
    by_a = by_both + share_left / a
    by_b = by_both + (digamma(b + n) - digamma(b))[place] - share_left / (b + y - 1)
    slope = np.array([weight @ by_r, weight @ by_alpha, weight @ by_a, weight @ by_b])
    return float(weight @ (shared + both)), slope


def alive(params: Params, past: Past) -> Floats:
    """How likely each is still active. Who never came back is: nobody leaves before a repeat."""
    r, alpha, a, b = params.r, params.alpha, params.a, params.b
    x = past.repeats
    y = np.where(x > 0, x, 1.0)
    odds = np.log(a) - np.log(b + y - 1) + (r + x) * (np.log(alpha + past.age) - np.log(alpha + past.recency))
    return np.where(x > 0, 1 / (1 + np.exp(np.minimum(odds, 700.0))), 1.0)


def expected(params: Params, past: Past, weeks: float) -> Floats:
    """How many purchases each is expected to make in the next `weeks` (equation 10, after Euler's transformation,
    which keeps it exact for people with hundreds of purchases)."""
    r, alpha, a, b = params.r, params.alpha, _not_one(params.a), params.b
    x = past.repeats
    z = weeks / (alpha + past.age + weeks)
    series = hyp2f1(a + b - 1 - r, a - 1, a + b + x - 1, z)
    still = (a + b + x - 1) / (a - 1) * (1 - np.power(1 - z, a - 1) * series)
    return np.maximum(alive(params, past) * still, 0.0)


def expected_of_new(params: Params, weeks: ArrayLike) -> Floats:
    """How many repeats somebody is expected to make within `weeks` of her first purchase (equation 9)."""
    r, alpha, a, b = params.r, params.alpha, _not_one(params.a), params.b
    t = _floats(weeks)
    z = t / (alpha + t)
    series = hyp2f1(a + b - 1 - r, a - 1, np.full_like(t, a + b - 1), z)
    return (a + b - 1) / (a - 1) * (1 - np.power(1 - z, a - 1) * series)


def _not_one(a: float) -> float:
    """The formulas divide by a - 1, and are smooth there."""
    return a if abs(a - 1) > 1e-6 else 1 + 1e-6
