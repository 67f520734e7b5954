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

from math import exp, inf, log, sqrt

from segments.insights.power import ALPHA

from .statistics import Difference, Sample

TUNING = 50.0
"""τ: the intervals are narrowest where about eight times so much has been seen, by Howard's section 3.5: about 400
conversions. Fixed beforehand: chosen by the figures, the promise would not hold."""
LEAST = 20.0
"""Less than this seen is nothing seen: before, a sum is not near enough to normal."""


def seen(first: Sample, second: Sample) -> float:
    """How much two rates have shown: people × rate × (1 − rate), about the number of those who did it."""
    people = first.people + second.people
    rate = (first.total + second.total) / people if people else 0.0
    return people * rate * (1 - rate)


def standard_error(first: Sample, second: Sample) -> float:
    if first.people < 2 or second.people < 2:
        return 0.0
    return sqrt(first.variance / first.people + second.variance / second.people)


def differ(first: Sample, second: Sample, shown: float, *, alpha: float = ALPHA) -> Difference:
    """The difference of two means or rates, within limits that hold at all looks together."""
    difference, error = first.mean - second.mean, standard_error(first, second)
    if shown < LEAST or not error:
        return Difference(difference, -inf, inf)
    half = error * sqrt((shown + TUNING) / shown * log((shown + TUNING) / (TUNING * alpha * alpha)))
    return Difference(difference, difference - half, difference + half)


def p_of(first: Sample, second: Sample, shown: float) -> float:
    """At most α of all tests without a difference ever show a value below α, at whatever look."""
    error = standard_error(first, second)
    if shown < LEAST or not error:
        return 1.0
    z = (first.mean - second.mean) / error
    exponent = shown / (shown + TUNING) * z * z / 2
    return min(sqrt((shown + TUNING) / TUNING) * exp(-exponent), 1.0)
