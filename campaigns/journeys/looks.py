"""Looks again at people in automations who moved: a goal reached, a condition to leave, an event that is waited for.

The engine tells us in the transaction in which it takes note of a change (`note`), with a row for each person we are
interested in; the rows leave in the transaction of the look. Entries and exits of lists that a goal or a condition asks
come from the ledger too, because a list that is built anew tells nobody else.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Final

from django.db import connection, transaction
from django.db.models import Q

from crmseg.common import clock
from segments.engine import companions

from .. import tasks
from ..models import Automation, Run
from . import goals, runner
from .schema import Journey

AT_ONCE: Final = 500
_NOTE = """
    INSERT INTO campaigns_runlook (contact_id, at)
    SELECT DISTINCT run.contact_id, %(now)s::timestamptz
      FROM campaigns_run AS run
     WHERE run.contact_id = ANY(%(ids)s::bigint[])
       AND (run.state = 'active' OR (run.goal_at IS NULL AND run.goal_until >= %(now)s))
"""
_TAKE = """
    DELETE FROM campaigns_runlook
     WHERE id IN (SELECT id FROM campaigns_runlook ORDER BY id LIMIT %s FOR UPDATE SKIP LOCKED)
    RETURNING contact_id
"""


def connect() -> None:
    companions.register("automations", after=_moved, due=_never)


def _moved(moved: companions.Keys, now: datetime) -> companions.Keys:
    if note(list(moved), now):
        tasks.ring_people()
    return {}


def _never(contact_ids: Sequence[int]) -> Mapping[int, datetime]:
    return {}


def note(contact_ids: Collection[int], now: datetime) -> int:
    """Have those of these looked at again who are in an automation, or are measured by one."""
    if not contact_ids:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(_NOTE, {"ids": list(contact_ids), "now": now})
        return int(cursor.rowcount)


def look(now: datetime | None = None) -> int:
    """Look at everybody who was noted; how many runs were looked at."""
    looked, journeys = 0, dict[int, Journey]()
    while (step := _step(now or clock.now(), journeys)) is not None:
        looked += step
    return looked


@transaction.atomic
def _step(now: datetime, journeys: dict[int, Journey]) -> int | None:
    with connection.cursor() as cursor:
        cursor.execute(_TAKE, [AT_ONCE])
        ids = {pk for (pk,) in cursor.fetchall()}
    if not ids:
        return None
    wanted = Q(state=Run.State.ACTIVE) | Q(goal_at=None, goal_until__gte=now)
    states = [Automation.State.ACTIVE, Automation.State.PAUSED]
    runs = Run.objects.filter(wanted, contact_id__in=ids, automation__state__in=states).order_by("pk")
    by_version: dict[int, list[Run]] = {}
    for run in runs.select_for_update(of=("self",)):
        by_version.setdefault(run.version_id, []).append(run)
    for same in by_version.values():
        try:
            journey = runner.journey_of(same[0], journeys)
        except runner.Unreadable as error:
            runner.stop(error.automation, error.problem)
            continue
        waiting = [run.pk for run in goals.sift(journey, same, now) if run.waits_for]
        # Whether it happened is asked at the step, which says too what follows.
        Run.objects.filter(pk__in=waiting).update(due_at=now)
    return sum(map(len, by_version.values()))
