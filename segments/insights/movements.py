"""Who moved between lists over a time: from which of them, to which of them, by what the ledger recorded.

In one list entries and exits alternate. So the present membership less what was entered and plus what was left since an
instant is the membership at that instant, and one pass over both answers for everybody.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.db import connection, transaction
from django.db.models import Count, Min, Q

from ..definition.windows import first_instant
from ..models import Build, LedgerEntry, Segment
from .overlap import bit_of, masks_of, numbers, roomy

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


def births(segments: Iterable[Segment]) -> dict[int, datetime]:
    """When each list first held its people: its first build was done, or the first one was put in."""
    ids = [segment.pk for segment in segments]
    built = Build.objects.filter(segment__in=ids, state=Build.State.DONE).values_list("segment_id")
    moved = LedgerEntry.objects.filter(segment_id__in=ids).values_list("segment_id")
    first: dict[int, datetime] = dict(moved.annotate(Min("at")).order_by())
    return first | dict(built.annotate(Min("finished_at")).order_by())


def flows(ids: Sequence[int], since: datetime) -> list[Flow]:
    """From each combination of the lists at `since` to each of now, the largest first, those who stayed included."""
    sql = f"""
        WITH masks AS ({masks_of(ids)}), moves AS (
            SELECT contact_id, sum(CASE change WHEN 'entered' THEN 1 ELSE -1 END * {bit_of(ids)}) AS net
              FROM segments_ledgerentry
             WHERE segment_id IN ({numbers(ids)}) AND at > %(since)s GROUP BY contact_id
        )
        SELECT COALESCE(mask, 0) - COALESCE(net, 0) AS before, COALESCE(mask, 0) AS after, count(*)
          FROM masks FULL JOIN moves USING (contact_id)
         GROUP BY before, after
    """
    with transaction.atomic(), connection.cursor() as cursor:
        roomy(cursor)
        cursor.execute(sql, {"since": since})
        found = [Flow(int(before), int(after), count) for before, after, count in cursor.fetchall() if before or after]
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
