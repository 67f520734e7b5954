"""Two groups of people, one written to and one not: what each did, how they differ, and how sure that is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import isfinite
from typing import Any

from crmseg.access import account
from segments.insights import power

from ..models import Campaign
from . import sequential, statistics
from .figures import Sums
from .statistics import Difference, Sample

LEAST = 10
"""With fewer conversions to be expected among those held out, or fewer people there, nothing is said."""
LARGEST = 0.99
"""What one person spent counts up to what 99 of 100 buyers spent, where a few large orders decide the mean."""


@dataclass(frozen=True)
class Capped:
    """Revenue where each person's counts up to `most`: its sum and the sum of its squares, by whether held out."""

    most: float
    sums: Mapping[bool, tuple[float, float]]


@dataclass(frozen=True)
class Groups:
    treated: Sums
    held_out: Sums

    def samples(self, metric: str) -> tuple[Sample, Sample]:
        return self.treated.rate_of(metric), self.held_out.rate_of(metric)

    def are_too_few(self) -> bool:
        people = self.treated.people + self.held_out.people
        expected = (self.treated.converted + self.held_out.converted) * self.held_out.people / people
        return expected < LEAST or self.treated.people < LEAST

    def smallest_lift(self) -> float | None:
        """The smallest lift that as many people could have shown, so divided and looked at once."""
        base = self.held_out.rate_of("converted").mean
        return power.smallest_effect(base, self.treated.people, self.held_out.people)


def conversion(groups: Groups, final: bool) -> dict[str, Any]:
    treated, held_out = groups.samples("converted")
    seen = sequential.seen(treated, held_out)
    difference = statistics.rates_differ(treated, held_out) if final else sequential.differ(treated, held_out, seen)
    ratio = statistics.rates_ratio(treated, held_out) if final else None
    p = statistics.rates_p(treated, held_out) if final else sequential.p_of(treated, held_out, seen)
    return _compared(treated, held_out, difference, p) | {
        "lift_low": ratio[0] - 1 if ratio else None,
        "lift_high": ratio[1] - 1 if ratio and ratio[1] is not None else None,
    }


def revenue(groups: Groups, final: bool, cap: Callable[[], Capped | None]) -> dict[str, Any]:
    """Per person, in the account's currency. `capped` says the same where a few large orders would decide alone."""
    treated, held_out = groups.samples(Campaign.Metric.REVENUE)
    seen = sequential.seen(*groups.samples("converted"))
    shown = _means(treated, held_out, seen, final)
    both = Sample(treated.people + held_out.people, treated.total + held_out.total, treated.squares + held_out.squares)
    cubes = groups.treated.revenue_cubes + groups.held_out.revenue_cubes
    needed = statistics.needed_for_means(both, cubes)
    skewed = min(treated.people, held_out.people) < needed
    found = cap() if skewed else None
    capped = _capped(groups, found, seen, final) if found else None
    return shown | {
        "is_skewed": skewed,
        "capped": capped,
        "verdict": (capped or shown)["verdict"],
        "currency": account.current().currency,
    }


def _capped(groups: Groups, found: Capped, seen: float, final: bool) -> dict[str, Any]:
    treated, held_out = (
        Sample(sums.people, *found.sums.get(is_held_out, (0.0, 0.0)))
        for is_held_out, sums in ((False, groups.treated), (True, groups.held_out))
    )
    return _means(treated, held_out, seen, final) | {"most": found.most}


def _means(treated: Sample, held_out: Sample, seen: float, final: bool) -> dict[str, Any]:
    difference = statistics.means_differ(treated, held_out) if final else sequential.differ(treated, held_out, seen)
    p = statistics.means_p(treated, held_out) if final else sequential.p_of(treated, held_out, seen)
    return _compared(treated, held_out, difference, p)


def _compared(treated: Sample, held_out: Sample, difference: Difference, p: float) -> dict[str, Any]:
    """Both means, their difference with its limits, and what it makes of everyone who was to get the message."""
    if difference.low > 0:
        verdict = "more"
    elif difference.high < 0:
        verdict = "less"
    else:
        verdict = "none"
    low, high = limit(difference.low), limit(difference.high)
    return {
        "treated": treated.mean,
        "held_out": held_out.mean,
        "difference": difference.estimate,
        "low": low,
        "high": high,
        "lift": difference.estimate / held_out.mean if held_out.mean else None,
        "in_all": difference.estimate * treated.people,
        "in_all_low": None if low is None else low * treated.people,
        "in_all_high": None if high is None else high * treated.people,
        "p": p,
        "verdict": verdict,
    }


def limit(value: float) -> float | None:
    """JSON knows no infinity: where nothing is known yet, there is no limit."""
    return value if isfinite(value) else None
