"""Numbers as far as comparisons tell them apart: each point, and one number of every stretch between two of them."""

from __future__ import annotations

import math
from collections.abc import Collection
from decimal import Decimal, localcontext
from itertools import pairwise
from typing import Any

# Enough for what lies between any two numbers that a definition may hold: they have at most 100 digits on either side.
_EXACT = 300


def stretches(points: Collection[Any], *, whole: bool, least: int | None = None, most: int | None = None) -> list[Any]:
    """In ascending order, within the bounds; `whole` numbers have nothing between two neighbours."""
    ordered = sorted(set(points))
    if whole:
        ordered = sorted({number for point in ordered for number in _around(point)})
    elif ordered:
        with localcontext(prec=_EXACT):
            between = [(Decimal(a) + Decimal(b)) / 2 for a, b in pairwise(ordered)]
            ordered = sorted([ordered[0] - 1, *ordered, *between, ordered[-1] + 1])
    within = [one for one in ordered if (least is None or one >= least) and (most is None or one <= most)]
    return sorted({*within, *(bound for bound in (least, most) if bound is not None)}) or [0]


def _around(point: Any) -> tuple[int, int, int]:
    """The whole numbers at which something may change: the point, or those beside it."""
    floor = math.floor(point)
    return floor - 1, floor, floor + 1
