"""The statistics of a profile: differences with intervals, tests, and the correction for asking many questions at once.

Nothing here knows a contact. Sources stand at each function; docs/worth.md says them in one place.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import asin, erfc, exp, lgamma, log, log1p, sqrt

from ..power import ALPHA, interval

FEW_EXPECTED = 5
"""Where fewer are expected in one of the four cells, the exact test is asked: the usual rule for the normal one."""
NORMAL_FROM = 1_000
"""With so many degrees of freedom Student's t is the normal distribution to four digits."""


@dataclass(frozen=True)
class Difference:
    """First minus second, where it may lie in truth (95 %), how likely so much is by chance, and its size in standard
    units: the whole of it, and the part that the cautious end of the interval leaves."""

    value: float
    low: float
    high: float
    p: float
    effect: float
    sure: float


def of_shares(done: int, among: int, others_done: int, others: int) -> Difference | None:
    """Two shares of different people. None where one side has nobody.

    Interval: R. G. Newcombe, Interval estimation for the difference between independent proportions: comparison of
    eleven methods, Statistics in Medicine 17 (1998), 873-890, method 10. Size: Cohen's h, the difference of
    2 arcsin(sqrt(share)): J. Cohen, Statistical Power Analysis for the Behavioral Sciences, 2nd edition, 1988, ch. 6.
    """
    if not among or not others:
        return None
    first, second = done / among, others_done / others
    low_1, high_1 = interval(done, among)
    low_2, high_2 = interval(others_done, others)
    value = first - second
    low = value - sqrt((first - low_1) ** 2 + (high_2 - second) ** 2)
    high = value + sqrt((high_1 - first) ** 2 + (second - low_2) ** 2)
    left = low if low > 0 else high if high < 0 else 0.0
    p = p_of_shares(done, among, others_done, others)
    return Difference(value, low, high, p, _h(first, second), _h(second + left, second) if left else 0.0)


def p_of_shares(done: int, among: int, others_done: int, others: int) -> float:
    """Two-sided: Pearson's chi-square without correction, and Fisher's exact test where few are expected."""
    everyone, all_done = among + others, done + others_done
    if all_done in (0, everyone):
        return 1.0
    if min(among, others) * min(all_done, everyone - all_done) / everyone < FEW_EXPECTED:
        return _fisher(done, among, all_done, everyone)
    rate = all_done / everyone
    z = (done / among - others_done / others) / sqrt(rate * (1 - rate) * (1 / among + 1 / others))
    return erfc(abs(z) / sqrt(2))


def of_means(
    mean: float, variance: float, n: int, others_mean: float, others_variance: float, others: int
) -> Difference | None:
    """Two averages of different people, whose spread may differ. None where a side has fewer than two.

    B. L. Welch: The generalization of “Student's” problem when several different population variances are involved,
    Biometrika 34 (1947), 28-35. Size: Cohen's d with the pooled standard deviation.
    """
    if n < 2 or others < 2:
        return None
    part, others_part = variance / n, others_variance / others
    error, value = sqrt(part + others_part), mean - others_mean
    pooled = sqrt(((n - 1) * variance + (others - 1) * others_variance) / (n + others - 2))
    if not error or not pooled:
        return Difference(value, value, value, 0.0 if value else 1.0, 0.0, 0.0)
    free = (part + others_part) ** 2 / (part**2 / (n - 1) + others_part**2 / (others - 1))
    half = student_quantile(1 - ALPHA / 2, free) * error
    low, high = value - half, value + half
    left = low if low > 0 else high if high < 0 else 0.0
    return Difference(value, low, high, 2 * student_tail(abs(value) / error, free), value / pooled, left / pooled)


def corrected(values: Sequence[float]) -> list[float]:
    """The same probabilities, corrected for how many were asked: of those at or below 0.05, at most one in twenty is
    expected to be chance.

    Y. Benjamini, Y. Hochberg: Controlling the false discovery rate: a practical and powerful approach to multiple
    testing, Journal of the Royal Statistical Society B 57 (1995), 289-300.
    """
    order = sorted(range(len(values)), key=lambda place: values[place])
    found, least = [1.0] * len(values), 1.0
    for rank in range(len(order), 0, -1):
        place = order[rank - 1]
        least = min(least, values[place] * len(values) / rank)
        found[place] = least
    return found


def student_tail(t: float, free: float) -> float:
    """How likely a Student's t of `free` degrees of freedom exceeds `t`, for t at or above 0."""
    if free >= NORMAL_FROM:
        return erfc(t / sqrt(2)) / 2
    return _beta_part(free / (free + t * t), free / 2, 0.5) / 2


def student_quantile(probability: float, free: float) -> float:
    """The t that is not exceeded with this probability, above one half; by halving."""
    low, high = 0.0, 1.0
    while student_tail(high, free) > 1 - probability and high < 1e6:
        high *= 2
    for _step in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if student_tail(middle, free) > 1 - probability else (low, middle)
    return (low + high) / 2


def _h(first: float, second: float) -> float:
    first, second = (min(max(one, 0.0), 1.0) for one in (first, second))
    return 2 * asin(sqrt(first)) - 2 * asin(sqrt(second))


def _fisher(done: int, among: int, all_done: int, everyone: int) -> float:
    """All tables with these margins that are no likelier than the one found.

    R. A. Fisher: On the interpretation of χ² from contingency tables, and the calculation of P, Journal of the Royal
    Statistical Society 85 (1922), 87-94.
    """
    first, last = max(0, all_done - (everyone - among)), min(all_done, among)

    def likely(k: int) -> float:
        return exp(_choose(all_done, k) + _choose(everyone - all_done, among - k) - _choose(everyone, among))

    here = likely(done) * (1 + 1e-9)
    return min(1.0, sum(one for k in range(first, last + 1) if (one := likely(k)) <= here))


def _choose(n: int, k: int) -> float:
    return lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1)


def _beta_part(x: float, a: float, b: float) -> float:
    """The regularised incomplete beta function by its continued fraction (NIST DLMF 8.17.22), from the end that
    converges."""
    if x <= 0 or x >= 1:
        return 0.0 if x <= 0 else 1.0
    if x > (a + 1) / (a + b + 2):
        return 1 - _beta_part(1 - x, b, a)
    front = exp(lgamma(a + b) - lgamma(a) - lgamma(b) + a * log(x) + b * log1p(-x)) / a
    # From the inside out: so many terms are more than enough where the argument is below the mean.
    rest = 0.0
    for m in range(200, 0, -1):
        odd = -(a + m - 1) * (a + b + m - 1) * x / ((a + 2 * m - 2) * (a + 2 * m - 1))
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        rest = odd / (1 + even / (1 + rest))
    return front / (1 + rest)
