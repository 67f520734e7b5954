"""What was done for one person, and what became of what it handed over."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ..models import HookCall, Run, Send, StepDone


@dataclass(frozen=True)
class Row:
    """One step done. `send` and `call` are what became of what it handed over."""

    visit: int
    step: str
    kind: str
    arrived_at: datetime
    at: datetime
    outcome: str
    details: dict[str, Any]
    send: Send | None
    call: HookCall | None


def of_run(run: Run) -> list[Row]:
    """In the order in which it was done. Three statements."""
    done = list(StepDone.objects.filter(run=run).order_by("visit"))
    ids = [one.pk for one in done]
    sends = {send.occasion: send for send in Send.objects.filter(contact_id=run.contact_id, occasion__in=ids)}
    calls = {call.done_id: call for call in HookCall.objects.filter(done__in=ids)}
    return [_row(one, sends.get(one.pk), calls.get(one.pk)) for one in done]


def _row(done: StepDone, send: Send | None, call: HookCall | None) -> Row:
    return Row(done.visit, done.step, done.kind, done.arrived_at, done.at, done.outcome, done.details, send, call)
