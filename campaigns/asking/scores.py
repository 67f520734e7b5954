"""The two scores that answers add up to, each with between which values it lies. docs/surveys.md says them in words."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

from segments.insights.power import interval

from ..measuring.statistics import z_of

LEAST = 10
"""Fewer answers than these say nothing: no score is shown."""


@dataclass(frozen=True)
class Score:
    """`value` from −100 to 100 for NPS, 0 to 100 for CSAT; None where there are too few answers."""

    answers: int
    value: float | None
    low: float | None
    high: float | None


def nps(promoters: int, passives: int, detractors: int) -> Score:
    """The share of promoters (9 and 10) less that of detractors (0 to 6), in points.

    F. F. Reichheld: The one number you need to grow. Harvard Business Review 81 (2003), 46–54. The interval is the
    adjusted Wald's of B. Rocks: Interval estimation for the “Net Promoter Score”. The American Statistician 70 (2016),
    365–372: three answers are added, ¾ promoter, 1½ passive, ¾ detractor, and the variance is p + d − (p − d)².
    """
    answers = promoters + passives + detractors
    if answers < LEAST:
        return Score(answers, None, None, None)
    more = answers + 3
    for_it, against = (promoters + 0.75) / more, (detractors + 0.75) / more
    middle = for_it - against
    half = z_of() * sqrt((for_it + against - middle * middle) / more)
    value = (promoters - detractors) / answers
    return Score(answers, 100 * value, 100 * max(middle - half, -1.0), 100 * min(middle + half, 1.0))


def csat(satisfied: int, answers: int) -> Score:
    """The share of those who answer 4 or 5 of 5, with Wilson's interval."""
    if answers < LEAST:
        return Score(answers, None, None, None)
    low, high = interval(satisfied, answers)
    return Score(answers, 100 * satisfied / answers, 100 * low, 100 * high)
