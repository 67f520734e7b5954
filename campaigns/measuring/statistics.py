"""How large a difference is, and between which values the true one lies, by one look at the figures.

Looks that are repeated while figures still come in are `sequential`'s. Every formula names its source, and
docs/measuring.md says them in words.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import erfc, exp, gamma, log1p, sqrt
from statistics import NormalDist

from segments.insights.power import ALPHA, interval

_NORMAL = NormalDist()
MISMATCH = 0.001
"""A division less likely than this by chance is at fault: stricter than 5 %, for it is looked at again and again."""


@dataclass(frozen=True)
class Sample:
    """People and what they add up to: how many there are, the sum of what each did, and the sum of its squares.

    A rate is the mean of a sample where each did it (1) or not (0).
    """

    people: int
    total: float
    squares: float

    @classmethod
    def of_rate(cls, done: int, people: int) -> Sample:
        return cls(people, done, done)

    @property
    def mean(self) -> float:
        return self.total / self.people if self.people else 0.0

    @property
    def variance(self) -> float:
        """Of one person, estimated without bias."""
        if self.people < 2:
            return 0.0
        return max(self.squares - self.total * self.total / self.people, 0.0) / (self.people - 1)


@dataclass(frozen=True)
class Difference:
    """Of the first minus the second, and between which values the true one lies."""

    estimate: float
    low: float
    high: float

    @property
    def excludes_none(self) -> bool:
        """No difference is not among the values that the true one may have."""
        return self.low > 0 or self.high < 0


def z_of(alpha: float = ALPHA) -> float:
    return _NORMAL.inv_cdf(1 - alpha / 2)


def two_sided(z: float) -> float:
    """How likely chance alone gives at least this many standard errors, to either side."""
    return min(erfc(abs(z) / sqrt(2)), 1.0)


def rates_differ(first: Sample, second: Sample, *, alpha: float = ALPHA) -> Difference:
    """The difference of two rates, between limits made of Wilson's for each rate.

    R. G. Newcombe: Interval estimation for the difference between independent proportions: comparison of eleven
    methods. Statistics in Medicine 17 (1998), 873–890, method 10.
    """
    one, other = first.mean, second.mean
    (low, high), (other_low, other_high) = (
        interval(int(sample.total), sample.people, alpha=alpha) for sample in (first, second)
    )
    difference = one - other
    return Difference(
        difference,
        difference - sqrt((one - low) ** 2 + (other_high - other) ** 2),
        difference + sqrt((high - one) ** 2 + (other - other_low) ** 2),
    )


def rates_ratio(first: Sample, second: Sample, *, alpha: float = ALPHA) -> tuple[float, float | None] | None:
    """Between which values the first rate, divided by the second, lies. It holds 1 exactly where the difference
    holds 0. The upper limit is None where there is none; None alone where nothing can be said.

    A. Donner, G. Y. Zou: Closed-form confidence intervals for functions of the normal mean and standard deviation.
    Statistical Methods in Medical Research 21 (2012), 347–359, for a ratio, with Wilson's limits.
    """
    one, other = first.mean, second.mean
    if not one or not other:
        return None
    (low, high), (other_low, other_high) = (
        interval(int(sample.total), sample.people, alpha=alpha) for sample in (first, second)
    )
    product = one * other
    below = other_high * (2 * other - other_high)
    inside = product**2 - low * (2 * one - low) * below
    least = (product - sqrt(max(inside, 0.0))) / below if below else low * (2 * one - low) / (2 * product)
    above = other_low * (2 * other - other_low)
    inside = product**2 - high * (2 * one - high) * above
    most = (product + sqrt(max(inside, 0.0))) / above if above > 0 else None
    return least, most


def rates_p(first: Sample, second: Sample) -> float:
    """How likely chance alone gives two rates at least this far apart: the z test with the rate of both together.

    J. L. Fleiss, B. Levin, M. C. Paik: Statistical Methods for Rates and Proportions, 3rd edition, Wiley 2003,
    section 3.2, without the correction for continuity.
    """
    people = first.people + second.people
    if not first.people or not second.people:
        return 1.0
    rate = (first.total + second.total) / people
    error = sqrt(rate * (1 - rate) * (1 / first.people + 1 / second.people))
    return two_sided((first.mean - second.mean) / error) if error else 1.0


def means_differ(first: Sample, second: Sample, *, alpha: float = ALPHA) -> Difference:
    """The difference of two means whose variances may differ.

    B. L. Welch: The generalization of “Student's” problem when several different population variances are involved.
    Biometrika 34 (1947), 28–35.
    """
    error, freedom = _welch(first, second)
    difference = first.mean - second.mean
    half = _t_of(alpha, freedom) * error
    return Difference(difference, difference - half, difference + half)


def means_p(first: Sample, second: Sample) -> float:
    """How likely chance alone gives two means at least this far apart, by Welch's test.

    Student's distribution by the transformation of D. L. Wallace: Bounds on normal approximations to Student's and the
    chi-square distributions. Annals of Mathematical Statistics 30 (1959), 1121–1130.
    """
    error, freedom = _welch(first, second)
    if not error:
        return 1.0
    t = (first.mean - second.mean) / error
    return two_sided((8 * freedom + 1) / (8 * freedom + 3) * sqrt(freedom * log1p(t * t / freedom)))


def _welch(first: Sample, second: Sample) -> tuple[float, float]:
    """The standard error of the difference, and its degrees of freedom."""
    if first.people < 2 or second.people < 2:
        return 0.0, 1.0
    one, other = first.variance / first.people, second.variance / second.people
    if not one + other:
        return 0.0, 1.0
    freedom = (one + other) ** 2 / (one**2 / (first.people - 1) + other**2 / (second.people - 1))
    return sqrt(one + other), freedom


def _t_of(alpha: float, freedom: float) -> float:
    """The quantile of Student's distribution.

    M. Abramowitz, I. A. Stegun: Handbook of Mathematical Functions, 26.7.5.
    """
    z = z_of(alpha)
    terms = (
        z,
        (z**3 + z) / 4,
        (5 * z**5 + 16 * z**3 + 3 * z) / 96,
        (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384,
        (79 * z**9 + 776 * z**7 + 1482 * z**5 - 1920 * z**3 - 945 * z) / 92160,
    )
    return sum(term / freedom**power for power, term in enumerate(terms))


def holm(values: Sequence[float]) -> list[float]:
    """The p values of several comparisons, each corrected for there being so many.

    S. Holm: A simple sequentially rejective multiple test procedure. Scandinavian Journal of Statistics 6 (1979),
    65–70.
    """
    corrected, least = [0.0] * len(values), 0.0
    for rank, index in enumerate(sorted(range(len(values)), key=values.__getitem__)):
        least = max(least, min((len(values) - rank) * values[index], 1.0))
        corrected[index] = least
    return corrected


def mismatch(counted: Sequence[int], weights: Sequence[float]) -> float:
    """How likely people who are divided by these weights are counted like this: Pearson's chi-square.

    A. Fabijan et al.: Diagnosing sample ratio mismatch in online controlled experiments. KDD 2019, 2156–2164.
    """
    people, whole = sum(counted), sum(weights)
    if not people or len(counted) < 2:
        return 1.0
    expected = [people * weight / whole for weight in weights]
    return chi_square_p(sum((n - e) ** 2 / e for n, e in zip(counted, expected, strict=True) if e), len(counted) - 1)


def chi_square_p(value: float, freedom: int) -> float:
    """How likely a chi-square of so many degrees of freedom is at least this large: the exact finite sum.

    M. Abramowitz, I. A. Stegun: Handbook of Mathematical Functions, 26.4.4 and 26.4.5.
    """
    half = value / 2
    if half > 700:
        return 0.0
    odd = freedom % 2
    found, order = (erfc(sqrt(half)), 0.5) if odd else (exp(-half), 1.0)
    while order < freedom / 2:
        found += half**order * exp(-half) / gamma(order + 1)
        order += 1
    return min(found, 1.0)


def skewness(sample: Sample, cubes: float) -> float:
    """How much a few large values weigh: 0 for none, large for revenue."""
    n, mean = sample.people, sample.mean
    variance = sample.squares / n - mean * mean if n else 0.0
    if variance <= 0:
        return 0.0
    third = cubes / n - 3 * mean * sample.squares / n + 2 * mean**3
    return third / float(variance**1.5)


def needed_for_means(sample: Sample, cubes: float) -> float:
    """From how many people on the mean of what they spend is spread as the intervals assume: 355 × skewness².

    R. Kohavi, A. Deng, R. Longbotham, Y. Xu: Seven rules of thumb for web site experimenters. KDD 2014, rule 7.
    """
    return 355 * skewness(sample, cubes) ** 2
