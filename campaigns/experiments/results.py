"""How the arms of a test compare: each with the control, corrected for being several."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from segments.insights.power import ALPHA

from ..measuring import figures, sequential, statistics
from ..measuring.figures import Figures, Sums
from ..measuring.statistics import Difference, Sample
from ..models import Arm, Campaign, Send


@dataclass(frozen=True)
class Against:
    """An arm minus the control. `p` is by one look, `always_p` holds however often somebody looked; both are corrected
    for the number of arms, and so are the limits of `difference`, which hold at all looks together."""

    difference: Difference
    p: float
    always_p: float


@dataclass(frozen=True)
class Result:
    arm: Arm
    people: Sums
    """Those who took part in the test and were sent the message."""
    sample: Sample
    against: Against | None
    """None for the control."""


@dataclass(frozen=True)
class Results:
    arms: list[Result]
    mismatch: float
    """How likely the arms' people were divided like this by the weights: a small one says that something is wrong."""

    @property
    def best(self) -> Result | None:
        """The highest; of equals the first."""
        return max(self.arms, key=lambda result: (result.sample.mean, -self.arms.index(result)), default=None)

    @property
    def proven(self) -> Result | None:
        """The best, if it is better than the control by more than chance, looked at once."""
        best = self.best
        if best is None or best.against is None:
            return None
        better = best.against.difference.estimate > 0
        return best if better and best.against.p < ALPHA else None


def of(campaign: Campaign, *, within: timedelta | None = None) -> Results:
    return compare(campaign, list(campaign.arms.all()), figures.count(campaign, within=within))


def compare(campaign: Campaign, arms: list[Arm], counted: Figures) -> Results:
    """The arms by the campaign's metric, among those who took part. The winner's other people are not in it."""
    taking_part = [arm for arm in arms if arm.weight]
    sums = [_sent(counted, arm) for arm in taking_part]
    samples = [one.rate_of(campaign.test_metric) for one in sums]
    against = _against(campaign, sums, samples)
    rows = (
        [
            Result(arm, people, sample, versus)
            for arm, people, sample, versus in zip(taking_part, sums, samples, [None, *against], strict=True)
        ]
        if taking_part
        else []
    )
    weights = [arm.weight for arm in taking_part]
    return Results(rows, statistics.mismatch([one.people for one in sums], weights) if len(sums) > 1 else 1.0)


def _sent(counted: Figures, arm: Arm) -> Sums:
    return counted.sums(lambda row: row.arm_id == arm.pk and row.in_test and row.state == Send.State.SENT)


def _against(campaign: Campaign, sums: list[Sums], samples: list[Sample]) -> list[Against]:
    if len(samples) < 2:
        return []
    control, others = samples[0], samples[1:]
    is_revenue = campaign.test_metric == Campaign.Metric.REVENUE
    rates = [one.rate_of("converted") for one in sums] if is_revenue else samples
    seen = [sequential.seen(rates[0], rate) for rate in rates[1:]]
    p_of = statistics.means_p if is_revenue else statistics.rates_p
    once = statistics.holm([p_of(other, control) for other in others])
    always = statistics.holm([sequential.p_of(other, control, t) for other, t in zip(others, seen, strict=True)])
    alpha = ALPHA / len(others)
    limits = [sequential.differ(other, control, t, alpha=alpha) for other, t in zip(others, seen, strict=True)]
    return [Against(*row) for row in zip(limits, once, always, strict=True)]
