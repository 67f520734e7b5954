"""Writing down what happened to a send, by whoever holds its lease."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, assert_never

from django.db import connection

from crmseg.common import clock

from ..models import Campaign, Send
from .lease import LENGTH_OF_ATTEMPT
from .outcome import Outcome, Verdict

State = Send.State
RETRY_AFTER = [timedelta(seconds=s) for s in (30, 120, 600, 1800, 3600, 3 * 3600, 6 * 3600, 12 * 3600)]
FREE = {"lease_until": None, "next_attempt_at": None}

# An uncertain row is one whose lease ended while the server was slow: the answer settles it.
_ANSWERED = """
    UPDATE campaigns_send
       SET state = %(state)s, reason = %(reason)s, sent_at = %(sent_at)s, event_due = %(event_due)s,
           next_attempt_at = %(next_attempt_at)s::timestamptz, lease_until = NULL,
           attempt_at = CASE WHEN %(state)s = 'queued' THEN NULL ELSE attempt_at END,
           lease_token = CASE WHEN %(state)s = 'queued' THEN NULL ELSE lease_token END
     WHERE id = %(answered)s AND lease_token = %(token)s AND state IN ('leased', 'uncertain')
"""
_BEGIN = """
    UPDATE campaigns_send
       SET attempt_at = %(now)s, lease_until = %(until)s, attempts = attempts + 1, message_id = %(message_id)s
     WHERE id = %(begun)s AND lease_token = %(token)s AND state = 'leased' AND attempt_at IS NULL
       AND EXISTS (SELECT FROM campaigns_campaign WHERE id = %(campaign)s AND state = 'sending')
    RETURNING id
"""


@dataclass(frozen=True)
class _Marks:
    """What an answer makes of a row."""

    state: Send.State
    reason: str = ""
    sent_at: datetime | None = None
    event_due: bool = False
    next_attempt_at: datetime | None = None


class Marker:
    """Marks the sends of one lease. The answer for one send and the beginning of the next are one statement."""

    def __init__(self, campaign: Campaign, token: uuid.UUID):
        self.campaign, self.token = campaign, token
        self.unmarked: dict[str, Any] | None = None

    def begin(self, send: Send, message_id: str) -> bool:
        """Say durably that the server is about to be asked. False: not ours any more, or the campaign was stopped."""
        now = clock.now()
        parameters: dict[str, Any] = {
            "token": self.token,
            "campaign": self.campaign.pk,
            "begun": send.pk,
            "message_id": message_id,
            "now": now,
            "until": now + LENGTH_OF_ATTEMPT,
        }
        with connection.cursor() as cursor:
            if self.unmarked is None:
                cursor.execute(_BEGIN, parameters)
            else:
                cursor.execute(f"WITH answered AS ({_ANSWERED}) {_BEGIN}", parameters | self.unmarked)
            begun = cursor.fetchone() is not None
        self.unmarked = None
        return begun

    def answered(self, send: Send, outcome: Outcome) -> None:
        """Keep the answer for the next `begin` or `flush`, whichever comes first."""
        self.flush()
        self.unmarked = {"answered": send.pk, "token": self.token, **vars(_marks(send, outcome))}

    def flush(self) -> None:
        if self.unmarked is not None:
            with connection.cursor() as cursor:
                cursor.execute(_ANSWERED, self.unmarked)
            self.unmarked = None


def _marks(send: Send, outcome: Outcome) -> _Marks:
    match outcome.verdict:
        case Verdict.SENT:
            return _Marks(State.SENT, sent_at=clock.now(), event_due=True)
        case Verdict.RETRY if send.attempts < len(RETRY_AFTER):
            return _Marks(State.QUEUED, outcome.reason, next_attempt_at=clock.now() + RETRY_AFTER[send.attempts])
        case Verdict.RETRY | Verdict.FAILED:
            return _Marks(State.FAILED, outcome.reason, event_due=True)
        case Verdict.UNCERTAIN:
            return _Marks(State.UNCERTAIN, outcome.reason)
    assert_never(outcome.verdict)


def sent_at_once(token: uuid.UUID, message_ids: dict[int, str]) -> list[int]:
    """Mark those of these sends (by id) as sent that are ours and still wanted; return which."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE campaigns_send AS send
               SET state = 'sent', sent_at = %(now)s, event_due = true, attempts = attempts + 1, reason = '',
                   message_id = given.message_id, lease_until = NULL, next_attempt_at = NULL
              FROM unnest(%(ids)s::bigint[], %(message_ids)s::text[]) AS given (id, message_id)
             WHERE send.id = given.id AND send.lease_token = %(token)s AND send.state = 'leased'
               AND EXISTS (
                   SELECT FROM campaigns_campaign AS campaign
                    WHERE campaign.id = send.campaign_id AND campaign.state = 'sending'
               )
            RETURNING send.id
            """,
            {"now": clock.now(), "token": token, "ids": [*message_ids], "message_ids": [*message_ids.values()]},
        )
        return [pk for (pk,) in cursor.fetchall()]


def skip(token: uuid.UUID, refused: dict[int, str]) -> None:
    """People who unsubscribed, were suppressed or deleted since the start. `refused`: reason by contact."""
    for reason in set(refused.values()):
        contacts = [pk for pk, why in refused.items() if why == reason]
        Send.objects.filter(lease_token=token, state=State.LEASED, contact_id__in=contacts).update(
            state=State.SKIPPED, reason=reason, **FREE
        )


def fail(token: uuid.UUID, reasons: dict[int, str]) -> None:
    """Sends whose message cannot be made, by id: no server was asked."""
    for pk, reason in reasons.items():
        Send.objects.filter(pk=pk, lease_token=token, state=State.LEASED, attempt_at=None).update(
            state=State.FAILED, event_due=True, reason=reason[:500], **FREE
        )


def in_trouble(campaign: Campaign, reason: str, wait: timedelta) -> None:
    Campaign.objects.filter(pk=campaign.pk).update(trouble=reason[:500], retry_at=clock.now() + wait)


def out_of_trouble(campaign: Campaign) -> None:
    if campaign.trouble or campaign.retry_at:
        Campaign.objects.filter(pk=campaign.pk).update(trouble="", retry_at=None)
