"""Everything that reads lists."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import Count, Exists, Min, OuterRef, Q, QuerySet, Subquery, Sum
from django.utils import timezone

from contacts.models import Contact, ContactChange
from crmseg.access import account
from crmseg.common import clock

from . import catalogue
from .models import Build, LedgerEntry, Membership, MoveCount, PendingMove, Pin, Segment, SegmentVersion


@dataclass(frozen=True)
class PinCounts:
    """How many contacts are pinned into a list, and out of it."""

    inside: int = 0
    outside: int = 0


@dataclass(frozen=True)
class Day:
    """A list over one day of the account's zone: how many were in at its end, entered and left during it."""

    day: date
    size: int
    entered: int
    left: int


def segments_table() -> QuerySet[Segment]:
    """All lists, with who entered and left in the last 24 hours as `entered_1d` and `left_1d`."""
    since = quarter_of(clock.now() - timedelta(days=1))
    recent = MoveCount.objects.filter(segment=OuterRef("pk"), quarter__gte=since).values("segment")

    def moved(column: str) -> Any:
        return Subquery(recent.annotate(n=Sum(column)).filter(n__gt=0).values("n"))

    return Segment.objects.select_related("owner").annotate(entered_1d=moved("entered"), left_1d=moved("gone"))


QUARTER = timedelta(minutes=15)
"""What the counts of moves are kept by."""


def quarter_of(instant: datetime) -> datetime:
    """The quarter of an hour in which moves of that instant are counted."""
    return instant - (instant - datetime.min.replace(tzinfo=UTC)) % QUARTER


def members(segment_id: int) -> QuerySet[Contact]:
    """The contacts of a list, each with `entered_at`."""
    own = Membership.objects.filter(segment=segment_id, contact_id=OuterRef("pk"))
    ids = Membership.objects.filter(segment=segment_id).values("contact_id")
    return Contact.objects.filter(pk__in=ids).annotate(entered_at=Subquery(own.values("entered_at")))


def members_at(segment_id: int, at: datetime) -> QuerySet[Contact]:
    """Who was in at that instant, by the ledger: those whose last change up to then was an entry."""
    last = (
        LedgerEntry.objects.filter(segment_id=segment_id, contact_id=OuterRef("pk"), at__lte=at)
        .order_by("-at", "-id")
        .values("change", "at")
    )
    known = LedgerEntry.objects.filter(segment_id=segment_id, at__lte=at).values("contact_id")
    return (
        Contact.objects.filter(pk__in=known)
        .annotate(last_change=Subquery(last.values("change")[:1]), entered_at=Subquery(last.values("at")[:1]))
        .filter(last_change=LedgerEntry.Change.ENTERED)
    )


def entries_at(segment_id: int, at: datetime) -> QuerySet[LedgerEntry]:
    """The same members, as the entries by which they were in: the latest first without sorting all that ever moved."""
    entries = LedgerEntry.objects.filter(segment_id=segment_id, change=LedgerEntry.Change.ENTERED, at__lte=at)
    later = LedgerEntry.objects.filter(segment_id=segment_id, contact_id=OuterRef("contact_id"), at__lte=at)
    after = later.filter(Q(at__gt=OuterRef("at")) | Q(at=OuterRef("at"), pk__gt=OuterRef("pk")))
    return entries.filter(~Exists(after), Exists(Contact.objects.filter(pk=OuterRef("contact_id"))))


def size_at(segment: Segment, at: datetime) -> int:
    """How many were in at that instant, walked back from now by what moved since; none has moved after now."""
    if at >= timezone.now():
        return segment.size
    full = quarter_of(at) + QUARTER
    counted = MoveCount.objects.filter(segment=segment, quarter__gte=full).aggregate(
        came=Sum("entered", default=0), went=Sum("gone", default=0)
    )
    entered = Q(change=LedgerEntry.Change.ENTERED)
    between = LedgerEntry.objects.filter(segment_id=segment.pk, at__gt=at, at__lt=full).aggregate(
        came=Count("pk", filter=entered), went=Count("pk", filter=~entered)
    )
    return max(segment.size - sum(int(moved["came"] - moved["went"]) for moved in (counted, between)), 0)


def pins(segment_id: int) -> QuerySet[Pin]:
    """The pins of a list that count now, the latest first."""
    return _counting(Pin.objects.filter(segment=segment_id)).order_by("-created_at", "-id")


def pin_of(segment_id: int, contact_id: int) -> Pin | None:
    """The pin of a contact in a list, if it has one that counts now."""
    return pins(segment_id).filter(contact_id=contact_id).first()


def pins_of(contact_id: int) -> QuerySet[Pin]:
    """The pins of a contact that count now, with their lists."""
    rows = Pin.objects.filter(contact_id=contact_id, segment__archived_at=None)
    return _counting(rows).select_related("segment").order_by("segment__name")


def pin_counts(segment_ids: Iterable[int]) -> dict[int, PinCounts]:
    """By list, for those that have any."""
    rows = _counting(Pin.objects.filter(segment__in=list(segment_ids))).values_list("segment_id")
    inside, outside = Count("pk", filter=Q(direction="in")), Count("pk", filter=Q(direction="out"))
    return {pk: PinCounts(*counts) for pk, *counts in rows.annotate(inside=inside, outside=outside).order_by()}


def pending_moves(segment_id: int) -> QuerySet[PendingMove]:
    """Who will enter or leave unless the rule changes its mind, the next first."""
    return PendingMove.objects.filter(segment=segment_id).order_by("due_at", "id")


def pending_move_of(segment_id: int, contact_id: int) -> PendingMove | None:
    """The entry or exit that a contact waits for in a list, if any."""
    return PendingMove.objects.filter(segment=segment_id, contact_id=contact_id).first()


def readers_of(segment_id: int) -> list[Segment]:
    """The lists that ask this one, directly or through others: each before those that ask it in turn."""
    lists = list(Segment.objects.exclude(keys=[]).only("id", "name", "keys").order_by("name", "id"))
    asked_by: dict[int, list[Segment]] = {}
    for listed in lists:
        for asked in catalogue.referenced(listed.keys):
            asked_by.setdefault(asked, []).append(listed)
    found: dict[int, Segment] = {}

    def follow(pk: int) -> None:
        for listed in asked_by.get(pk, ()):
            if listed.pk not in found:
                follow(listed.pk)
                found[listed.pk] = listed

    follow(segment_id)
    return list(found.values())[::-1]


def versions(segment_id: int) -> QuerySet[SegmentVersion]:
    """Every definition the list has had, the latest first."""
    return SegmentVersion.objects.filter(segment=segment_id).select_related("segment").order_by("-number")


def memberships_of(contact_id: int) -> QuerySet[Membership]:
    """The lists a contact is in, the latest entered first."""
    rows = Membership.objects.filter(contact_id=contact_id, segment__archived_at=None)
    return rows.select_related("segment").order_by("-entered_at", "-id")


def size_by_day(segment_id: int, days: int = 30) -> list[Day]:
    """Size, entered and left for each of the last `days` local days, today included, counted back from now."""
    zone = account.current().time_zone
    sql = """
        WITH span AS (
            SELECT generate_series((%(now)s AT TIME ZONE %(zone)s)::date - %(days)s + 1,
                                   (%(now)s AT TIME ZONE %(zone)s)::date, interval '1 day')::date AS day
        ), moved AS (
            SELECT (quarter AT TIME ZONE %(zone)s)::date AS day, sum(entered) AS entered, sum(gone) AS gone
              FROM segments_movecount
             WHERE segment_id = %(segment)s
               AND quarter >= crmseg_instant((SELECT min(day) FROM span)::timestamp, %(zone)s)
             GROUP BY 1
        )
        SELECT span.day, COALESCE(entered, 0)::bigint, COALESCE(gone, 0)::bigint
          FROM span LEFT JOIN moved USING (day) ORDER BY span.day DESC
    """
    with connection.cursor() as cursor:
        cursor.execute(sql, {"now": clock.now(), "zone": zone, "days": days, "segment": segment_id})
        rows = cursor.fetchall()
    size = Segment.objects.values_list("size", flat=True).get(pk=segment_id)
    found = []
    for day, entered, left in rows:
        found.append(Day(day, size, entered, left))
        size -= entered - left
    return found[::-1]


def ledger(segment_id: int) -> QuerySet[LedgerEntry]:
    """Entries and exits of a list, the latest first."""
    return LedgerEntry.objects.filter(segment_id=segment_id).order_by("-at", "-id")


def fresh_as_of() -> datetime:
    """The instant up to which active lists tell the truth: now, or the oldest change not yet looked at."""
    # Rows come in the order of their instants, but for transactions that overlap: the oldest is among the first.
    waiting = ContactChange.objects.order_by("pk")[:1000].aggregate(oldest=Min("at"))["oldest"]
    now: datetime = clock.now()
    return min(waiting, now) if waiting else now


def current_build(segment_id: int) -> Build | None:
    """The build that is queued or running for a list."""
    return Build.objects.filter(segment=segment_id, state__in=["queued", "running"]).order_by("-pk").first()


def _counting(rows: QuerySet[Pin]) -> QuerySet[Pin]:
    return rows.filter(Q(expires_at=None) | Q(expires_at__gt=clock.now()))
