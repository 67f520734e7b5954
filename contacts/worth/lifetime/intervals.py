"""Within which bounds eight of ten people will end up.

The number of purchases to come has a closed distribution. Given that somebody is active, her rate and her chance of
leaving are independent in the posterior (Gamma(r + x, α + T) and Beta(a, b + x)), and she buys at least n times exactly
if n purchases fall into the weeks to come and she stays after each of the first n - 1:

    P(Y ≥ n) = P(active) · P(NB ≥ n) · B(a, b + x + n - 1) / B(a, b + x)

so the bounds are its quantiles, without simulation. What she will spend has the atom of buying nothing, and above it a
log-normal of the exact mean and variance of the compound of that count with the Gamma-Gamma posterior.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from . import bgnbd
from .bgnbd import Floats, Params, Past
from .gamma_gamma import Spend

TAIL = 0.1
"""Below the low bound end one in ten people, and above the high one as many."""
_REACH = 1.2815515655446004
"""Standard errors to either side of which lie eight of ten."""
_MOST = 5_000
_LEAST_SHAPE = 2.5
"""The variance of a mean exists above 2; who bought next to nothing is treated as if more were known of her."""


@dataclass(frozen=True, slots=True)
class Counts:
    """The number of purchases to come: its bounds, its mean, its mean square, and whether there will be any."""

    low: Floats
    high: Floats
    mean: Floats
    square: Floats
    any: Floats


def counts(params: Params, past: Past, weeks: float) -> Counts:
    """Of each person. Who bought as often since as long differs only in how likely she is still active, so the counts
    are walked up once for all those, and each of them goes along as far as her own bounds."""
    alike, kin = _alike(past)
    active = bgnbd.alive(params, past)
    low, high = np.zeros(len(past)), np.zeros(len(past))
    reached, mean, square, any_at_all = (np.zeros(len(alike)) for _ in range(4))
    walking: NDArray[np.intp] = np.arange(len(past))
    for n, places, reach in _reaches(params, alike, weeks):
        if n == 1:
            any_at_all[places] = reach
        mean[places] += reach
        square[places] += (2 * n - 1) * reach
        reached[places] = reach
        chance = active[walking] * reached[kin[walking]]
        low[walking] += chance > 1 - TAIL
        walking = walking[chance > TAIL]
        high[walking] += 1
    return Counts(low, high, active * mean[kin], active * square[kin], active * any_at_all[kin])


def distribution(params: Params, past: Past, weeks: float | Floats, most: int) -> Floats:
    """How many people buy 0, 1, … times, the last place `most` times or more, as the model has it."""
    reached = np.zeros(most + 1)
    reached[0] = past.weight.sum()
    active = past.weight * bgnbd.alive(params, past)
    for n, places, reach in _reaches(params, past, weeks):
        if n > most:
            break
        reached[n] = active[places] @ reach
    return np.asarray(reached - np.append(reached[1:], 0.0))


def _alike(past: Past) -> tuple[Past, NDArray[np.intp]]:
    """The different pairs of repeats and age, and which of them each person has."""
    ages, age = np.unique(past.age, return_inverse=True)
    repeats, count = past.counts
    pairs, kin = np.unique(count * len(ages) + age, return_inverse=True)
    alike = Past.of(repeats[pairs // len(ages)], np.zeros(len(pairs)), ages[pairs % len(ages)])
    return alike, kin


def _reaches(params: Params, past: Past, weeks: float | Floats) -> Iterator[tuple[int, NDArray[np.intp], Floats]]:
    """For n = 1, 2, …: who may still get so far, and how likely each who is active is to buy at least n times."""
    shape = params.r + past.repeats
    share = np.broadcast_to(weeks / (params.alpha + past.age + weeks), shape.shape)
    staying = params.b + past.repeats
    places: NDArray[np.intp] = np.arange(len(past))
    log_term = shape * np.log1p(-share)
    more, stays = -np.expm1(log_term), np.ones(len(past))
    for n in range(1, _MOST):
        reach = more * stays
        yield n, places, reach
        go_on = reach > 1e-9
        if not go_on.any():
            return
        if go_on.mean() < 0.8:
            places, shape, share, staying = places[go_on], shape[go_on], share[go_on], staying[go_on]
            log_term, more, stays = log_term[go_on], more[go_on], stays[go_on]
        with np.errstate(divide="ignore"):  # in no time at all nothing is bought
            log_term = log_term + np.log((shape + n - 1) / n * share)
        more = np.maximum(more - np.exp(log_term), 0.0)
        stays = stays * (staying + n - 1) / (params.a + staying + n - 1)


def of_alive(params: Params, covariance: Floats, past: Past, active: Floats) -> tuple[Floats, Floats]:
    """The bounds of the chance of being active: what the uncertainty of the parameters leaves open (delta method on its
    log odds, by the logarithms of r, α, a and b)."""
    since_last, since_first = params.alpha + past.recency, params.alpha + past.age
    bought, repeats = params.r + past.repeats, np.maximum(past.repeats, 1.0)
    slopes = np.array(
        [
            params.r * np.log(since_last / since_first),
            bought * params.alpha * (1 / since_last - 1 / since_first),
            np.full(len(past), -1.0),
            params.b / (params.b + repeats - 1),
        ]
    )
    spread = np.sqrt(np.maximum(((covariance @ slopes) * slopes).sum(axis=0), 0.0)) * _REACH
    bounded = np.clip(active, 1e-12, 1 - 1e-12)
    middle = np.log(bounded / (1 - bounded))
    sure = active >= 1
    low, high = 1 / (1 + np.exp(spread - middle)), 1 / (1 + np.exp(-spread - middle))
    return np.where(sure, 1.0, np.minimum(low, active)), np.where(sure, 1.0, np.maximum(high, active))


def spending(spend: Spend, found: Counts, count: Floats, total: Floats) -> tuple[Floats, Floats]:
    """The bounds of what each will spend, from the count to come and her `count` purchases worth `total` until now."""
    shape = spend.p * count + spend.q
    scale = spend.gamma + total
    bounded = np.maximum(shape, _LEAST_SHAPE)
    value = spend.p * scale / (bounded - 1)
    twice = spend.p * scale * scale / ((bounded - 1) * (bounded - 2))
    square = found.mean * twice * (spend.p + 1) + (found.square - found.mean) * twice * spend.p
    buys = np.maximum(found.any, 1e-12)
    first, second = found.mean * value / buys, square / buys
    variance = np.log(np.maximum(second / np.maximum(first * first, 1e-300), 1.0))
    middle = np.log(np.maximum(first, 1e-300)) - variance / 2

    def quantile(at: float) -> Floats:
        inside = (at - (1 - buys)) / buys
        safe = np.clip(inside, 1e-6, 1 - 1e-6)
        return np.where(inside > 0, np.exp(middle + np.sqrt(variance) * normal_quantile(safe)), 0.0)

    # Counts fall further below their mean than a log-normal does: nobody is promised more than the fewest purchases.
    return np.minimum(quantile(TAIL), found.low * value), quantile(1 - TAIL)


def normal_quantile(share: Floats) -> Floats:
    """The inverse of the normal distribution (Wichura 1988, AS 241, to seven digits)."""
    q = share - 0.5
    r = 0.180625 - q * q
    near = (
        q
        * (((5.9109374720e01 * r + 1.5929113202e02) * r + 5.0434271938e01) * r + 3.3871327179e00)
        / (((6.7187563600e01 * r + 7.8757757664e01) * r + 1.7895169469e01) * r + 1.0)
    )
    r = np.sqrt(-np.log(np.minimum(share, 1 - share)))
    s, t = r - 1.6, r - 5.0
    middle = (((1.7023821103e-01 * s + 1.3067284816e00) * s + 2.7568153900e00) * s + 1.4234372777e00) / (
        (1.2021132975e-01 * s + 7.3700164250e-01) * s + 1.0
    )
    far = (((1.7337203997e-02 * t + 4.2868294337e-01) * t + 3.0812263860e00) * t + 6.6579051150e00) / (
        (1.2258202635e-02 * t + 2.4197894225e-01) * t + 1.0
    )
    return np.asarray(np.where(np.abs(q) <= 0.425, near, np.sign(q) * np.where(r <= 5, middle, far)))
