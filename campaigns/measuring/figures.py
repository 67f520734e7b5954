"""What became of all the sends of a campaign, counted in one pass over them.

Every number of the report that needs no single message is a sum of these rows, so that all of them agree.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, fields
from datetime import timedelta
from typing import Any

from django.db import connection
from django.db.models import Exists, OuterRef

from ..experiments.split import PLACE
from ..models import Campaign, Reaction, Send
from .statistics import Sample

HELD_OUT = "held_out"

# A message that was opened or clicked was delivered, also where its server never said so; a bounce unsays it.
_TALLY = """
    SELECT send.campaign_id,
           send.arm_id,
           {in_test} AS in_test,
           send.state,
           CASE send.state WHEN 'skipped' THEN send.reason ELSE '' END AS reason,
           send.state <> 'skipped' OR send.lease_token IS NOT NULL OR send.reason IN ('cancelled', 'deleted') AS meant,
           count(*) AS people,
           count(COALESCE(send.delivered_at, send.opened_at, send.clicked_at))
               FILTER (WHERE send.bounced_at IS NULL) AS delivered,
           count(send.bounced_at) AS bounced,
           count(send.complained_at) AS complained,
           count(send.opened_at) FILTER (WHERE {opened}) AS opened,
           count(send.machine_opened_at) FILTER (WHERE send.opened_at IS NULL) AS machine_opened,
           count(send.clicked_at) FILTER (WHERE {clicked}) AS clicked,
           count(send.converted_at) FILTER (WHERE {converted}) AS converted,
           count(send.unsubscribed_at) AS unsubscribed,
           COALESCE(sum(send.revenue) FILTER (WHERE {converted}), 0)::float8 AS revenue,
           COALESCE(sum(send.revenue::float8 ^ 2) FILTER (WHERE {converted}), 0) AS revenue_squares,
           COALESCE(sum(send.revenue::float8 ^ 3) FILTER (WHERE {converted}), 0) AS revenue_cubes
      FROM campaigns_send AS send
     WHERE send.campaign_id = ANY(%(campaigns)s)
     GROUP BY 1, 2, 3, 4, 5, 6
"""
_IN_TEST = f"""
    send.arm_id IS NOT NULL AND {PLACE} < %(share)s
    AND (NOT %(ongoing)s OR %(decided)s::timestamptz IS NULL OR send.sent_at <= %(decided)s)
"""
_WHENEVER = dict.fromkeys(("opened", "clicked", "converted"), "true")
_WITHIN = "send.{column} <= send.sent_at + %(within)s"


@dataclass(frozen=True)
class Row:
    """How many people share an arm, a state and a reason, and how many of them did what."""

    arm_id: int | None
    in_test: bool
    state: str
    reason: str
    meant: bool
    """To get the message, when the audience was frozen, whatever came between."""
    people: int
    delivered: int
    bounced: int
    complained: int
    opened: int
    machine_opened: int
    clicked: int
    converted: int
    unsubscribed: int
    revenue: float
    revenue_squares: float
    revenue_cubes: float


_COUNTED = tuple(field.name for field in fields(Row))[5:]


@dataclass(frozen=True)
class Figures:
    """The rows, and the sums over some of them."""

    rows: tuple[Row, ...]
    by_provider: bool = False
    """Somebody who delivers for us reports deliveries. Without, whatever did not come back counts as delivered."""

    def sums(self, of: Callable[[Row], bool]) -> Sums:
        chosen = [row for row in self.rows if of(row)]
        return Sums(**{name: sum(getattr(row, name) for row in chosen) for name in _COUNTED})

    def sent(self) -> Sums:
        return self.sums(lambda row: row.state == Send.State.SENT)

    def held_out(self) -> Sums:
        return self.sums(lambda row: row.reason == HELD_OUT)

    def meant(self) -> Sums:
        """Everyone who was to get the message when the audience was frozen, whether or not it came to that."""
        return self.sums(lambda row: row.meant)

    def skipped(self) -> dict[str, int]:
        found: dict[str, int] = {}
        for row in self.rows:
            if row.state == Send.State.SKIPPED:
                found[row.reason] = found.get(row.reason, 0) + row.people
        return dict(sorted(found.items()))

    def in_state(self, *states: str) -> int:
        return sum(row.people for row in self.rows if row.state in states)


@dataclass(frozen=True)
class Sums:
    people: int
    delivered: int
    bounced: int
    complained: int
    opened: int
    machine_opened: int
    clicked: int
    converted: int
    unsubscribed: int
    revenue: float
    revenue_squares: float
    revenue_cubes: float

    def rate_of(self, metric: str) -> Sample:
        """Those who did it, among all these people; revenue as what each of them spent."""
        if metric == Campaign.Metric.REVENUE:
            return Sample(self.people, self.revenue, self.revenue_squares)
        return Sample.of_rate(getattr(self, metric), self.people)


def count(campaign: Campaign, *, within: timedelta | None = None) -> Figures:
    """All sends of the campaign. `within`: only what people did in so long after their own message counts."""
    counts = _WHENEVER if within is None else {key: _WITHIN.format(column=f"{key}_at") for key in _WHENEVER}
    tested = campaign.arms.exists()
    parameters: dict[str, Any] = {
        "campaigns": [campaign.pk],
        "share": campaign.test_share,
        "ongoing": campaign.is_open_ended,
        "decided": campaign.decided_at,
        "within": within,
    }
    rows = _rows(_TALLY.format(in_test=_IN_TEST if tested else "false", **counts), parameters)
    return Figures(tuple(row for _campaign, row in rows), bool(_with_reports([campaign.pk])))


def count_several(campaign_ids: Iterable[int]) -> dict[int, Figures]:
    """Those of several campaigns, without their tests."""
    found: dict[int, list[Row]] = {pk: [] for pk in campaign_ids}
    for pk, row in _rows(_TALLY.format(in_test="false", **_WHENEVER), {"campaigns": [*found]}):
        found[pk].append(row)
    reporting = _with_reports([*found])
    return {pk: Figures(tuple(rows), pk in reporting) for pk, rows in found.items()}


def _with_reports(campaign_ids: list[int]) -> set[int]:
    delivered = Reaction.objects.filter(campaign=OuterRef("pk"), kind=Reaction.Kind.DELIVERED)
    return set(Campaign.objects.filter(Exists(delivered), pk__in=campaign_ids).values_list("pk", flat=True))


def _rows(sql: str, parameters: dict[str, Any]) -> Iterator[tuple[int, Row]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        for campaign_id, *row in cursor.fetchall():
            yield campaign_id, Row(*row)
