"""How far the model can be trusted, from orders that it has not seen: fitted to the first two thirds of the time, asked
for the last third, and held against what happened.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from . import bgnbd, intervals
from .bgnbd import Floats, Params, Past
from .data import Days
from .fit import NoFit, fit_bgnbd

LEAST_BEFORE = 50
"""Repeat buyers before the cut: with fewer, the half of the past cannot be fitted."""
MOST_TIMES = 7
LONGEST_WEEKS = 52


def check(days: Days, today: int, params: Params) -> dict[str, Any]:
    """`calibration`: repeats per person as the model has them and as they were. `holdout`: what was foretold of the
    last third, by repeats before it, week by week and in total; None where the past is too short."""
    return {"calibration": calibration(days, today, params), "holdout": holdout(days, today)}


def calibration(days: Days, today: int, params: Params) -> dict[str, Any]:
    repeats, _recency, age = _until(days, today)
    new = Past.of(np.zeros_like(age), np.zeros_like(age), np.zeros_like(age))
    expected = intervals.distribution(params, new, age, MOST_TIMES)
    actual = np.bincount(np.minimum(repeats, MOST_TIMES).astype(np.intp), minlength=MOST_TIMES + 1)
    return {"people": len(age), "actual": actual.tolist(), "expected": _rounded(expected)}


def holdout(days: Days, today: int) -> dict[str, Any] | None:
    first = int(days.day.min()) if len(days.day) else today
    weeks = min(int((today - first) / 7 / 3), LONGEST_WEEKS)
    cut = today - weeks * 7
    before = _kept(days, cut)
    repeats, recency, age = _until(before, cut)
    if weeks < 4 or np.count_nonzero(repeats) < LEAST_BEFORE:
        return None
    past = Past.of(repeats, recency, age)
    try:
        params = fit_bgnbd(past).params
    except NoFit:
        return None
    found = intervals.counts(params, past, weeks)
    bought = _bought_after(days, before, cut)
    total, spread = float(found.mean.sum()), float(np.sqrt((found.square - found.mean**2).sum()))
    group = np.minimum(repeats, MOST_TIMES).astype(np.intp)
    people = np.bincount(group, minlength=MOST_TIMES + 1)
    steps = np.arange(1, weeks + 1)
    late = [_until_week(days, before, cut, int(week)) for week in steps]
    return {
        "weeks": weeks,
        "people": len(past),
        "params": [params.r, params.alpha, params.a, params.b],
        "foretold": round(total, 1),
        "low": round(max(total - 1.96 * spread, 0), 1),
        "high": round(total + 1.96 * spread, 1),
        "happened": int(bought.sum()),
        "inside": round(float(((bought >= found.low) & (bought <= found.high)).mean()), 4),
        "by_repeats": {
            "people": people.tolist(),
            "foretold": _rounded(np.bincount(group, found.mean, MOST_TIMES + 1) / np.maximum(people, 1), 3),
            "happened": _rounded(np.bincount(group, bought, MOST_TIMES + 1) / np.maximum(people, 1), 3),
        },
        "by_week": {
            "foretold": [round(float(bgnbd.expected(params, past, float(week)).sum()), 1) for week in steps],
            "happened": late,
        },
    }


def _until(days: Days, today: int) -> tuple[Floats, Floats, Floats]:
    """Repeats, recency and age of everybody, in weeks."""
    person = days.person.astype(np.intp)
    repeats = np.bincount(person, minlength=days.people).astype(np.float64) - 1
    first, last = days.first(), np.full(days.people, -np.inf)
    np.maximum.at(last, person, days.day)
    return repeats, (last - first) / 7, np.maximum((today - first) / 7, 0.0)


def _kept(days: Days, cut: int) -> Days:
    """Only what happened until the cut, of those who had begun by then; they keep their order."""
    early = days.day <= cut
    known, person = np.unique(days.person[early], return_inverse=True)
    return Days(person.astype(np.float64), days.day[early], len(known))


def _bought_after(days: Days, before: Days, cut: int) -> Floats:
    known = np.unique(days.person[days.day <= cut])
    late = days.person[days.day > cut]
    place = np.searchsorted(known, late)
    ours = (place < len(known)) & (known[np.minimum(place, len(known) - 1)] == late)
    return np.bincount(place[ours], minlength=before.people).astype(np.float64)


def _until_week(days: Days, before: Days, cut: int, week: int) -> int:
    soon = days.day <= cut + 7 * week
    return int(_bought_after(Days(days.person[soon], days.day[soon], days.people), before, cut).sum())


def _rounded(values: Floats, digits: int = 1) -> list[float]:
    return [round(float(value), digits) for value in values]
