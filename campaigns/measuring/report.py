"""Everything there is to say about a campaign, as one JSON-able object: for its page, programs, files and shared links.

The work grows with the campaign alone, in a handful of passes over its sends. A large campaign is counted at most once
a minute, and once in ten after its end; `as_of` says when.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.core.cache import cache
from django.utils.translation import get_language

from crmseg.access import account
from crmseg.common import clock
from segments.insights.power import ALPHA

from ..experiments import decide, results
from ..models import Campaign
from . import course, figures, lists, reactions, statistics, uplift, waterfall
from .comparison import comparison, rates
from .effect import limit
from .figures import Figures

LARGE = 50_000
FRESH_FOR, FRESH_AFTER_END = 60, 600


def report(campaign: Campaign, *, asked_lists: Iterable[int] = ()) -> dict[str, Any]:
    """`asked_lists`: further lists by which to show the results. The shape is described in docs/measuring.md."""
    asked = tuple(asked_lists)
    if campaign.waterfall.get("in_lists", 0) < LARGE:
        return _counted(campaign, asked, clock.now())
    key = f"campaign-report:{campaign.pk}:{campaign.updated_at.timestamp()}:{get_language()}:{asked}"
    kept: dict[str, Any] | None = cache.get(key)
    if kept is None:
        kept = _counted(campaign, asked, clock.now())
        cache.set(key, kept, FRESH_AFTER_END if campaign.finished_at else FRESH_FOR)
    return kept


def _counted(campaign: Campaign, asked: tuple[int, ...], now: datetime) -> dict[str, Any]:
    found = figures.count(campaign)
    sent, step = found.sent(), course.over_time(campaign, now)
    return {
        **outcomes(found),
        "as_of": now.isoformat(),
        "currency": account.current().currency,
        "waterfall": waterfall.flat(found),
        "steps": waterfall.steps(found),
        "delivered_by": "provider" if found.by_provider else "no_bounce",
        "counts": waterfall.counts(found),
        "revenue": round(sent.revenue, 4),
        "rates": rates(found),
        **_test(campaign, found),
        "uplift": uplift.uplift(campaign, found, now),
        "over_time_step": step[0],
        "over_time": step[1],
        "links": reactions.links(campaign),
        "clients": reactions.clients(campaign),
        "unsubscribe_reasons": reactions.unsubscribe_reasons(campaign),
        "by_list": lists.by_list(campaign, asked),
        "comparison": comparison(campaign, found),
        "membership_effect": lists.effects(campaign, sent.people, found.held_out().people, now),
    }


def outcomes(found: Figures) -> dict[str, Any]:
    """What became of everyone in the campaign's lists: each in one number only, except unsubscribed (of sent)."""
    return {
        "waiting": found.in_state("waiting"),
        "queued": found.in_state("queued", "leased"),
        "sent": found.in_state("sent"),
        "failed": found.in_state("failed"),
        "uncertain": found.in_state("uncertain"),
        "unsubscribed": found.sums(lambda row: True).unsubscribed,
        "skipped": found.skipped(),
    }


def _test(campaign: Campaign, found: Figures) -> dict[str, Any]:
    """The test as a whole, and each of its arms beside the control."""
    compared = results.compare(campaign, list(campaign.arms.all()), found)
    if not compared.arms:
        return {"test": None, "arms": []}
    ends = None if campaign.decided_at else decide.ends_at(campaign)
    test = {
        "metric": campaign.test_metric,
        "rule": campaign.test_rule,
        "share": campaign.test_share,
        "state": _state(campaign),
        "ends_at": ends.isoformat() if ends else None,
        "decided_at": campaign.decided_at.isoformat() if campaign.decided_at else None,
        "winner": next((one.arm.key for one in compared.arms if one.arm.pk == campaign.winner_id), None),
        "mismatch_p": compared.mismatch,
        "is_mismatched": compared.mismatch < statistics.MISMATCH,
    }
    return {"test": test, "arms": [_arm(campaign, one, compared) for one in compared.arms]}


def _state(campaign: Campaign) -> str:
    if campaign.decided_at:
        return "decided"
    if campaign.started_at is None:
        return "planned"
    return "cancelled" if campaign.state == Campaign.State.CANCELLED else "running"


def _arm(campaign: Campaign, one: results.Result, compared: results.Results) -> dict[str, Any]:
    people, versus = one.people, one.against
    control = compared.arms[0].sample.mean
    return {
        "key": one.arm.key,
        "name": one.arm.name,
        "subject": one.arm.subject or campaign.subject,
        "weight": one.arm.weight,
        "is_control": versus is None,
        "is_winner": one.arm.pk == campaign.winner_id,
        "is_best": one is compared.best,
        "sent": people.people,
        "opened": people.opened,
        "clicked": people.clicked,
        "converted": people.converted,
        "revenue": round(people.revenue, 4),
        "unsubscribed": people.unsubscribed,
        "mean": one.sample.mean,
        "difference": versus.difference.estimate if versus else None,
        "low": limit(versus.difference.low) if versus else None,
        "high": limit(versus.difference.high) if versus else None,
        "lift": versus.difference.estimate / control if versus and control else None,
        "p": versus.always_p if versus else None,
        "is_proven": versus is not None and versus.always_p < ALPHA,
    }
