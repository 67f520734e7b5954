"""Calls the services that steps asked for. A row is leased, the service called outside any transaction, the row marked.

A lease that ends before the service began to be asked is taken by others; one that ends after it leaves the call
uncertain: whether the service took it nobody knows, and it is not called again by itself. `Idempotency-Key` is the same
for every attempt; the signature is that of the channel webhook. Private addresses are refused, redirects not followed.
"""

from __future__ import annotations

import json
import uuid
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
AT_ONCE: Final = 20
RETRY_AFTER: Final = [timedelta(seconds=s) for s in (30, 120, 600, 3600, 6 * 3600)]
LONGEST_ANSWER: Final = 300
State = HookCall.State


def deliver_due(now: datetime | None = None) -> int:
    """Make the calls that are due; how many were made."""
    made = 0
    recover(now or clock.now())
    while calls := _take(now or clock.now()):
        for call in calls:
            _deliver(call)
            made += 1
    return made


def recover(now: datetime) -> None:
    """Leases whose holder is gone."""
    ended = HookCall.objects.filter(state=State.LEASED, lease_until__lt=now)
    ended.filter(begun_at=None).update(state=State.QUEUED, lease_token=None, lease_until=None)
    ended.exclude(begun_at=None).update(state=State.UNCERTAIN, lease_until=None, ended_at=now)


@transaction.atomic
def _take(now: datetime) -> list[HookCall]:
    free = HookCall.objects.select_for_update(skip_locked=True).filter(state=State.QUEUED, next_attempt_at__lte=now)
    calls = list(free.order_by("next_attempt_at", "id")[:AT_ONCE])
    token = uuid.uuid4()
    for call in calls:
        call.state, call.lease_token, call.lease_until, call.begun_at = State.LEASED, token, now + LEASE, None
    HookCall.objects.bulk_update(calls, ["state", "lease_token", "lease_until", "begun_at"])
    return calls


def _deliver(call: HookCall) -> None:
    ours = HookCall.objects.filter(pk=call.pk, lease_token=call.lease_token, state=State.LEASED)
    begun = clock.now()
    if not ours.filter(begun_at=None).update(begun_at=begun, lease_until=begun + LEASE, attempts=call.attempts + 1):
        return
    answer, state, again = _ask(call)
    if again and call.attempts < len(RETRY_AFTER):
        ours.update(
            state=State.QUEUED,
            answer=answer,
            next_attempt_at=clock.now() + RETRY_AFTER[call.attempts],
            lease_token=None,
            lease_until=None,
            begun_at=None,
        )
    else:
        ours.update(state=state, answer=answer, lease_until=None, ended_at=clock.now())


def _ask(call: HookCall) -> tuple[str, HookCall.State, bool]:
    """What was answered, what that makes of the call, and whether it is worth asking again."""
    body = json.dumps(payload(call), cls=DjangoJSONEncoder).encode()
    headers = {
        "Content-Type": "application/json",
        "Idempotency-Key": f"automation-{call.done_id}",
        "X-Crmseg-Signature": webhook.signature(body, int(clock.now().timestamp())),
    }
    bounds: dict[str, Any] = {"timeout": webhook.TIMEOUT, "largest": webhook.LARGEST_ANSWER}
    try:
        answer = net.post(call.url, body, headers=headers, allow_private=settings.ALLOW_PRIVATE_WEBHOOKS, **bounds)
    except net.Refused as error:
        return str(error)[:LONGEST_ANSWER], State.FAILED, False
    except net.NoAnswer as error:
        return str(error)[:LONGEST_ANSWER], State.UNCERTAIN, False
    except net.Unreachable as error:
        return str(error)[:LONGEST_ANSWER], State.FAILED, True
    said = f"{answer.status} {answer.body[:LONGEST_ANSWER].decode(errors='replace')}".replace("\x00", "")
    if answer.ok:
        return said[:LONGEST_ANSWER], State.SENT, False
    again = answer.status in webhook.AGAIN or answer.status >= 500
    return said[:LONGEST_ANSWER], State.FAILED, again


def payload(call: HookCall) -> dict[str, Any]:
    """What the service is told: where in which automation, and who it is about as she is now."""
    contact = Contact.objects.select_related("company").filter(pk=call.contact_id).first()
    return {**call.body, "contact": webhook.plain(person.of(contact)) if contact else {"id": call.contact_id}}
