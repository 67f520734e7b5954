"""Moves people on. The rows own the work: some runs at the same step are locked, what the step does to them, the trace
and their new place are one transaction, and whoever is killed in between has done nothing.

Before every step those who reached the goal, should leave, or are gone, end. Whoever holds the locks works; others pass
by (SKIP LOCKED). What fails for some is tried for each alone, so that one person stops nobody else.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from django.db import InterfaceError, OperationalError, connection, transaction
from django.db.models import QuerySet

from crmseg.access import audit
from crmseg.common import clock
from crmseg.common.actor import SYSTEM, Actor
from crmseg.common.problems import InvalidInput

from ..models import Automation, Run, StepDone
from . import goals, load, steps
from .schema import Journey, Step

AT_ONCE: Final = 200
RETRY_AFTER: Final = [timedelta(seconds=s) for s in (10, 60, 300, 1800, 7200)]
State = Run.State
logger = logging.getLogger(__name__)


def work(now: datetime | None = None, *, at_most: int | None = None) -> int:
    """Do what is due, step by step; how many steps or looks were done."""
    done, journeys = 0, dict[int, Journey]()
    while at_most is None or done < at_most:
        moved = _batch(now or clock.now(), journeys)
        if not moved:
            break
        done += moved
    return done


def due(now: datetime) -> QuerySet[Run]:
    ready = Run.objects.filter(state=State.ACTIVE, due_at__lte=now, automation__state=Automation.State.ACTIVE)
    return ready.select_related("automation", "version").order_by("due_at", "id")


def _batch(now: datetime, journeys: dict[int, Journey]) -> int:
    group: list[Run] = []
    try:
        with transaction.atomic():
            group = _take(now)
            if group:
                _work_on(group, now, journeys)
    except (OperationalError, InterfaceError):
        raise  # the database is away, or somebody was in the way: the rows are as they were
    except Unreadable as error:
        stop(error.automation, error.problem)
    except Exception:
        logger.exception("A step failed for %s people at once; each is tried alone.", len(group))
        for run in group:
            _alone(run.pk, now, journeys)
    return len(group)


def _take(now: datetime) -> list[Run]:
    """Some runs that are due and at the same step, in the order of their contacts."""
    free = due(now).select_for_update(of=("self",), skip_locked=True)
    first = free.first()
    if first is None:
        return []
    same = free.filter(version=first.version_id, step=first.step).exclude(pk=first.pk)
    return sorted([first, *same[: AT_ONCE - 1]], key=lambda run: run.contact_id)


def _work_on(runs: Sequence[Run], now: datetime, journeys: dict[int, Journey]) -> None:
    journey = journey_of(runs[0], journeys)
    going = goals.sift(journey, runs, now)
    step = journey.steps.get(runs[0].step)
    if step is None:
        _save([_end(run, State.FINISHED, "", now) for run in going])
    elif going:
        _do(step, going, now, actor_of(runs[0].automation))


def _do(step: Step, runs: Sequence[Run], now: datetime, actor: Actor) -> None:
    numbers, kind = _numbers(runs), str((runs[0].version.step(step.id) or {}).get("kind", ""))
    moves = steps.perform(step, runs, numbers, now, actor)
    trace = []
    for run in runs:
        match moves[run.pk]:
            case steps.Stay(until, waits_for):
                run.due_at, run.waits_for = until, waits_for
            case steps.Go(to, outcome, at, details):
                trace.append(
                    StepDone(
                        pk=numbers[run.pk],
                        run=run,
                        visit=run.visit + 1,
                        step=run.step,
                        kind=kind,
                        arrived_at=run.arrived_at,
                        at=now,
                        outcome=outcome,
                        details=details,
                    )
                )
                run.visit += 1
                run.step, run.arrived_at, run.due_at, run.waits_for = to, max(at, run.arrived_at), now, ""
                run.attempts, run.trouble = 0, ""
                if not to:
                    _end(run, State.FINISHED, "", now)
    # The calls that some steps ask for point to the trace; they are checked when all is written.
    StepDone.objects.bulk_create(trace)
    _save(runs)


def _numbers(runs: Sequence[Run]) -> dict[int, int]:
    """A number for the trace of each, known before it is written: what a step writes elsewhere points to it."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence('campaigns_stepdone', 'id')) FROM generate_series(1, %s)",
            [len(runs)],
        )
        return {run.pk: number for run, (number,) in zip(runs, cursor.fetchall(), strict=True)}


def _end(run: Run, state: Run.State, reason: str, now: datetime) -> Run:
    run.state, run.exit_reason, run.ended_at, run.due_at, run.waits_for = state, reason, now, None, ""
    return run


_MOVED: Final = [
    *("state", "exit_reason", "ended_at", "due_at", "waits_for"),
    *("visit", "step", "arrived_at", "attempts", "trouble"),
]


def _save(runs: Sequence[Run]) -> None:
    Run.objects.bulk_update(runs, _MOVED, batch_size=500)


def _alone(run_id: int, now: datetime, journeys: dict[int, Journey]) -> None:
    try:
        with transaction.atomic():
            run = due(now).select_for_update(of=("self",), skip_locked=True).filter(pk=run_id).first()
            if run is not None:
                _work_on([run], now, journeys)
    except (OperationalError, InterfaceError):
        raise
    except Exception as error:
        logger.warning("Run %s: %s", run_id, error)
        _trouble(run_id, f"{type(error).__name__}: {error}"[:500], now)


def _trouble(run_id: int, said: str, now: datetime) -> None:
    with transaction.atomic():
        run = Run.objects.select_for_update().filter(pk=run_id, state=State.ACTIVE).first()
        if run is None:
            return
        run.trouble = said
        if run.attempts < len(RETRY_AFTER):
            run.due_at, run.attempts = now + RETRY_AFTER[run.attempts], run.attempts + 1
        else:
            _end(run, State.FAILED, "failed", now)
        _save([run])


class Unreadable(Exception):
    """A definition that somebody follows names what is no longer there."""

    def __init__(self, automation: Automation, problem: InvalidInput):
        self.automation, self.problem = automation, problem


def journey_of(run: Run, journeys: dict[int, Journey]) -> Journey:
    if run.version_id not in journeys:
        try:
            journeys[run.version_id] = load.load(run.version.definition)
        except InvalidInput as error:
            raise Unreadable(run.automation, error) from error
    return journeys[run.version_id]


@transaction.atomic
def stop(automation: Automation, problem: InvalidInput) -> None:
    """What somebody is on can no longer be read: everybody waits until a person has looked."""
    stopped = Automation.objects.filter(pk=automation.pk, state=Automation.State.ACTIVE).update(
        state=Automation.State.PAUSED, trouble=str(problem)[:500]
    )
    if stopped:
        audit.record(SYSTEM, "paused", automation, {"trouble": str(problem)[:500]})


def actor_of(automation: Automation) -> Actor:
    """As histories name it."""
    return Actor("system", automation.name)
