"""What a campaign changed: everyone who was to get it, beside those held out by chance.

By intention to treat: whoever was to get the message counts as such, also where it failed or they unsubscribed before
their turn, for those held out were never asked whether theirs would have arrived. While conversions still come in, the
limits hold however often somebody looks; once all are in, they are those of one look, and narrower.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import isfinite
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _

from crmseg.access import account
from crmseg.web import formats
from segments.insights import power

from ..models import Campaign
from . import sequential, statistics
from .figures import Figures, Sums
from .statistics import Difference, Sample

LEAST = 10
"""With fewer conversions to be expected among those held out, or fewer people there, nothing is said."""
LARGEST = 0.99
"""What one person spent counts up to what 99 of 100 buyers spent, where a few large orders decide the mean."""

AT_ONCE = 0.1
"""Where sending takes a longer part of the goal's hours than this, people are not alike before all hours are over."""

_CAPPED = """
    WITH spent AS MATERIALIZED (
        SELECT send.revenue::float8 AS revenue, COALESCE(send.reason = 'held_out', false) AS held_out
          FROM campaigns_send AS send
         WHERE send.campaign_id = %(campaign)s AND send.revenue > 0
    ), cap AS (SELECT percentile_cont(%(largest)s) WITHIN GROUP (ORDER BY revenue) AS most FROM spent)
    SELECT cap.most, spent.held_out, sum(LEAST(spent.revenue, cap.most)), sum(LEAST(spent.revenue, cap.most) ^ 2)
      FROM spent CROSS JOIN cap
     GROUP BY 1, 2
"""


@dataclass(frozen=True)
class Groups:
    treated: Sums
    held_out: Sums

    def samples(self, metric: str) -> tuple[Sample, Sample]:
        return self.treated.rate_of(metric), self.held_out.rate_of(metric)


def measured_until(campaign: Campaign) -> datetime | None:
    """When the last conversion that counts can happen, as far as is known now; None where nothing is measured, or
    where people may still be written to."""
    if not campaign.goal_event or campaign.finished_at is None:
        return None
    return campaign.finished_at + timedelta(hours=campaign.goal_hours)


def uplift(campaign: Campaign, found: Figures, now: datetime) -> dict[str, Any]:
    until = measured_until(campaign)
    final = until is not None and until <= now
    groups = Groups(found.meant(), found.held_out())
    verdict = _nothing_to_say(campaign, groups) or _not_alike(campaign, found, final) or _too_few(groups)
    said: dict[str, Any] = {
        "treated": groups.treated.people,
        "held_out": groups.held_out.people,
        "until": until.isoformat() if until else None,
        "is_final": final,
        "conversion": None,
        "revenue": None,
        "verdict": verdict,
    }
    if verdict in _SAID:
        return said | {"text": _SAID[verdict]()}
    smallest = _smallest(groups)
    said["smallest_lift"] = smallest
    conversion = _conversion(groups, final)
    said["conversion"] = conversion
    said["revenue"] = _revenue(campaign, groups, final)
    if verdict == "too_small":
        return said | {"text": _too_small(smallest)}
    said["verdict"] = conversion["verdict"]
    return said | {"text": " ".join(filter(None, [_in_words(conversion), _money_in_words(said["revenue"])]))}


def _nothing_to_say(campaign: Campaign, groups: Groups) -> str:
    if campaign.started_at is None:
        return "not_started"
    if not campaign.goal_event:
        return "no_goal"
    if not groups.held_out.people:
        return "no_holdout"
    return ""


def _not_alike(campaign: Campaign, found: Figures, final: bool) -> str:
    """Those held out have had their hours since the start. Where many were written to much later, or never, they have
    had less time to convert: until all hours are over, the two cannot be compared."""
    if found.skipped().get("cancelled"):
        return "cancelled"
    if final or campaign.kind == Campaign.Kind.ONGOING:
        return ""
    began, ended = campaign.started_at, campaign.finished_at
    took_long = not began or not ended or (ended - began) > AT_ONCE * timedelta(hours=campaign.goal_hours)
    return "waiting" if took_long else ""


def _too_few(groups: Groups) -> str:
    people = groups.treated.people + groups.held_out.people
    expected = (groups.treated.converted + groups.held_out.converted) * groups.held_out.people / people
    return "too_small" if expected < LEAST or groups.treated.people < LEAST else ""


def _conversion(groups: Groups, final: bool) -> dict[str, Any]:
    treated, held_out = groups.samples("converted")
    seen = sequential.seen(treated, held_out)
    difference = statistics.rates_differ(treated, held_out) if final else sequential.differ(treated, held_out, seen)
    ratio = statistics.rates_ratio(treated, held_out) if final else None
    p = statistics.rates_p(treated, held_out) if final else sequential.p_of(treated, held_out, seen)
    return _compared(treated, held_out, difference, p) | {
        "lift_low": ratio[0] - 1 if ratio else None,
        "lift_high": ratio[1] - 1 if ratio and ratio[1] is not None else None,
    }


def _revenue(campaign: Campaign, groups: Groups, final: bool) -> dict[str, Any] | None:
    """Per person, in the account's currency. `capped` says the same where a few large orders would decide alone."""
    if not campaign.goal_amount:
        return None
    treated, held_out = groups.samples(Campaign.Metric.REVENUE)
    seen = sequential.seen(*groups.samples("converted"))
    shown = _means(treated, held_out, seen, final)
    both = Sample(treated.people + held_out.people, treated.total + held_out.total, treated.squares + held_out.squares)
    cubes = groups.treated.revenue_cubes + groups.held_out.revenue_cubes
    needed = statistics.needed_for_means(both, cubes)
    skewed = min(treated.people, held_out.people) < needed
    capped = _capped(campaign, groups, seen, final) if skewed else None
    return shown | {
        "is_skewed": skewed,
        "capped": capped,
        "verdict": (capped or shown)["verdict"],
        "currency": account.current().currency,
    }


def _capped(campaign: Campaign, groups: Groups, seen: float, final: bool) -> dict[str, Any] | None:
    with connection.cursor() as cursor:
        cursor.execute(_CAPPED, {"campaign": campaign.pk, "largest": LARGEST})
        rows = {held_out: (most, total, squares) for most, held_out, total, squares in cursor.fetchall()}
    if not rows:
        return None
    nothing = (0.0, 0.0, 0.0)
    samples = [
        Sample(sums.people, *rows.get(held_out, nothing)[1:])
        for held_out, sums in ((False, groups.treated), (True, groups.held_out))
    ]
    return _means(samples[0], samples[1], seen, final) | {"most": max(most for most, _total, _squares in rows.values())}


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


def _smallest(groups: Groups) -> float | None:
    """The smallest lift that as many people could have shown, had they been divided like this and looked at once."""
    return power.smallest_effect(
        groups.held_out.rate_of("converted").mean, groups.treated.people, groups.held_out.people
    )


def _in_words(found: dict[str, Any]) -> str:
    if found["low"] is None or found["high"] is None:
        return _("Too little has been seen yet to say what the campaign changed.")
    limits = {"low": _points(found["low"]), "high": _points(found["high"])}
    if found["verdict"] == "none":
        said = _(
            "No measurable effect: the true difference lies between %(low)s and %(high)s conversions per 100 people."
        )
        return said % limits
    more = abs(found["in_all"])
    ends = sorted(abs(found[key]) for key in ("in_all_low", "in_all_high"))
    values = limits | {"n": _rounded(more), "least": _rounded(ends[0]), "most": _rounded(ends[1])}
    if found["verdict"] == "more":
        return _("About %(n)s people converted because of the campaign (%(least)s to %(most)s).") % values
    return _("About %(n)s people fewer converted because of the campaign (%(least)s to %(most)s).") % values


def _money_in_words(found: dict[str, Any] | None) -> str:
    if found is None:
        return ""
    shown = found["capped"] or found
    if shown["low"] is None or shown["high"] is None:
        return ""
    low, high = (formats.money(round(shown[key], 2), found["currency"]) for key in ("low", "high"))
    limits = {"low": low, "high": high}
    if found["verdict"] == "none":
        return _("No measurable effect on revenue: between %(low)s and %(high)s per person.") % limits
    if found["verdict"] == "more":
        return _("Revenue grew by %(low)s to %(high)s per person.") % limits
    return _("Revenue fell: the difference is %(low)s to %(high)s per person.") % limits


def _too_small(smallest: float | None) -> str:
    said = _("Too few people were held out, or converted, to show an effect.")
    if smallest is not None:
        more = _("As many people could show a lift of %(lift)s or more.")
        return f"{said} {more % {'lift': formats.percent(smallest, 1)}}"
    return said


def _rounded(people: float) -> str:
    return formats.number(round(people))


def _points(rate: float) -> str:
    """Of 100 people, with its sign: −0.12, +1.4."""
    said = formats.number(abs(round(100 * rate, 2)))
    return f"{'−' if rate < 0 else '+'}{said}"


_SAID: dict[str, Callable[[], str]] = {
    "not_started": lambda: _("Nothing is measured before the start."),
    "no_goal": lambda: _("No goal is named for this campaign, so no conversions are counted."),
    "no_holdout": lambda: _("Nobody was held out, so nobody can say what the campaign changed."),
    "cancelled": lambda: _("The campaign was cancelled before everyone was written to: there is nothing to compare."),
    "waiting": lambda: _("Not everyone has had the same time to convert yet; the comparison comes when they have."),
}
