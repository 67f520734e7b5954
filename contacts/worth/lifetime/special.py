"""The special functions that the models need, for whole arrays and without scipy: every process makes predictions."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
_SHIFT = 8
_TERMS = 20_000
_LGAMMA = (1 / 12, -1 / 360, 1 / 1260, -1 / 1680, 1 / 1188, -691 / 360360)
_DIGAMMA = (1 / 12, -1 / 120, 1 / 252, -1 / 240, 1 / 132, -691 / 32760)


def lgamma(values: ArrayLike) -> Floats:
    """The logarithm of the gamma function, of positive numbers: Stirling's series, after steps to where it is exact."""
    x = np.asarray(values, dtype=np.float64)
    product = np.ones_like(x)
    for step in range(_SHIFT):
        product = product * (x + step)
    x = x + _SHIFT
    series = _series(_LGAMMA, 1 / (x * x)) / x
    return np.asarray((x - 0.5) * np.log(x) - x + 0.5 * np.log(2 * np.pi) + series - np.log(product))


def digamma(values: ArrayLike) -> Floats:
    """The slope of `lgamma`."""
    x = np.asarray(values, dtype=np.float64)
    down = np.zeros_like(x)
    for step in range(_SHIFT):
        down = down + 1 / (x + step)
    x = x + _SHIFT
    square = 1 / (x * x)
    return np.asarray(np.log(x) - 0.5 / x - _series(_DIGAMMA, square) * square - down)


def hyp2f1(a: float, b: float, c: ArrayLike, z: ArrayLike) -> Floats:
    """Gauss's series, for 0 ≤ z < 1; each place stops where its terms no longer count."""
    below: Floats = np.atleast_1d(np.asarray(c, dtype=np.float64))
    ratio: Floats = np.broadcast_to(np.asarray(z, dtype=np.float64), below.shape)
    places, total, term = np.arange(below.size), np.ones(below.size), np.ones(below.size)
    for n in range(_TERMS):
        term = term * ((a + n) * (b + n) / (n + 1)) / (below + n) * ratio
        total[places] += term
        # What is still to come is at most this term, as often as a geometric series of z allows.
        counts = np.abs(term) > 1e-15 * np.abs(total[places]) * (1 - ratio)
        if not counts.any():
            break
        if counts.sum() < 0.8 * len(places):
            places, term, below, ratio = places[counts], term[counts], below[counts], ratio[counts]
    return total


def _series(coefficients: tuple[float, ...], x: Floats) -> Floats:
    total = np.zeros_like(x)
    for coefficient in reversed(coefficients):
        total = total * x + coefficient
    return total
