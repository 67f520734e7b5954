"""Who enters. Each automation reads the ledger, the events or the calendar in order, from where it stopped; the runs
and the new place are one transaction, so that each entry, exit, event and date makes somebody enter once or not at all.

Who does not enter: whoever the filter does not hold for, whoever meets the exit condition or has reached the goal
already, whoever is on her way, and whoever was in before and may not enter again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, assert_never

from django.db import connection, transaction

from crmseg.common import clock
from crmseg.common.problems import InvalidInput
from segments.engine import feed
from segments.models import LedgerEntry

from ..audience import bucket
from ..models import Automation, AutomationVersion, Run
from . import conditions, dates, load, looks, readings, reads, runner
from .schema import DateTrigger, EventTrigger, Journey, ListTrigger

AT_ONCE: Final = 500
LATE: Final = timedelta(hours=1)
"""Who is read of later than this (after a pause) begins when it is read; sooner, when it happened."""
State = Automation.State


@dataclass(frozen=True)
class Candidate:
    """Somebody whom the trigger named: why, as `Run.entry` says it, and when."""

    contact_id: int
    entry: str
    at: datetime


def enter_everywhere(now: datetime | None = None) -> int:
    """Let enter whoever is to; how many did."""
    active = list(Automation.objects.filter(state=State.ACTIVE).order_by("pk").values_list("pk", flat=True))
    if active:
        feed.number()
    return sum(enter(pk, now) for pk in active)


def enter(automation_id: int, now: datetime | None = None) -> int:
    entered = 0
    while (step := _step(automation_id, now or clock.now())) is not None:
        entered += step
    return entered


def _step(automation_id: int, now: datetime) -> int | None:
    """Some of those who are to enter; None when nothing is left to read."""
    with transaction.atomic():
        held = Automation.objects.select_for_update(skip_locked=True).filter(pk=automation_id, state=State.ACTIVE)
        automation = held.first()
        version = automation.live if automation else None
        if automation is None or version is None:
            return None
        try:
            journey = load.load(version.definition)
        except InvalidInput as error:
            runner.stop(automation, error)
            return None
        _look_at_moves(automation, journey, now)
        match journey.trigger:
            case ListTrigger():
                found = _from_ledger(automation, journey.trigger)
            case EventTrigger():
                found = _from_events(automation, journey.trigger, now)
            case DateTrigger():
                found = _from_dates(automation, journey.trigger, now)
            case _:
                assert_never(journey.trigger)
        return None if found is None else admit(automation, version, journey, found, now)


def _from_ledger(automation: Automation, trigger: ListTrigger) -> list[Candidate] | None:
    change = LedgerEntry.Change.LEFT if trigger.leaves else LedgerEntry.Change.ENTERED
    moves = LedgerEntry.objects.filter(segment_id=trigger.list, cursor__gt=automation.ledger_cursor).order_by("cursor")
    rows = list(moves.values_list("cursor", "contact_id", "at", "change", "quiet")[:AT_ONCE])
    if not rows:
        return None
    automation.ledger_cursor = rows[-1][0] or automation.ledger_cursor
    automation.save(update_fields=["ledger_cursor"])
    return [
        Candidate(contact_id, f"ledger:{cursor}", at)
        for cursor, contact_id, at, moved, quiet in rows
        if moved == change and not quiet
    ]


def _from_events(automation: Automation, trigger: EventTrigger, now: datetime) -> list[Candidate] | None:
    settled = readings.is_settled(automation)
    found = readings.unseen(automation, trigger.event, now, AT_ONCE)
    readings.note(automation, found)
    if len(found) < AT_ONCE and (moved := readings.move_up(automation, now, settled=settled)):
        automation.save(update_fields=moved)
    if not found:
        return None
    return [Candidate(contact_id, f"event:{event_id}", at) for event_id, contact_id, at in found]


def _from_dates(automation: Automation, trigger: DateTrigger, now: datetime) -> list[Candidate] | None:
    """Up to the last full quarter of an hour, at which everybody's time of day may come."""
    until, since = dates.quarter(now), automation.dates_until or now
    if until <= since:
        return None
    upto = min(until, since + dates.AT_ONCE)
    automation.dates_until = upto
    automation.save(update_fields=["dates_until"])
    return [Candidate(pk, f"date:{day.isoformat()}", at) for pk, day, at in dates.between(trigger, since, upto)]


def _look_at_moves(automation: Automation, journey: Journey, now: datetime) -> None:
    """Have those looked at who entered or left a list that the goal or the exit condition asks."""
    asked = [int(key.removeprefix("segment:")) for key in reads.watched(journey) if key.startswith("segment:")]
    if not asked:
        return
    after = automation.moves_cursor
    moves = LedgerEntry.objects.filter(segment_id__in=asked, cursor__gt=after).order_by("cursor")
    rows = list(moves.values_list("cursor", "contact_id")[: 10 * AT_ONCE])
    if rows:
        looks.note({contact_id for _cursor, contact_id in rows}, now)
        automation.moves_cursor = rows[-1][0] or after
        automation.save(update_fields=["moves_cursor"])


def admit(
    automation: Automation, version: AutomationVersion, journey: Journey, found: Sequence[Candidate], now: datetime
) -> int:
    """Write runs for those who may enter; how many. In the transaction that moved the place up to which was read."""
    first: dict[int, Candidate] = {}
    for one in found:
        first.setdefault(one.contact_id, one)
    asked = {"filter": journey.filter, "exit": journey.exit, "goal": journey.goal}
    held = conditions.hold(asked, list(first), now)
    last, busy = _before(automation, list(first), now)
    kept_out = held_out(automation.pk, list(first), journey.holdout)
    runs = []
    for pk, one in sorted(first.items()):
        holds = held.get(pk)
        if holds is None or holds["exit"] or holds["goal"] or (journey.filter is not None and not holds["filter"]):
            continue
        at = one.at if now - LATE <= one.at <= now else now
        if pk in busy or (pk in last and (journey.again_after is None or last[pk] + journey.again_after > at)):
            continue
        is_out = pk in kept_out
        runs.append(
            Run(
                automation=automation,
                version=version,
                contact_id=pk,
                entry=one.entry,
                entered_at=at,
                state=Run.State.HELD_OUT if is_out else Run.State.ACTIVE,
                held_out=is_out,
                step="" if is_out else journey.first,
                arrived_at=at,
                due_at=None if is_out else now,
                goal_until=at + journey.goal_within if journey.has_goal else None,
            )
        )
    # Two triggers of one automation cannot meet: its row is locked. The constraints hold whatever else may come.
    return len(Run.objects.bulk_create(runs, ignore_conflicts=True))


def _before(automation: Automation, ids: Sequence[int], now: datetime) -> tuple[dict[int, datetime], set[int]]:
    """When each entered last, and who is still on her way, or held out and measured."""
    last: dict[int, datetime] = {}
    busy: set[int] = set()
    runs = Run.objects.filter(automation=automation, contact_id__in=ids)
    for pk, at, state, until in runs.values_list("contact_id", "entered_at", "state", "goal_until"):
        last[pk] = max(last.get(pk, at), at)
        if state == Run.State.ACTIVE or (state == Run.State.HELD_OUT and until is not None and until > now):
            busy.add(pk)
    return last, busy


def held_out(automation_id: int, ids: Sequence[int], share: float) -> set[int]:
    """The same people however often they enter: by a number that a contact has in each automation."""
    if not share or not ids:
        return set()
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT id FROM unnest(%s::bigint[]) AS one (id) WHERE {bucket('id', seed(automation_id))} < %s",
            [list(ids), share],
        )
        return {pk for (pk,) in cursor.fetchall()}


def seed(automation_id: int) -> int:
    """Another one than those of campaigns, which are their ids, and of all of them, which is -1."""
    return -1_000 - automation_id
