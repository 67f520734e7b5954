"""The statistics of a profile, held against figures that were published or that scipy works out."""

import pytest

from segments.insights.profile import statistics

stats = pytest.importorskip("scipy.stats")


def test_the_interval_of_a_difference_is_the_one_that_newcombe_printed():
    """Newcombe 1998, table II, example (a): 56 of 70 and 48 of 80, method 10."""
    found = statistics.of_shares(56, 70, 48, 80)
    assert (round(found.low, 4), round(found.high, 4)) == (0.0524, 0.3339)
    assert found.value == pytest.approx(0.2)


@pytest.mark.parametrize(("done", "among", "others_done", "others"), [(3, 12, 1, 40), (0, 9, 7, 30), (5, 5, 1, 60)])
def test_few_are_tested_exactly(done, among, others_done, others):
    table = [[done, among - done], [others_done, others - others_done]]
    assert statistics.p_of_shares(done, among, others_done, others) == pytest.approx(stats.fisher_exact(table)[1])


def test_many_are_tested_by_chi_square():
    expected = stats.chi2_contingency([[30, 90], [10, 130]], correction=False)[1]
    assert statistics.p_of_shares(30, 120, 10, 140) == pytest.approx(expected)


@pytest.mark.parametrize(("t", "free"), [(0.1, 1), (2, 3.5), (1, 10), (3, 50), (2.5, 400), (10, 5)])
def test_student_is_student(t, free):
    assert statistics.student_tail(t, free) == pytest.approx(stats.t.sf(t, free), rel=1e-9)
    assert statistics.student_quantile(0.975, free) == pytest.approx(stats.t.ppf(0.975, free), rel=1e-6)


def test_averages_are_compared_as_welch_does():
    found = statistics.of_means(3.2, 4.0, 25, 2.1, 9.0, 60)
    expected = stats.ttest_ind_from_stats(3.2, 2.0, 25, 2.1, 3.0, 60, equal_var=False)
    assert found.p == pytest.approx(expected.pvalue)
    assert found.low < 1.1 < found.high


def test_probabilities_are_corrected_as_benjamini_and_hochberg_do():
    given = [0.01, 0.04, 0.03, 0.2, 0.0001, 0.9]
    assert statistics.corrected(given) == pytest.approx(list(stats.false_discovery_control(given)))
    assert statistics.corrected([]) == []


def test_a_side_without_anybody_has_no_difference():
    assert statistics.of_shares(0, 0, 3, 9) is None
    assert statistics.of_means(1, 1, 1, 2, 1, 50) is None


def test_what_is_sure_is_less_than_what_is_seen_and_nothing_where_chance_may_do_it():
    clear, doubtful = statistics.of_shares(80, 100, 20, 100), statistics.of_shares(11, 20, 9, 20)
    assert 0 < clear.sure < clear.effect
    assert doubtful.sure == 0
