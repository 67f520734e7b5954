"""How long things are kept: for ever, unless an administrator says otherwise; then what is older goes every night.

Rooms register what they can delete, how much that would be, and how.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.db import connection, transaction
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crmseg.common.actor import SYSTEM, Actor
from crmseg.common.clock import now
from crmseg.common.problems import InvalidInput, Problem

from .audit import record
from .models import AuditEntry, Retention

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

COUNT_LIMIT = 1_000_000
STEP = 10_000
CHOICES: Mapping[int, str | Promise] = {
    0: gettext_lazy("for ever"),
    30: gettext_lazy("30 days"),
    90: gettext_lazy("90 days"),
    180: gettext_lazy("180 days"),
    365: gettext_lazy("a year"),
    730: gettext_lazy("two years"),
    1095: gettext_lazy("three years"),
    1825: gettext_lazy("five years"),
    3650: gettext_lazy("ten years"),
}


@dataclass(frozen=True)
class Kept:
    """`count` says how many rows are older than an instant, at most one more than it is told; `prune` deletes them."""

    key: str
    label: StrOrPromise
    says: StrOrPromise
    count: Callable[[datetime, int], int]
    prune: Callable[[datetime], int]


_kept: dict[str, Kept] = {}


def register(kept: Kept) -> None:
    _kept[kept.key] = kept


def kinds() -> list[Kept]:
    return list(_kept.values())


def chosen() -> dict[str, Retention]:
    """What has an end, by kind."""
    return {row.kind: row for row in Retention.objects.all()}


@dataclass(frozen=True)
class Effect:
    """What a choice would delete now."""

    kept: Kept
    days: int
    older_than: datetime
    rows: int

    @property
    def is_floor(self) -> bool:
        return self.rows > COUNT_LIMIT

    @property
    def shown(self) -> int:
        return min(self.rows, COUNT_LIMIT)


def effects(wanted: Mapping[str, int]) -> list[Effect]:
    """What shorter terms than the present would delete the next night; nothing is written."""
    present = {kind: row.days for kind, row in chosen().items()}
    told = []
    for kept in kinds():
        days = wanted.get(kept.key, 0)
        if days and days != present.get(kept.key):
            before = now() - timedelta(days=days)
            told.append(Effect(kept, days, before, kept.count(before, COUNT_LIMIT + 1)))
    return told


@transaction.atomic
def keep_for(wanted: Mapping[str, int], *, actor: Actor) -> None:
    """Keep each kind for so many days; 0 is for ever."""
    problems = [
        Problem(f"/{kind}", _("This is not a term to choose."))
        for kind, days in wanted.items()
        if kind not in _kept or days not in CHOICES
    ]
    if problems:
        raise InvalidInput(problems)
    present = {kind: row.days for kind, row in chosen().items()}
    for kind, days in wanted.items():
        before = present.get(kind, 0)
        if days == before:
            continue
        if days:
            row, _made = Retention.objects.update_or_create(kind=kind, defaults={"days": days})
        else:
            row = Retention.objects.get(kind=kind)
            row.delete()
        record(actor, "updated", row, {"days": days}, before={"days": before})


def prune() -> int:
    """Delete what is older than it is kept; returns how many rows."""
    total = 0
    for kind, row in chosen().items():
        if kept := _kept.get(kind):
            rows = kept.prune(now() - timedelta(days=row.days))
            Retention.objects.filter(pk=row.pk).update(pruned_at=now(), pruned_rows=rows)
            if rows:
                record(SYSTEM, "pruned", row, {"rows": rows, "days": row.days})
            total += rows
    return total


def count_rows(table: str, column: str, before: datetime, most: int) -> int:
    with connection.cursor() as cursor:
        older = f"SELECT 1 FROM {table} WHERE {column} < %s LIMIT %s"
        cursor.execute(f"SELECT count(*) FROM ({older}) AS few", [before, most])
        return int(cursor.fetchone()[0])


def delete_rows(table: str, column: str, before: datetime) -> int:
    """In short transactions, the oldest first, so that nobody waits and a stop loses little."""
    total = 0
    while True:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(
                f"""WITH oldest AS (SELECT id, {column} AS at FROM {table} ORDER BY id LIMIT %s)
                    DELETE FROM {table} USING oldest WHERE {table}.id = oldest.id AND oldest.at < %s""",
                [STEP, before],
            )
            done: int = cursor.rowcount
        total += done
        if done < STEP:
            return total


def connect() -> None:
    table = AuditEntry._meta.db_table
    register(
        Kept(
            "audit",
            gettext_lazy("Audit log"),
            gettext_lazy("Who changed what, and who signed in from where."),
            lambda before, most: count_rows(table, "at", before, most),
            lambda before: delete_rows(table, "at", before),
        )
    )
