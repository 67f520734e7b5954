"""How many a test needs, and how sure a share is: held against figures that others worked out."""

import math

import pytest

from segments.insights.power import interval, needed, needed_each


def test_the_size_is_that_of_a_published_example():
    # R's manual of power.prop.test says of p1 = .50, p2 = .75, power = .90: n = 76.7. The same formula.
    assert needed_each(0.50, 0.50, power=0.90) == 77


def test_the_size_is_the_one_worked_out_by_hand():
    # p1 = .05, p2 = .055: z = 1.959964 and .841621; the roots are .315417 and .315397;
    # (.618206 + .265445)² / .005² = .780839 / .000025 = 31,233.6.
    assert needed_each(0.05) == 31_234
    # p1 = .5, p2 = .55: (1.959964 √.49875 + .841621 √.4975)² / .0025 = (1.384175 + .593622)² / .0025 = 1,564.7.
    assert needed_each(0.5) == 1_565
    assert needed(0.5) == 3_130


def test_half_the_effect_needs_about_four_times_as_many():
    for base in (0.02, 0.1, 0.4):
        assert 3.7 < needed_each(base, 0.05) / needed_each(base, 0.1) < 4.3


def test_more_power_or_a_stricter_level_needs_more():
    assert needed_each(0.2, power=0.9) > needed_each(0.2) > needed_each(0.2, alpha=0.1)


@pytest.mark.parametrize("base", [0, 1, -0.1, 1.2, 0.95])
def test_where_no_number_is_enough_none_is_said(base):
    assert needed_each(base) is None
    assert needed(base) is None


def test_the_interval_is_wilsons():
    # By hand, 10 of 100: centre (.1 + 1.92073 / 100) / 1.0384146 = .114796, half-width .059566.
    low, high = interval(10, 100)
    assert math.isclose(low, 0.05523, abs_tol=5e-5)
    assert math.isclose(high, 0.17437, abs_tol=5e-5)


def test_the_interval_never_leaves_what_can_be():
    assert interval(0, 0) == (0.0, 1.0)
    assert interval(0, 50)[0] == 0.0
    assert interval(50, 50)[1] == 1.0
