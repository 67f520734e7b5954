"""Every formula against figures that others published."""

from math import isclose

import pytest

from campaigns.measuring import sequential, statistics
from campaigns.measuring.statistics import Sample
from segments.insights import power

RATE = Sample.of_rate


def sample(values):
    return Sample(len(values), sum(values), sum(value * value for value in values))


@pytest.mark.parametrize(
    ("first", "second", "low", "high"),
    [
        # R. G. Newcombe, Statistics in Medicine 17 (1998), 873–890, table II, method 10.
        ((56, 70), (48, 80), 0.0524, 0.3339),
        ((9, 10), (3, 10), 0.1705, 0.8090),
        ((6, 7), (2, 7), 0.0582, 0.8062),
        ((5, 56), (0, 29), -0.0381, 0.1926),
        ((0, 10), (0, 20), -0.1611, 0.2775),
        ((10, 10), (0, 20), 0.6791, 1.0),
        ((10, 10), (0, 10), 0.6075, 1.0),
    ],
)
def test_the_interval_of_two_rates_is_newcombes(first, second, low, high):
    found = statistics.rates_differ(RATE(*first), RATE(*second))
    assert isclose(found.low, low, abs_tol=6e-5)
    assert isclose(found.high, high, abs_tol=6e-5)


def test_a_ratio_holds_one_exactly_where_the_difference_holds_none():
    for done in range(20, 61):
        first, second = RATE(done, 400), RATE(40, 420)
        difference = statistics.rates_differ(first, second)
        least, most = statistics.rates_ratio(first, second)
        assert most is not None
        assert (least > 1 or most < 1) == difference.excludes_none
        assert least < first.mean / second.mean < most
    assert statistics.rates_ratio(RATE(0, 10), RATE(1, 10)) is None


def test_means_are_compared_as_welch_does():
    # Student's own sleep data (Biometrika 6, 1908), by R's t.test(extra ~ group):
    # t = -1.8608, df = 17.776, p-value = 0.07939, 95 percent confidence interval: -3.3654832  0.2054832.
    one = sample([0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0])
    other = sample([1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4])
    found = statistics.means_differ(one, other)
    assert isclose(found.low, -3.3654832, abs_tol=1e-5)
    assert isclose(found.high, 0.2054832, abs_tol=1e-5)
    assert isclose(statistics.means_p(one, other), 0.07939, abs_tol=5e-5)


def test_several_comparisons_are_corrected_as_holm_says():
    # The example of R's p.adjust and of many textbooks: .01, .04, .03, .005.
    assert [round(p, 6) for p in statistics.holm([0.01, 0.04, 0.03, 0.005])] == [0.03, 0.06, 0.06, 0.02]
    assert statistics.holm([]) == []
    assert statistics.holm([0.9, 0.8]) == [1.0, 1.0]


def test_a_division_that_went_wrong_is_found():
    # R. Kohavi, D. Tang, Y. Xu: Trustworthy Online Controlled Experiments, Cambridge 2020, chapter 3:
    # 821,588 and 815,482 people, meant to be equal: p = 1.8e-6.
    assert isclose(statistics.mismatch([821_588, 815_482], [1, 1]), 1.8e-6, rel_tol=0.02)
    assert statistics.mismatch([5_020, 4_980], [1, 1]) > 0.5
    assert statistics.mismatch([9_010, 990], [9, 1]) > 0.5
    assert statistics.mismatch([], []) == statistics.mismatch([0, 0], [1, 1]) == 1.0


@pytest.mark.parametrize(("value", "freedom"), [(3.841, 1), (5.991, 2), (7.815, 3), (11.070, 5), (16.919, 9)])
def test_chi_square_is_that_of_the_tables(value, freedom):
    assert isclose(statistics.chi_square_p(value, freedom), 0.05, abs_tol=2e-5)


def test_two_rates_are_tested_with_the_rate_of_both():
    # The square of z is the chi-square of a table of four, n (ad − bc)² over the product of its margins; the figures
    # are two of the studies of smokers in R's manual of prop.test, which has them from Fleiss.
    chi = (129 * 12 - 70 * 7) ** 2 * 218 / (199 * 19 * 136 * 82)
    assert isclose(statistics.rates_p(RATE(129, 136), RATE(70, 82)), statistics.chi_square_p(chi, 1), rel_tol=1e-9)
    assert statistics.rates_p(RATE(0, 10), RATE(0, 10)) == 1.0
    assert statistics.rates_p(RATE(0, 0), RATE(5, 10)) == 1.0


def test_skewness_asks_for_many_people():
    # R. Kohavi and others, KDD 2014, rule 7: revenue per user with a skewness of 17.9 needs about 114k users.
    assert isclose(355 * 17.9**2, 114_000, rel_tol=0.01)
    values = [0.0] * 99 + [1.0]
    # Of a share p the skewness is (1 − 2p) / √(p(1 − p)).
    assert isclose(statistics.skewness(sample(values), 1.0), 0.98 / (0.01 * 0.99) ** 0.5, rel_tol=1e-9)
    assert statistics.needed_for_means(sample(values), 1.0) > 30_000
    assert statistics.skewness(Sample(0, 0, 0), 0) == 0.0


def test_an_interval_for_all_looks_is_wider_and_its_p_agrees():
    first, second = RATE(130, 1_000), RATE(100, 1_000)
    seen = sequential.seen(first, second)
    assert isclose(seen, 2_000 * 0.115 * 0.885)
    once, always = statistics.rates_differ(first, second), sequential.differ(first, second, seen)
    assert always.low < once.low
    assert always.high > once.high
    for done in range(100, 200, 3):
        arm = RATE(done, 1_000)
        seen = sequential.seen(arm, second)
        proven = sequential.p_of(arm, second, seen) < power.ALPHA
        assert proven == sequential.differ(arm, second, seen).excludes_none


def test_with_little_seen_nothing_is_said():
    first, second = RATE(5, 10), RATE(0, 10)
    seen = sequential.seen(first, second)
    assert sequential.p_of(first, second, seen) == 1.0
    assert sequential.differ(first, second, seen).low == -float("inf")
    assert sequential.seen(RATE(0, 0), RATE(3, 10)) == 0.0


def test_the_smallest_lift_is_the_one_whose_size_there_is():
    for base, each in ((0.05, 31_234), (0.5, 1_565)):
        # By hand in the tests of power: these sizes show ten percent more.
        assert isclose(power.smallest_effect(base, each, each), 0.1, rel_tol=2e-3)
    assert power.smallest_effect(0.05, 59_344, 21_195) == pytest.approx(0.1, rel=2e-3)  # harmonic mean 31,234
    assert power.smallest_effect(0.001, 10, 10) is None
    assert power.smallest_effect(0.0, 10_000, 10_000) is None


def test_the_size_for_means_is_lehrs():
    # R. Lehr, Statistics in Medicine 11 (1992), 1099–1102: about 16 / Δ² each, Δ in standard deviations.
    assert isclose(power.needed_each_of_means(1.0, 0.1), 16 / 0.1**2, rel_tol=0.02)
    assert isclose(power.smallest_effect_on_means(1.0, 1_570, 1_570), 0.1, rel_tol=1e-3)
    assert power.needed_each_of_means(0.0, 0.1) is None
