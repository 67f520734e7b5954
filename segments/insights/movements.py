"""Who moved between lists over a time: from which of them, to which of them, by what the ledger recorded.

In one list entries and exits alternate. So the present membership less what was entered and plus what was left since an
instant is the membership at that instant, and one pass over both answers for everybody.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.db import connection
from django.db.models import Count, Q

from ..definition.windows import first_instant
from ..models import LedgerEntry, Segment

PERIODS = (7, 30, 90, 365)


@dataclass(frozen=True)
class Flow:
    """How many were in exactly the lists of mask `before`, and are in exactly those of mask `after`."""

    before: int
    after: int
    count: int

    @property
    def moved(self) -> bool:
        return self.before != self.after


@dataclass(frozen=True)
class Growth:
    """A list over the last `days`. `since_size` is None where the list did not exist at their beginning."""

    days: int
    entered: int
    left: int
    since_size: int | None

    @property
    def change(self) -> int:
        return self.entered - self.left


def beginning(days: int, now: datetime, zone: str) -> datetime:
    """The first instant of the local day so many days ago: the same for everybody who looks today."""
    return first_instant((now.astimezone(ZoneInfo(zone)) - timedelta(days=days)).date(), zone)


def flows(ids: Sequence[int], since: datetime) -> list[Flow]:
    """From each combination of the lists at `since` to each of now, the largest first, those who stayed included."""
    bits = [(int(pk), 1 << place) for place, pk in enumerate(ids)]
    members = " UNION ALL ".join(
        f"SELECT contact_id, {bit} AS now, 0 AS moved FROM segments_membership WHERE segment_id = {pk}"
        for pk, bit in bits
    )
    moves = " UNION ALL ".join(
        f"SELECT contact_id, 0, CASE change WHEN 'entered' THEN {bit} ELSE -{bit} END"
        f" FROM segments_ledgerentry WHERE segment_id = {pk} AND at > %(since)s"
        for pk, bit in bits
    )
    sql = f"""
        SELECT before, after, count(*)
          FROM (SELECT sum(now) - sum(moved) AS before, sum(now) AS after
                  FROM ({members} UNION ALL {moves}) AS each GROUP BY contact_id) AS masks
         WHERE before > 0 OR after > 0
         GROUP BY before, after
    """
    with connection.cursor() as cursor:
        cursor.execute(sql, {"since": since})
        found = [Flow(int(before), int(after), count) for before, after, count in cursor.fetchall()]
    return sorted(found, key=lambda flow: (-flow.count, flow.before, flow.after))


def growth(segments: Iterable[Segment], days: int, now: datetime) -> dict[int, Growth]:
    """How each list grew in the last `days` times 24 hours."""
    since = now - timedelta(days=days)
    listed = list(segments)
    moved = (
        LedgerEntry.objects.filter(segment_id__in=[segment.pk for segment in listed], at__gt=since)
        .values_list("segment_id")
        .annotate(entered=Count("pk", filter=Q(change="entered")), left=Count("pk", filter=Q(change="left")))
        .order_by()
    )
    by_id = {pk: (entered, left) for pk, entered, left in moved}
    found = {}
    for segment in listed:
        entered, left = by_id.get(segment.pk, (0, 0))
        before = segment.size - entered + left
        found[segment.pk] = Growth(days, entered, left, before if segment.created_at <= since or before else None)
    return found
