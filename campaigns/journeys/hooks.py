"""Calls the services that steps asked for. A row is leased, the service called outside any transaction, the row marked.

A lease that ends before the service began to be asked is taken by others; one that ends after it leaves the call
uncertain: whether the service took it nobody knows, and it is not called again by itself. `Idempotency-Key` is the same
for every attempt; the signature is that of the channel webhook. Private addresses are refused, redirects not followed.
"""

from __future__ import annotations

import contextvars
import json
import math
import time
import uuid
from collections.abc import Sequence
from concurrent.futures import Executor, ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import transaction

from contacts.models import Contact
from crmseg.common import clock, net

from ..channels import webhook
from ..content import person
from ..models import HookCall

LEASE: Final = timedelta(seconds=60)
AT_ONCE: Final = 8
"""So many calls are under way at a time, whoever makes them: a slow service keeps no other work waiting."""
RETRY_AFTER: Final = [timedelta(seconds=s) for s in (30, 120, 600, 3600, 6 * 3600)]
LEFT_ALONE: Final = timedelta(seconds=60)
"""A service that does not answer is left alone so long: its other calls would keep those of other services waiting."""
LONGEST_ANSWER: Final = 300
State = HookCall.State


def deliver_due(now: datetime | None = None, *, stint: float = math.inf) -> bool:
    """Make the calls that are due, for about so many seconds; whether more are due."""
    end = time.monotonic() + stint
    recover(now or clock.now())
    with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="calls") as pool:
        while calls := _take(now or clock.now()):
            _deliver(calls, pool)
            if time.monotonic() > end:
                return True
    return False


def recover(now: datetime) -> None:
    """Leases whose holder is gone."""
    ended = HookCall.objects.filter(state=State.LEASED, lease_until__lt=now)
    ended.filter(begun_at=None).update(state=State.QUEUED, lease_token=None, lease_until=None)
    ended.exclude(begun_at=None).update(state=State.UNCERTAIN, lease_until=None, ended_at=now)


@transaction.atomic
def _take(now: datetime) -> list[HookCall]:
    """What is due for the longest time, as far as not enough is under way."""
    busy = HookCall.objects.filter(state=State.LEASED, lease_until__gte=now).count()
    free = HookCall.objects.select_for_update(skip_locked=True).filter(state=State.QUEUED, next_attempt_at__lte=now)
    calls = list(free.order_by("next_attempt_at", "id")[: max(AT_ONCE - busy, 0)])
    token = uuid.uuid4()
    for call in calls:
        call.state, call.lease_token, call.lease_until, call.begun_at = State.LEASED, token, now + LEASE, None
    HookCall.objects.bulk_update(calls, ["state", "lease_token", "lease_until", "begun_at"])
    return calls


def _deliver(calls: Sequence[HookCall], pool: Executor) -> None:
    """All at once: the threads touch no database, and each answer is kept as soon as it comes."""
    asked = {}
    for call in calls:
        begun, told = clock.now(), json.dumps(payload(call), cls=DjangoJSONEncoder).encode()
        free = HookCall.objects.filter(pk=call.pk, lease_token=call.lease_token, state=State.LEASED, begun_at=None)
        if free.update(begun_at=begun, lease_until=begun + LEASE, attempts=call.attempts + 1):
            asked[pool.submit(contextvars.copy_context().run, _ask, call, told)] = call
    for answered in as_completed(asked):
        _keep(asked[answered], answered.result())


def _keep(call: HookCall, answer: Answer) -> None:
    ours = HookCall.objects.filter(pk=call.pk, lease_token=call.lease_token, state=State.LEASED)
    now = clock.now()
    if answer.again and call.attempts < len(RETRY_AFTER):
        again = now + RETRY_AFTER[call.attempts]
        free = {"lease_token": None, "lease_until": None, "begun_at": None}
        ours.update(state=State.QUEUED, answer=answer.said, next_attempt_at=again, **free)
    else:
        ours.update(state=answer.state, answer=answer.said, lease_until=None, ended_at=now)
    if answer.is_away:
        others = HookCall.objects.filter(url=call.url, state=State.QUEUED, next_attempt_at__lt=now + LEFT_ALONE)
        others.update(next_attempt_at=now + LEFT_ALONE)


@dataclass(frozen=True)
class Answer:
    """What was said, what that makes of the call, whether it is worth asking again, and whether nobody answered."""

    said: str
    state: HookCall.State
    again: bool = False
    is_away: bool = False


def _ask(call: HookCall, body: bytes) -> Answer:
    headers = {
        "Content-Type": "application/json",
        "Idempotency-Key": f"automation-{call.done_id}",
        "X-Crmseg-Signature": webhook.signature(body, int(clock.now().timestamp())),
    }
    bounds: dict[str, Any] = {"timeout": webhook.TIMEOUT, "largest": webhook.LARGEST_ANSWER}
    try:
        answer = net.post(call.url, body, headers=headers, allow_private=settings.ALLOW_PRIVATE_WEBHOOKS, **bounds)
    except net.Refused as error:
        return Answer(str(error)[:LONGEST_ANSWER], State.FAILED)
    except net.NoAnswer as error:
        return Answer(str(error)[:LONGEST_ANSWER], State.UNCERTAIN, is_away=True)
    except net.Unreachable as error:
        return Answer(str(error)[:LONGEST_ANSWER], State.FAILED, again=True, is_away=True)
    said = f"{answer.status} {answer.body[:LONGEST_ANSWER].decode(errors='replace')}".replace("\x00", "")
    if answer.ok:
        return Answer(said[:LONGEST_ANSWER], State.SENT)
    again = answer.status in webhook.AGAIN or answer.status >= 500
    return Answer(said[:LONGEST_ANSWER], State.FAILED, again)


def payload(call: HookCall) -> dict[str, Any]:
    """What the service is told: where in which automation, and who it is about as she is now."""
    contact = Contact.objects.select_related("company").filter(pk=call.contact_id).first()
    return {**call.body, "contact": webhook.plain(person.of(contact)) if contact else {"id": call.contact_id}}
