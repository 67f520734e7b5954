"""Maximum likelihood, with standard errors. Needs scipy, of the extra `insights`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

import numpy as np

from . import bgnbd, gamma_gamma
from .bgnbd import Floats, Params, Past
from .gamma_gamma import Baskets, Spend

P = TypeVar("P")
FEW = 3_000
LEAST_Q = 1.0
"""Below it the mean of all purchases would be infinite."""


@dataclass(frozen=True, slots=True)
class Fit(Generic[P]):
    """What was found. `low` and `high` bound each parameter at 95 % (Wald, on the logarithm of the parameter);
    `covariance` is that of the logarithms."""

    params: P
    log_likelihood: float
    people: int
    low: tuple[float, ...]
    high: tuple[float, ...]
    covariance: Floats


class NoFit(Exception):
    """No parameters explain these data; the likelihood has no summit."""


def fit_bgnbd(past: Past) -> Fit[Params]:
    """r, α, a, b. Weeks are scaled, so that the search is well conditioned."""
    scale = float(np.max(past.age)) or 1.0
    scaled = Past(past.repeats, past.recency / scale, past.age / scale, past.weight)

    def value(theta: Floats) -> tuple[float, Floats]:
        found = np.exp(theta)
        likelihood, slope = bgnbd.likelihood(Params(*found), scaled)
        return -likelihood, -slope * found

    starts = [[0.5, 0.5, 1.0, 1.0], [1.0, 1.0, 1.0, 3.0], [0.2, 0.1, 0.5, 2.0]]
    if len(past) > 2 * FEW:
        # A search is many evaluations: from where a few people lead, it takes few of everyone.
        few = fit_bgnbd(past.every(len(past) // FEW)).params
        starts.insert(0, [few.r, few.alpha / scale, few.a, few.b])
    theta, covariance = _summit(value, starts, past.weight)
    theta[1] += np.log(scale)
    params = Params(*map(float, np.exp(theta)))
    return Fit(
        params, bgnbd.log_likelihood(params, past), int(past.weight.sum()), *_bounds(theta, covariance), covariance
    )


def fit_spend(baskets: Baskets) -> Fit[Spend]:
    """p, q, γ, of everybody whose purchases were worth something."""
    scale = float(np.median(baskets.mean)) or 1.0
    scaled = Baskets(baskets.count, baskets.mean / scale, baskets.weight)

    def value(theta: Floats) -> tuple[float, Floats]:
        found = np.exp(theta) + np.array([0.0, LEAST_Q, 0.0])
        spend = Spend(*found)
        likelihood, slope = gamma_gamma.likelihood(spend, scaled)
        return -likelihood, -slope * np.exp(theta)

    starts = [[3.0, 2.0, 1.0], [1.0, 1.0, 1.0], [8.0, 4.0, 0.5]]
    theta, covariance = _summit(value, starts, baskets.weight)
    theta[2] += np.log(scale)
    found = np.exp(theta) + np.array([0.0, LEAST_Q, 0.0])
    spend = Spend(*map(float, found))
    low, high = _bounds(theta, covariance)
    low, high = (low[0], low[1] + LEAST_Q, low[2]), (high[0], high[1] + LEAST_Q, high[2])
    return Fit(spend, gamma_gamma.log_likelihood(spend, baskets), int(baskets.weight.sum()), low, high, covariance)


def _summit(
    value: Callable[[Floats], tuple[float, Floats]], starts: list[list[float]], weight: Floats
) -> tuple[Floats, Floats]:
    """The logarithms of the best parameters, and their covariance. Other starts where one leads to no summit."""
    from scipy.optimize import minimize

    people = float(weight.sum())

    def per_person(theta: Floats) -> tuple[float, Floats]:
        cost, slope = value(theta)
        return cost / people, slope / people

    limits, options = [(-12.0, 12.0)] * len(starts[0]), {"gtol": 1e-8, "ftol": 1e-13}
    for start in starts:
        found = minimize(per_person, np.log(start), jac=True, method="L-BFGS-B", bounds=limits, options=options)
        theta = np.asarray(found.x, dtype=np.float64)
        covariance = _covariance(value, theta)
        if np.isfinite(found.fun) and np.all(np.abs(theta) < 11.9) and covariance is not None:
            return theta, covariance
    raise NoFit


def _covariance(value: Callable[[Floats], tuple[float, Floats]], theta: Floats) -> Floats | None:
    """The inverse of the curvature; none where the point is no summit."""
    try:
        found = np.linalg.inv(_hessian(value, theta))
    except np.linalg.LinAlgError:
        return None
    return np.asarray(found) if np.all(np.diag(found) > 0) else None


def _hessian(value: Callable[[Floats], tuple[float, Floats]], theta: Floats, step: float = 1e-4) -> Floats:
    rows = []
    for place in range(len(theta)):
        move = np.zeros_like(theta)
        move[place] = step
        rows.append((value(theta + move)[1] - value(theta - move)[1]) / (2 * step))
    matrix = np.array(rows)
    return np.asarray((matrix + matrix.T) / 2)


def _bounds(theta: Floats, covariance: Floats) -> tuple[tuple[float, ...], tuple[float, ...]]:
    spread = np.sqrt(np.diag(covariance))
    low, high = np.exp(theta - 1.96 * spread), np.exp(theta + 1.96 * spread)
    return tuple(map(float, low)), tuple(map(float, high))
