"""Intervals and p values that stay true however often, and whenever, somebody looks while figures still come in.

An interval of the ordinary kind is right in 95 of 100 looks; whoever looks every hour sees it miss far more often.
These are right at all looks together in 95 of 100 tests, and are wider for that. Both come from the mixture of normal
likelihood ratios; with d the difference, s its standard error and t how much has been seen,

    Λ = √(τ / (t + τ)) · exp(t / (t + τ) · d² / 2s²),   p = min(1, 1 / Λ),
    d ± s · √((t + τ) / t · ln((t + τ) / (τ α²)))

H. Robbins: Statistical methods related to the law of the iterated logarithm. Annals of Mathematical Statistics 41
(1970), 1397–1409. S. R. Howard, A. Ramdas, J. McAuliffe, J. Sekhon: Time-uniform, nonparametric, nonasymptotic
confidence sequences. Annals of Statistics 49 (2021), 1055–1080, equation 14. For figures that are only nearly normal:
I. Waudby-Smith, D. Arbour, R. Sinha, E. H. Kennedy, A. Ramdas: Time-uniform central limit theory and asymptotic
confidence sequences. Annals of Statistics 52 (2024), 2613–2640. As p values: R. Johari, P. Koomen, L. Pekelis,
D. Walsh: Always valid inference: continuous monitoring of A/B tests. Operations Research 70 (2022), 1806–1821.
"""

from __future__ import annotations

from math import inf
from typing import Any

import numpy as np

from segments.insights.power import ALPHA

from .statistics import Difference, Sample

Numbers = Any
"""A number, or an array of them: looks at many tests at once."""
TUNING = 50.0
"""τ: the intervals are narrowest where about eight times so much has been seen, by Howard's section 3.5: about 400
conversions. Fixed beforehand: chosen by the figures, the promise would not hold."""
LEAST = 20.0
"""Less than this seen is nothing seen: before, a sum is not near enough to normal."""


def seen(first: Sample, second: Sample) -> float:
    """How much two rates have shown together; a revenue has shown what its buyers have."""
    people = first.people + second.people
    if not first.people or not second.people:
        return 0.0
    return float(shown(first.people, second.people, (first.total + second.total) / people))


def differ(first: Sample, second: Sample, seen: float, *, alpha: float = ALPHA) -> Difference:
    """The difference of two means or rates, within limits that hold at all looks together."""
    difference, error = first.mean - second.mean, standard_error(first, second)
    if seen < LEAST or not error:
        return Difference(difference, -inf, inf)
    half = error * float(half_width(seen, alpha))
    return Difference(difference, difference - half, difference + half)


def p_of(first: Sample, second: Sample, seen: float) -> float:
    """At most α of all tests without a difference ever show a value below α, at whatever look."""
    error = standard_error(first, second)
    if seen < LEAST or not error:
        return 1.0
    return float(always_p((first.mean - second.mean) / error, seen))


def standard_error(first: Sample, second: Sample) -> float:
    if first.people < 2 or second.people < 2:
        return 0.0
    both = Sample(first.people + second.people, first.total + second.total, first.squares + second.squares)
    return float(error(first.people, second.people, first.variance, second.variance, both.variance))


def shown(first: Numbers, second: Numbers, rate: Numbers) -> Numbers:
    """About how many of two equal groups did it, where so many people are divided otherwise: a small group tells less,
    however large the other."""
    return 4 * first * second / (first + second) * rate * (1 - rate)


def error(first: Numbers, second: Numbers, variance: Numbers, other_variance: Numbers, both: Numbers) -> Numbers:
    """By the variance of each group, or of both together where that is more: the first few of a small group may all be
    alike, which says nothing of those to come."""
    apart = variance / first + other_variance / second
    return np.sqrt(np.maximum(apart, both * (1 / first + 1 / second)))


def half_width(seen: Numbers, alpha: float = ALPHA) -> Numbers:
    """In standard errors."""
    return np.sqrt((seen + TUNING) / seen * np.log((seen + TUNING) / (TUNING * alpha * alpha)))


def always_p(z: Numbers, seen: Numbers) -> Numbers:
    """`z`: the difference in standard errors."""
    exponent = seen / (seen + TUNING) * z * z / 2
    return np.minimum(np.sqrt((seen + TUNING) / TUNING) * np.exp(-exponent), 1.0)
