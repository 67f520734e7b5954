"""How fast a campaign may go: so many an hour, and so many an hour to one mail domain.

The ledger itself is counted, under a lock on the campaign: what was begun within the hour, and what is held to be
begun. So the limit holds for every sixty minutes whatever the number of workers, and whoever is killed. An hour's
messages are spread over it by a second, shorter window. Nobody sleeps: a campaign without room has an instant at which
it is looked at again, and whoever writes to a full domain stands in its line, with a time of their own.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import ceil
from typing import Any

from django.db import connection

from ..models import Campaign, Send

HOUR = timedelta(hours=1)
SHORTEST = 60.0
LOOKED_AT = 2_000
TURNS = 5

_BEGUN = """
    SELECT lower(split_part(address, '@', -1)), attempt_at FROM campaigns_send
     WHERE campaign_id = %(campaign)s AND attempt_at > %(since)s
    UNION ALL
    SELECT lower(split_part(address, '@', -1)), %(now)s FROM campaigns_send
     WHERE campaign_id = %(campaign)s AND state = 'leased' AND attempt_at IS NULL
"""
_DUE = """
    (SELECT id, lower(split_part(address, '@', -1)), next_attempt_at FROM campaigns_send
      WHERE campaign_id = %(campaign)s AND state = 'queued' AND next_attempt_at <= %(now)s
      ORDER BY next_attempt_at LIMIT %(limit)s)
    UNION ALL
    (SELECT id, lower(split_part(address, '@', -1)), next_attempt_at FROM campaigns_send
      WHERE campaign_id = %(campaign)s AND state = 'queued' AND next_attempt_at IS NULL
      LIMIT %(limit)s)
    LIMIT %(limit)s
"""
_LAST_IN_LINE = """
    SELECT lower(split_part(address, '@', -1)), max(next_attempt_at) FROM campaigns_send
     WHERE campaign_id = %(campaign)s AND state = 'queued' AND next_attempt_at > %(now)s AND attempts = 0
       AND lower(split_part(address, '@', -1)) = ANY(%(domains)s)
     GROUP BY 1
"""


@dataclass
class Pace:
    """At most `an_hour` in any hour, and its part in any shorter window."""

    an_hour: int
    begun: list[datetime] = field(default_factory=list)

    @property
    def window(self) -> timedelta:
        return timedelta(seconds=max(SHORTEST, ceil(3600 / self.an_hour)))

    @property
    def gap(self) -> timedelta:
        return timedelta(seconds=3600 / self.an_hour)

    def limits(self) -> list[tuple[timedelta, int]]:
        return [(HOUR, self.an_hour), (self.window, ceil(self.an_hour * self.window / HOUR))]

    def room(self, now: datetime) -> int:
        return max(0, min(most - sum(at > now - window for at in self.begun) for window, most in self.limits()))

    def room_at(self, now: datetime) -> datetime:
        """When there is room for one more, if nothing else happens."""
        latest = sorted(self.begun, reverse=True)
        return max([now, *(latest[most - 1] + window for window, most in self.limits() if len(latest) >= most)])


def is_throttled(campaign: Campaign) -> bool:
    return bool(campaign.throttle_per_hour or campaign.throttle_domain_per_hour)


def choose(campaign: Campaign, limit: int, now: datetime) -> list[int]:
    """Which due sends may be taken now. Call it in the transaction that takes them."""
    Campaign.objects.select_for_update(no_key=True).get(pk=campaign.pk)
    begun: dict[str, list[datetime]] = {}
    for domain, at in _rows(_BEGUN, campaign, now, since=now - HOUR):
        begun.setdefault(domain, []).append(at)
    if campaign.throttle_per_hour:
        pace = Pace(campaign.throttle_per_hour, [at for all_of_it in begun.values() for at in all_of_it])
        limit = min(limit, pace.room(now))
        if limit == 0:
            Campaign.objects.filter(pk=campaign.pk).update(retry_at=pace.room_at(now))
            return []
    if not campaign.throttle_domain_per_hour:
        return [pk for pk, _domain, _at in _rows(_DUE, campaign, now, limit=limit)]
    paces = {domain: Pace(campaign.throttle_domain_per_hour, of_it) for domain, of_it in begun.items()}
    for _turn in range(TURNS):
        due = _rows(_DUE, campaign, now, limit=LOOKED_AT)
        chosen, waiting = _part(due, paces, campaign.throttle_domain_per_hour, limit, now)
        if waiting:
            _line_up(campaign, waiting, paces, now)
        if chosen or not waiting:
            break
    return chosen


def _part(
    due: list[tuple[int, str, datetime]], paces: dict[str, Pace], an_hour: int, limit: int, now: datetime
) -> tuple[list[int], dict[str, list[int]]]:
    """Who may go, and who has to wait for room at their domain."""
    room: dict[str, int] = {}
    chosen: list[int] = []
    waiting: dict[str, list[int]] = {}
    for pk, domain, _at in due:
        if domain not in room:
            room[domain] = paces.setdefault(domain, Pace(an_hour)).room(now)
        if room[domain] == 0:
            waiting.setdefault(domain, []).append(pk)
        elif len(chosen) < limit:
            room[domain] -= 1
            chosen.append(pk)
    taken = Counter({domain: paces[domain].room(now) - left for domain, left in room.items()})
    for domain, count in taken.items():
        paces[domain].begun += [now] * count
    return chosen, waiting


def _line_up(campaign: Campaign, waiting: dict[str, list[int]], paces: dict[str, Pace], now: datetime) -> None:
    """A time for each, one after the other, behind those who stand there."""
    last = dict(_rows(_LAST_IN_LINE, campaign, now, domains=list(waiting)))
    times: dict[int, datetime] = {}
    for domain, ids in waiting.items():
        pace = paces[domain]
        first = max(pace.room_at(now), last[domain] + pace.gap if domain in last else now)
        times |= {pk: first + place * pace.gap for place, pk in enumerate(ids)}
    with connection.cursor() as cursor:
        cursor.execute(
            """UPDATE campaigns_send AS send SET next_attempt_at = given.at
                 FROM unnest(%s::bigint[], %s::timestamptz[]) AS given (id, at)
                WHERE send.id = given.id AND send.state = %s""",
            [[*times], [*times.values()], Send.State.QUEUED],
        )


def _rows(statement: str, campaign: Campaign, now: datetime, **more: Any) -> list[Any]:
    parameters: dict[str, Any] = {"campaign": campaign.pk, "now": now, **more}
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return list(cursor.fetchall())
