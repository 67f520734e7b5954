"""What each kind of step does to some people who are at it, in the transaction that moves them on.

Somebody either stays, to be looked at again at an instant, or goes on with an outcome. Messages and calls are rows that
others deliver: the row, the trace and the new place are written together or not at all.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, assert_never

from django.db import transaction

from contacts import services as contacts
from contacts.models import Contact
from crmseg.common.actor import Actor
from crmseg.common.problems import InvalidInput
from segments import services as lists

from .. import audience, tasks
from ..models import Campaign, HookCall, Run
from . import conditions, timing
from .schema import (
    Branch,
    CreateTask,
    End,
    Hook,
    MoveInList,
    Send,
    SetValue,
    Step,
    Wait,
    WaitForEvent,
    WaitUntil,
)


@dataclass(frozen=True)
class Stay:
    """`waits_for` names the event that is waited for."""

    until: datetime
    waits_for: str = ""


@dataclass(frozen=True)
class Go:
    """On to the step `to` ("" is the end). `at` is when that was so."""

    to: str
    outcome: str
    at: datetime
    details: dict[str, Any] = field(default_factory=dict)


Move = Stay | Go


def perform(
    step: Step, runs: Sequence[Run], numbers: Mapping[int, int], now: datetime, actor: Actor
) -> dict[int, Move]:
    """By run, what becomes of it. `numbers` are, by run, those of the trace rows, if they go on."""
    match step:
        case Wait():
            return {run.pk: _wait(step, run, now) for run in runs}
        case WaitUntil():
            return _wait_until(step, runs, now)
        case WaitForEvent():
            return _wait_for_event(step, runs, now)
        case Branch():
            return _branch(step, runs, now)
        case Send():
            return _send(step, runs, numbers, now)
        case SetValue():
            return {run.pk: _set(step, run, now, actor) for run in runs}
        case MoveInList():
            return _move(step, runs, now, actor)
        case CreateTask():
            return {run.pk: _create_task(step, run, now, actor) for run in runs}
        case Hook():
            return _call(step, runs, numbers, now)
        case End():
            return {run.pk: Go("", "ended", now) for run in runs}
    assert_never(step)


def _wait(step: Wait, run: Run, now: datetime) -> Move:
    until = run.arrived_at + step.span
    return Go(step.next, "waited", until) if until <= now else Stay(until)


def _wait_until(step: WaitUntil, runs: Sequence[Run], now: datetime) -> dict[int, Move]:
    zones: dict[int, str | None] = {}
    if step.zone == "contact":
        people = Contact.objects.filter(pk__in=[run.contact_id for run in runs])
        zones = dict(people.values_list("pk", "time_zone"))
    found: dict[int, Move] = {}
    for run in runs:
        zone = timing.zone_of(zones.get(run.contact_id))
        until = timing.next_moment(step.at, step.weekdays, zone, run.arrived_at)
        found[run.pk] = Go(step.next, "waited", until) if until <= now else Stay(until)
    return found


def _wait_for_event(step: WaitForEvent, runs: Sequence[Run], now: datetime) -> dict[int, Move]:
    ends = {run.pk: run.arrived_at + step.span for run in runs}
    waiting = [(run.pk, run.contact_id, run.arrived_at, min(now, ends[run.pk])) for run in runs]
    came = conditions.happened(step.event, waiting)
    found: dict[int, Move] = {}
    for run in runs:
        if run.pk in came:
            found[run.pk] = Go(step.yes, "happened", came[run.pk])
        elif ends[run.pk] <= now:
            found[run.pk] = Go(step.no, "did_not_happen", ends[run.pk])
        else:
            found[run.pk] = Stay(ends[run.pk], step.event.event)
    return found


def _branch(step: Branch, runs: Sequence[Run], now: datetime) -> dict[int, Move]:
    held = conditions.hold({"yes": step.condition}, [run.contact_id for run in runs], now)
    return {
        run.pk: Go(step.yes, "yes", now) if held.get(run.contact_id, {}).get("yes") else Go(step.no, "no", now)
        for run in runs
    }


def _send(step: Send, runs: Sequence[Run], numbers: Mapping[int, int], now: datetime) -> dict[int, Move]:
    campaign = Campaign.objects.get(pk=step.campaign)
    if campaign.state == Campaign.State.CANCELLED:
        return {run.pk: Go(step.next, "skipped", now, {"reason": "cancelled"}) for run in runs}
    became = audience.ask(campaign, {run.contact_id: numbers[run.pk] for run in runs})
    tasks.ring(campaign.pk)
    found: dict[int, Move] = {}
    for run in runs:
        outcome = became.get(run.contact_id, "deleted")
        details = {"campaign": step.campaign} | ({} if outcome == "queued" else {"reason": outcome})
        found[run.pk] = Go(step.next, "sent" if outcome == "queued" else "skipped", now, details)
    return found


def _set(step: SetValue, run: Run, now: datetime, actor: Actor) -> Move:
    try:
        with transaction.atomic():
            contacts.update_contact(run.contact_id, data=step.data, actor=actor)
    except InvalidInput as error:
        return Go(step.next, "refused", now, {"reason": str(error.problems[0].message)})
    return Go(step.next, "done", now)


def _move(step: MoveInList, runs: Sequence[Run], now: datetime, actor: Actor) -> dict[int, Move]:
    ids, cause = [run.contact_id for run in runs], f"automation:{runs[0].automation_id}"
    try:
        with transaction.atomic():
            if step.enters:
                lists.add_members(step.list, ids, actor=actor, cause=cause)
            else:
                lists.remove_members(step.list, ids, actor=actor, cause=cause)
    except InvalidInput as error:
        return {run.pk: Go(step.next, "refused", now, {"reason": str(error.problems[0].message)}) for run in runs}
    return {run.pk: Go(step.next, "done", now) for run in runs}


def _create_task(step: CreateTask, run: Run, now: datetime, actor: Actor) -> Move:
    due = now + step.due_in if step.due_in else None
    given: dict[str, Any] = {"note": step.note, "due_at": due, "source": f"automation:{run.automation_id}"}
    try:
        with transaction.atomic():
            task = contacts.create_task(run.contact_id, step.title, owner=step.owner, actor=actor, **given)
    except InvalidInput:
        # Whoever it was for is gone: somebody else will take it.
        task = contacts.create_task(run.contact_id, step.title, actor=actor, **given)
    return Go(step.next, "done", now, {"task": task.pk})


def _call(step: Hook, runs: Sequence[Run], numbers: Mapping[int, int], now: datetime) -> dict[int, Move]:
    HookCall.objects.bulk_create(
        HookCall(
            done_id=numbers[run.pk],
            contact_id=run.contact_id,
            url=step.url,
            body={"automation": run.automation_id, "run": run.pk, "step": step.id, "entered_at": run.entered_at},
            next_attempt_at=now,
        )
        for run in runs
    )
    return {run.pk: Go(step.next, "called", now) for run in runs}
