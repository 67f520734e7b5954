"""Who reached the goal, who leaves early, and who is gone: asked before every step, and when somebody moved.

Whether somebody reached the goal is looked for equally long after she entered, whether she is still on her way, has
come to the end, or is held out: only so can those held out be compared with the others.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from ..models import Run
from . import conditions
from .schema import Journey

State = Run.State


def sift(journey: Journey, runs: Sequence[Run], now: datetime) -> list[Run]:
    """Those who go on. The others are ended, and saved."""
    held = conditions.hold({"goal": journey.goal, "exit": journey.exit}, [run.contact_id for run in runs], now)
    reached = _reached(journey, [run for run in runs if run.goal_at is None], held, now)
    going, moved = [], []
    for run in runs:
        is_new = run.pk in reached
        if is_new:
            run.goal_at = reached[run.pk]
        if run.state == State.ACTIVE:
            if run.contact_id not in held:
                _end(run, State.LEFT, "deleted", now)
            elif is_new:
                _end(run, State.GOAL, "goal", now)
            elif held[run.contact_id]["exit"]:
                _end(run, State.LEFT, "exit", now)
            else:
                going.append(run)
        if is_new or run.state != State.ACTIVE:
            moved.append(run)
    Run.objects.bulk_update(
        moved, ["state", "exit_reason", "ended_at", "due_at", "waits_for", "goal_at"], batch_size=500
    )
    return going


def _reached(
    journey: Journey, runs: Sequence[Run], held: dict[int, dict[str, bool]], now: datetime
) -> dict[int, datetime]:
    """When those reached the goal who had not before, while it is looked for."""
    if not journey.has_goal:
        return {}
    found: dict[int, datetime] = {}
    if journey.goal_event is not None:
        waiting = [(run.pk, run.contact_id, run.entered_at, min(now, run.goal_until or now)) for run in runs]
        found = conditions.happened(journey.goal_event, waiting)
    if journey.goal is not None:
        for run in runs:
            in_time = run.goal_until is None or now <= run.goal_until
            if in_time and run.pk not in found and held.get(run.contact_id, {}).get("goal"):
                found[run.pk] = now
    return found


def _end(run: Run, state: Run.State, reason: str, now: datetime) -> None:
    run.state, run.exit_reason, run.ended_at, run.due_at, run.waits_for = state, reason, now, None, ""
