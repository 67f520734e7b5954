"""The sizes of many lists over the last days, from the counts of moves at once: small lines in the table of lists."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Sum
from django.db.models.functions import TruncDate

from .models import MoveCount


def sizes_by_day(
    sizes: Mapping[int, int], began: Mapping[int, datetime], days: int, now: datetime, zone: str
) -> dict[int, list[int]]:
    """The size of each list at the end of its last `days` local days, oldest first, walked back from `sizes`.

    The days before a list `began` are left out: it had no size then.
    """
    today = now.astimezone(ZoneInfo(zone)).date()
    dates = [today - timedelta(days=back) for back in range(days)]
    start = datetime.combine(dates[-1], datetime.min.time(), ZoneInfo(zone))
    rows = (
        MoveCount.objects.filter(segment__in=list(sizes), quarter__gte=start)
        .values("segment_id", day=TruncDate("quarter", tzinfo=ZoneInfo(zone)))
        .annotate(came=Sum("entered"), went=Sum("gone"))
    )
    moved = {(row["segment_id"], row["day"]): int(row["came"] - row["went"]) for row in rows}
    found = {}
    for segment_id, size in sizes.items():
        first = min(
            began[segment_id].astimezone(ZoneInfo(zone)).date(),
            min((day for listed, day in moved if listed == segment_id), default=today),
        )
        backwards = []
        for day in dates:
            if day < first:
                break
            backwards.append(max(size, 0))
            size -= moved.get((segment_id, day), 0)
        found[segment_id] = backwards[::-1]
    return found
