"""Moves of the past: the ledger and the counts that are kept of it, moved to another instant together."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import Count, Q

from segments.models import LedgerEntry, MoveCount
from segments.selectors import quarter_of


def backdate(at: datetime, **chosen: Any) -> None:
    """Let these moves have happened at that instant; without a choice, all of them."""
    LedgerEntry.objects.filter(**chosen).update(at=at)
    recount()


def recount() -> None:
    """Count the ledger anew, as the engine counts it move by move."""
    MoveCount.objects.all().delete()
    counts: dict[tuple[int, datetime, bool], MoveCount] = {}
    rows = LedgerEntry.objects.values_list("segment_id", "at", "cause").order_by("at")
    moved = rows.annotate(entered=Count("pk", filter=Q(change="entered")), gone=Count("pk", filter=Q(change="left")))
    for pk, at, cause, entered, gone in moved:
        key = pk, quarter_of(at), cause == "build"
        counts.setdefault(key, MoveCount(segment_id=pk, quarter=key[1], built=key[2]))
        counts[key].entered += entered
        counts[key].gone += gone
    MoveCount.objects.bulk_create(counts.values())
