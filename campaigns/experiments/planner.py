"""How small a lift a test can show, and how many people a lift needs, by what the same people did before.

The past of the campaign's own lists counts, as long as there is enough of it; otherwise that of the latest campaigns on
the channel. What is promised is what `segments.insights.power` says everywhere: found in 80 of 100 tests, at 5 %.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _

from crmseg.common.problems import InvalidInput, Problem
from crmseg.web import formats
from segments.insights import power

from .. import audience
from ..measuring import figures
from ..measuring.statistics import Sample
from ..models import Campaign

LATEST = 5
LOOKED_AT = 5_000
LEAST_SENT, LEAST_DONE = 200, 10
"""With less to go by, lists have no rate of their own."""
DAYS = 365

# The members are drawn by a hash, so that those with low ids are not asked for all.
_PAST = """
    WITH looked AS MATERIALIZED (
        SELECT DISTINCT contact_id, hashint8(contact_id) AS place FROM segments_membership
         WHERE segment_id = ANY(%(lists)s)
         ORDER BY place, contact_id LIMIT %(looked_at)s
    )
    SELECT count(*), count(send.opened_at), count(send.clicked_at), count(send.converted_at),
           COALESCE(sum(send.revenue), 0)::float8, COALESCE(sum(send.revenue::float8 ^ 2), 0)
      FROM looked
      JOIN campaigns_send AS send ON send.contact_id = looked.contact_id
      JOIN campaigns_campaign AS campaign ON campaign.id = send.campaign_id
     WHERE send.state = 'sent' AND campaign.channel = %(channel)s AND campaign.id <> %(campaign)s
       AND send.sent_at > now() - make_interval(days => %(days)s)
"""


@dataclass(frozen=True)
class Past:
    """What people did with earlier messages, and whose past it is: `lists`, `channel` or `none`."""

    source: str
    sent: int = 0
    opened: int = 0
    clicked: int = 0
    converted: int = 0
    revenue: float = 0.0
    revenue_squares: float = 0.0

    def rate(self, metric: str) -> float | None:
        if metric == Campaign.Metric.REVENUE:
            return self.revenue / self.sent if self.sent else None
        return getattr(self, metric) / self.sent if self.sent else None

    @property
    def variation(self) -> float:
        """How much people's revenue differs: its standard deviation by its mean."""
        sample = Sample(self.sent, self.revenue, self.revenue_squares)
        return sqrt(sample.variance) / sample.mean if sample.mean > 0 else 0.0


def plan(campaign: Campaign, *, lift: float | None = None) -> dict[str, Any]:
    """Of the campaign as it stands. `lift`: 0.1 for ten percent more, to be told how many people it needs."""
    metric = Campaign.Metric(campaign.test_metric)
    people, held_out = _people(campaign)
    weights = [weight for weight in campaign.arms.values_list("weight", flat=True) if weight] or [1, 1]
    parts = [int(people * campaign.test_share * weight / sum(weights)) for weight in weights]
    past = past_of(campaign, metric)
    smallest = _smallest(past, metric, parts[0], min(parts[1:], default=parts[0]))
    converted = past.rate(Campaign.Metric.CONVERTED) or 0.0
    return {
        "metric": str(metric),
        "arms": len(weights),
        "people": people,
        "each": min(parts),
        "held_out": held_out,
        "base": past.rate(metric),
        "base_from": past.source,
        "smallest_lift": smallest,
        "smallest_lift_of_campaign": power.smallest_effect(converted, people, held_out),
        "lift": lift,
        "needed_each": _needed(past, metric, lift) if lift else None,
        "text": _in_words(past, smallest),
    }


def past_of(campaign: Campaign, metric: str) -> Past:
    parameters: dict[str, Any] = {
        "lists": campaign.include_ids,
        "looked_at": LOOKED_AT,
        "channel": campaign.channel,
        "campaign": campaign.pk,
        "days": DAYS,
    }
    with connection.cursor() as cursor:
        cursor.execute(_PAST, parameters)
        own = Past("lists", *cursor.fetchone())
    if _suffices(own, metric):
        return own
    latest = Campaign.objects.filter(channel=campaign.channel).exclude(started_at=None).exclude(pk=campaign.pk)
    sent = [
        one.sent()
        for one in figures.count_several(latest.order_by("-started_at").values_list("pk", flat=True)[:LATEST]).values()
    ]
    names = ("people", "opened", "clicked", "converted", "revenue", "revenue_squares")
    everybody = Past("channel", *(sum(getattr(one, name) for one in sent) for name in names))
    return everybody if _suffices(everybody, metric) else Past("none")


def read_lift(raw: str | None) -> float | None:
    """From 0.001 to 10, or nothing."""
    if raw is None:
        return None
    try:
        lift = float(raw)
    except ValueError:
        lift = 0.0
    if not 0.001 <= lift <= 10:
        raise InvalidInput([Problem("/lift", _("Expected a lift from 0.001 to 10; 0.1 is ten percent more."))])
    return lift


def _suffices(past: Past, metric: str) -> bool:
    done = past.converted if metric == Campaign.Metric.REVENUE else getattr(past, metric)
    return past.sent >= LEAST_SENT and done >= LEAST_DONE


def _people(campaign: Campaign) -> tuple[int, int]:
    """Whom it writes to, and whom it holds out."""
    tally = audience.so_far(campaign)
    return tally.get("queued", 0), tally.get("held_out", 0)


def _smallest(past: Past, metric: str, control: int, other: int) -> float | None:
    if past.source == "none":
        return None
    if metric == Campaign.Metric.REVENUE:
        return power.smallest_effect_on_means(past.variation, control, other)
    return power.smallest_effect(past.rate(metric) or 0.0, control, other)


def _needed(past: Past, metric: str, lift: float) -> int | None:
    if past.source == "none":
        return None
    if metric == Campaign.Metric.REVENUE:
        return power.needed_each_of_means(past.variation, lift)
    return power.needed_each(past.rate(metric) or 0.0, lift)


def _in_words(past: Past, smallest: float | None) -> str:
    if past.source == "none":
        return _("Nothing is known yet about how people answer on this channel.")
    if smallest is None:
        return _("There are too few people to show any lift.")
    said = (
        _("This test can show a lift of %(lift)s or more.")
        if past.source == "lists"
        else _("This test can show a lift of %(lift)s or more, if these people are like those of the latest campaigns.")
    )
    return said % {"lift": formats.percent(smallest, 1)}
