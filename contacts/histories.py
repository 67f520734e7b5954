"""What an attribute was before: who changed it, when, from what, to what, and by which merge."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from .models import AttributeHistory, CompanyHistory, Merge

MOST_CHANGES = 50
# A merge writes what the survivor is given within its transaction, soon after it began.
_DURING_A_MERGE = timedelta(seconds=30)


@dataclass(frozen=True)
class Change:
    """`merged_with` names the contact whose merge brought the value."""

    at: datetime
    actor: str
    old: Any
    new: Any
    merged_with: str = ""


def of_contact(contact_id: int, key: str) -> list[Change]:
    """The latest changes of one attribute, newest first."""
    rows = AttributeHistory.objects.filter(contact_id=contact_id, key=key).order_by("-at", "-pk")[:MOST_CHANGES]
    merges = list(Merge.objects.filter(survivor_id=contact_id).order_by("-at")[:MOST_CHANGES])
    return [Change(row.at, row.actor, row.old, row.new, _merged(row, merges)) for row in rows]


def of_company(company_id: int, key: str) -> list[Change]:
    rows = CompanyHistory.objects.filter(company_id=company_id, key=key).order_by("-at", "-pk")[:MOST_CHANGES]
    return [Change(row.at, row.actor, row.old, row.new) for row in rows]


def changed_of_contact(contact_id: int) -> set[str]:
    """The keys of attributes that have a history."""
    return _keys(AttributeHistory.objects.filter(contact_id=contact_id).values_list("key", flat=True).distinct())


def changed_of_company(company_id: int) -> set[str]:
    return _keys(CompanyHistory.objects.filter(company_id=company_id).values_list("key", flat=True).distinct())


def latest_of_company(company_id: int) -> str:
    """Who changed the company last, as `crmseg.common.actor` says it; empty where nobody did."""
    rows = CompanyHistory.objects.filter(company_id=company_id).order_by("-at", "-pk")
    return rows.values_list("actor", flat=True).first() or ""


def _keys(found: Iterable[str]) -> set[str]:
    return set(found)


def _merged(row: AttributeHistory, merges: Sequence[Merge]) -> str:
    for merge in merges:
        if merge.actor == row.actor and timedelta() <= row.at - merge.at <= _DURING_A_MERGE:
            return merge.merged_label
    return ""
