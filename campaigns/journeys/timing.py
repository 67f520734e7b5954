"""Instants of people's own clocks."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from crmseg.access import account


@lru_cache(maxsize=1_000)
def _zone(name: str) -> ZoneInfo | None:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return None


def zone_of(name: str | None) -> ZoneInfo:
    """That of the contact, else of the account."""
    return (_zone(name) if name else None) or _zone(account.current().time_zone) or ZoneInfo("UTC")


def next_moment(at: time, weekdays: Collection[int], zone: ZoneInfo, after: datetime) -> datetime:
    """The first instant, not before `after`, at which clocks there show that time on one of these days (Monday is 1).

    A time that the clocks leave out that day is the one as long after midnight; of two, the first counts.
    """
    day = after.astimezone(zone).date()
    for ahead in range(15):
        local = datetime.combine(day + timedelta(days=ahead), at, zone)
        moment = local.astimezone(UTC)
        if local.isoweekday() in weekdays and moment >= after:
            return moment
    raise AssertionError("every week has each of its days")
