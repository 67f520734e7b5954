"""What the models say of people who were simulated by them: parameters, expectations and bounds come out as put in."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

from contacts.worth.lifetime import bgnbd, fit, gamma_gamma, intervals, predict, special
from contacts.worth.lifetime.bgnbd import Floats, Params, Past
from contacts.worth.lifetime.gamma_gamma import Baskets, Spend
from contacts.worth.lifetime.model import Model

TRUE, SPENT, AHEAD = Params(0.6, 5.0, 0.9, 3.0), Spend(5.0, 4.0, 2_000.0), 40
PEOPLE = 10_000


@dataclass
class World:
    past: Past
    spent: Floats
    later: Floats
    later_spent: Floats


@pytest.fixture(scope="module")
def world() -> World:
    """People as the model has them, watched for 30 to 60 weeks and then for forty more."""
    draw = np.random.default_rng(6)
    rate, leaving = draw.gamma(TRUE.r, 1 / TRUE.alpha, PEOPLE), draw.beta(TRUE.a, TRUE.b, PEOPLE)
    scale = draw.gamma(SPENT.q, 1 / SPENT.gamma, PEOPLE)
    age, at, stays = draw.uniform(30, 60, PEOPLE), np.zeros(PEOPLE), np.ones(PEOPLE, dtype=bool)
    repeats, recency, spent, later, later_spent = (np.zeros(PEOPLE) for _ in range(5))
    while stays.any():
        at = at + draw.exponential(1 / rate)
        stays &= at <= age + AHEAD
        worth = draw.gamma(SPENT.p, 1 / scale)
        early, late = stays & (at <= age), stays & (at > age)
        repeats[early] += 1
        recency[early] = at[early]
        spent[early] += worth[early]
        later[late] += 1
        later_spent[late] += worth[late]
        stays &= draw.random(PEOPLE) >= leaving
    return World(Past.of(repeats, recency, age), spent, later, later_spent)


def test_the_parameters_that_made_people_are_found_again(world: World) -> None:
    found = fit.fit_bgnbd(world.past)
    params = found.params
    assert (params.r, params.alpha) == (pytest.approx(TRUE.r, rel=0.1), pytest.approx(TRUE.alpha, rel=0.1))
    assert (params.a, params.b) == (pytest.approx(TRUE.a, rel=0.2), pytest.approx(TRUE.b, rel=0.2))
    for low, value, high in zip(found.low, (params.r, params.alpha, params.a, params.b), found.high, strict=True):
        assert low < value < high < 2 * low


def test_what_made_people_spend_is_found_again(world: World) -> None:
    bought = world.past.repeats > 0
    count = world.past.repeats[bought]
    found = fit.fit_spend(Baskets(count, world.spent[bought] / count, np.ones(len(count))))
    for low, true, high in zip(found.low, (SPENT.p, SPENT.q, SPENT.gamma), found.high, strict=True):
        assert low < true < high


def test_people_alike_are_counted_together(world: World) -> None:
    twice = Past.of(world.past.repeats, world.past.recency, world.past.age, np.full(PEOPLE, 2.0))
    assert bgnbd.log_likelihood(TRUE, twice) == pytest.approx(2 * bgnbd.log_likelihood(TRUE, world.past))


def test_the_slope_of_the_likelihood_is_its_slope(world: World) -> None:
    point = np.array([0.5, 4.0, 0.7, 2.0])
    slope = bgnbd.likelihood(Params(*point), world.past)[1]
    for place in range(4):
        move = np.zeros(4)
        move[place] = 1e-5
        up, down = (bgnbd.log_likelihood(Params(*(point + side * move)), world.past) for side in (1, -1))
        assert slope[place] == pytest.approx((up - down) / 2e-5, rel=1e-4)


@pytest.mark.parametrize(("least", "most"), [(0, 0), (1, 3), (4, 500)])
def test_expectations_and_bounds_hold_for_people_of_every_past(world: World, least: int, most: int) -> None:
    found = predict.forecast(Model(TRUE, np.eye(4) * 1e-4, SPENT, AHEAD), world.past, world.spent, world.spent)
    these = (world.past.repeats >= least) & (world.past.repeats <= most)
    later, spent = world.later[these], world.later_spent[these]
    assert found["expected_orders"][these].mean() == pytest.approx(later.mean(), rel=0.06)
    assert found["expected_spend"][these].mean() == pytest.approx(spent.mean(), rel=0.06)
    # A count has few values, so its bounds hold at least eight in ten; of money they hold just that.
    assert (later > found["expected_orders_high"][these]).mean() <= 0.11
    assert (later < found["expected_orders_low"][these]).mean() <= 0.11
    assert (spent > found["expected_spend_high"][these]).mean() == pytest.approx(0.1, abs=0.025)
    assert (spent < found["expected_spend_low"][these]).mean() <= 0.12


def test_the_chance_of_being_active_is_as_often_right_as_it_says(world: World) -> None:
    """Who is expected with some chance to buy at all does so about as often."""
    any_at_all = intervals.counts(TRUE, world.past, AHEAD).any
    for low, high in ((0.0, 0.3), (0.3, 0.6), (0.6, 1.0)):
        these = (any_at_all > low) & (any_at_all <= high)
        assert (world.later[these] > 0).mean() == pytest.approx(any_at_all[these].mean(), abs=0.02)


def test_who_never_came_back_has_not_left_and_who_is_long_silent_has() -> None:
    past = Past.of([0, 30, 30], [0, 59, 10], [60, 60, 60])
    active = bgnbd.alive(TRUE, past)
    assert active[0] == 1
    assert active[1] > 0.9
    assert active[2] < 0.01
    low, high = intervals.of_alive(TRUE, np.eye(4) * 0.01, past, active)
    assert np.all((low <= active) & (active <= high))


def test_hundreds_of_orders_and_long_pasts_stay_numbers() -> None:
    past = Past.of([0, 1, 400, 5_000], [0, 0, 500, 1_000], [0, 2_000, 501, 1_001])
    found = predict.forecast(Model(TRUE, np.eye(4), SPENT, 260), past, past.repeats * 500, past.repeats * 500)
    assert all(np.isfinite(values).all() for values in found.values())
    assert found["expected_orders"][3] > found["expected_orders"][2] > found["expected_orders"][1]


def test_without_a_model_of_spend_only_orders_are_foretold() -> None:
    past = Past.of([3], [10], [12])
    found = predict.forecast(Model(TRUE, np.eye(4), None, 52), past, np.zeros(1), np.zeros(1))
    assert set(found) == set(predict.COLUMNS) - set(predict.MONEY)


def test_special_functions_agree_with_scipy() -> None:
    scipy = pytest.importorskip("scipy.special")
    points = np.array([0.003, 0.4, 1.0, 7.7, 300.0])
    assert np.allclose(special.lgamma(points), scipy.gammaln(points), rtol=1e-12, atol=1e-12)
    assert np.allclose(special.digamma(points), scipy.digamma(points), rtol=1e-12)
    below, ratio = np.array([1.2, 4.0, 90.0]), np.array([0.2, 0.97, 0.6])
    assert np.allclose(special.hyp2f1(2.1, -0.3, below, ratio), scipy.hyp2f1(2.1, -0.3, below, ratio), rtol=1e-12)
    shares = np.array([0.001, 0.1, 0.5, 0.93])
    assert np.allclose(intervals.normal_quantile(shares), scipy.ndtri(shares), atol=1e-6)


def test_people_who_spend_the_same_whatever_they_buy_are_not_correlated() -> None:
    same = Baskets(np.array([1.0, 2.0, 3.0]), np.full(3, 10.0), np.ones(3))
    assert gamma_gamma.correlation(same) == 0
