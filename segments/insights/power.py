"""How many people a test needs before its result tells an effect from chance."""

from __future__ import annotations

from math import ceil, sqrt
from statistics import NormalDist

ALPHA = 0.05
POWER = 0.8
EFFECT = 0.1
"""The effect that is asked about where nobody says another: ten percent more than without."""
PRECISION = 0.001
LARGEST_EFFECT = 10.0
"""Eleven times as many: whoever needs more than that has too few people for a test."""


def needed_each(base: float, effect: float = EFFECT, *, alpha: float = ALPHA, power: float = POWER) -> int | None:
    """How many each of two equal groups must have, so that a rate of `base` in one and of `base` × (1 + `effect`) in
    the other is found different with probability `power` by a two-sided test at level `alpha`. None where no number
    is enough: nobody does it, or there is no room for so many more.

        n = (z(1−α/2) √(2 p̄ q̄) + z(power) √(p₁q₁ + p₂q₂))² / (p₂ − p₁)²,  p̄ = (p₁ + p₂) / 2

    J. L. Fleiss, B. Levin, M. C. Paik: Statistical Methods for Rates and Proportions, 3rd edition, Wiley 2003,
    section 4.2, without the correction for continuity.
    """
    other = base * (1 + effect)
    if not 0 < base < 1 or not 0 <= other <= 1 or other == base:
        return None
    normal, middle = NormalDist(), (base + other) / 2
    by_chance = normal.inv_cdf(1 - alpha / 2) * sqrt(2 * middle * (1 - middle))
    for_sure = normal.inv_cdf(power) * sqrt(base * (1 - base) + other * (1 - other))
    return ceil((by_chance + for_sure) ** 2 / (other - base) ** 2)


def needed(base: float, effect: float = EFFECT) -> int | None:
    """How many that is in all: half of them get the message, the other half do not."""
    each = needed_each(base, effect)
    return None if each is None else 2 * each


def interval(done: int, among: int, *, alpha: float = ALPHA) -> tuple[float, float]:
    """Between which rates the true one lies, where `done` of `among` drawn people did it.

    E. B. Wilson: Probable inference, the law of succession, and statistical inference. JASA 22 (1927), 209–212.
    """
    if not among:
        return 0.0, 1.0
    z, rate = NormalDist().inv_cdf(1 - alpha / 2), done / among
    middle = (rate + z * z / (2 * among)) / (1 + z * z / among)
    half = z / (1 + z * z / among) * sqrt(rate * (1 - rate) / among + z * z / (4 * among * among))
    return max(middle - half, 0.0), min(middle + half, 1.0)


def smallest_effect(base: float, first: int, second: int) -> float | None:
    """The smallest effect that two groups of these sizes can show at the usual power and level: the one for which
    `needed_each` asks for no more than there are. Groups of different sizes tell as much as two of their harmonic
    mean. None where no effect is large enough."""
    each = 2 * first * second / (first + second) if first and second else 0.0
    if not 0 < base < 1:
        return None
    low, high = 0.0, min(1 / base - 1, LARGEST_EFFECT)
    enough = needed_each(base, high)
    if enough is None or enough > each:
        return None
    while high - low > PRECISION * high:
        middle = (low + high) / 2
        least = needed_each(base, middle)
        if least is not None and least <= each:
            high = middle
        else:
            low = middle
    return high


def needed_each_of_means(variation: float, effect: float, *, alpha: float = ALPHA, power: float = POWER) -> int | None:
    """How many each of two equal groups must have to show that a mean is larger by `effect` of itself.

        n = 2 ((z(1−α/2) + z(power)) · variation / effect)²,  variation = standard deviation / mean

    Fleiss and others, as above, section 2.4. None where no number is enough.
    """
    if variation <= 0 or not effect:
        return None
    return ceil(2 * (_both(alpha, power) * variation / effect) ** 2)


def smallest_effect_on_means(variation: float, first: int, second: int) -> float | None:
    """The same formula, solved for the effect."""
    if variation <= 0 or not first or not second:
        return None
    return _both(ALPHA, POWER) * variation * sqrt(1 / first + 1 / second)


def _both(alpha: float, power: float) -> float:
    return NormalDist().inv_cdf(1 - alpha / 2) + NormalDist().inv_cdf(power)
