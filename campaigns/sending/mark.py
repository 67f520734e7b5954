"""Writing down what happened to a send, by whoever holds its lease."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, assert_never

from django.db import InterfaceError, OperationalError, connection

from crmseg.common import clock

from ..models import Campaign, Send
from .lease import LENGTH_OF_ATTEMPT, Lease
from .outcome import Outcome, Verdict

State = Send.State
RETRY_AFTER = [timedelta(seconds=s) for s in (30, 120, 600, 1800, 3600, 3 * 3600, 6 * 3600, 12 * 3600)]
FREE = {"lease_until": None, "next_attempt_at": None}

# An uncertain row is one whose lease ended while the server was slow: the answer settles it.
_ANSWERED = """
    UPDATE campaigns_send AS send
       SET state = given.state, reason = given.reason, sent_at = given.sent_at, event_due = given.event_due,
           provider_id = given.provider_id, next_attempt_at = given.next_attempt_at, lease_until = NULL,
           attempt_at = CASE WHEN given.state = 'queued' THEN NULL ELSE send.attempt_at END,
           lease_token = CASE WHEN given.state = 'queued' THEN NULL ELSE send.lease_token END
      FROM unnest(
               %(answered)s::bigint[], %(state)s::text[], %(reason)s::text[], %(sent_at)s::timestamptz[],
               %(event_due)s::boolean[], %(next_attempt_at)s::timestamptz[], %(provider_id)s::text[]
           ) AS given (id, state, reason, sent_at, event_due, next_attempt_at, provider_id)
     WHERE send.id = given.id AND send.lease_token = %(token)s AND send.state IN ('leased', 'uncertain')
"""
_BEGIN = """
    UPDATE campaigns_send AS send
       SET attempt_at = %(now)s, lease_until = %(until)s, attempts = attempts + 1, message_id = given.message_id
      FROM unnest(%(begun)s::bigint[], %(message_ids)s::text[]) AS given (id, message_id)
     WHERE send.id = given.id AND send.lease_token = %(token)s AND send.state = 'leased' AND send.attempt_at IS NULL
       AND EXISTS (SELECT FROM campaigns_campaign WHERE id = %(campaign)s AND state = 'sending')
    RETURNING send.id
"""
_UNBEGIN = """
    UPDATE campaigns_send SET attempt_at = NULL, attempts = attempts - 1
     WHERE id = ANY(%(begun)s) AND lease_token = %(token)s AND state = 'leased' AND attempt_at = %(now)s
"""
PATIENCE = 60


@dataclass(frozen=True)
class _Marks:
    """What an answer makes of a row."""

    state: Send.State
    reason: str = ""
    sent_at: datetime | None = None
    event_due: bool = False
    next_attempt_at: datetime | None = None
    provider_id: str = ""


class Marker:
    """Marks the sends of one lease, some at a time: those that are on their way at once.

    The answers for some and the beginning of the next are one statement.
    """

    def __init__(self, campaign: Campaign, token: uuid.UUID):
        self.campaign, self.token = campaign, token
        self.unmarked: dict[str, Any] | None = None
        self.unasked: dict[str, Any] | None = None
        """What may have been marked as begun by a statement that never came back: nobody was asked for it."""

    def begin(self, message_ids: Mapping[int, str]) -> set[int]:
        """Say durably that the server is about to be asked for these sends (by id); return for which it may be.

        The others are not ours any more, or the campaign was stopped.
        """
        now = clock.now()
        self.unasked = {"begun": [*message_ids], "token": self.token, "now": now}
        parameters: dict[str, Any] = {
            "token": self.token,
            "campaign": self.campaign.pk,
            "begun": [*message_ids],
            "message_ids": [*message_ids.values()],
            "now": now,
            "until": now + LENGTH_OF_ATTEMPT,
        }
        with connection.cursor() as cursor:
            if self.unmarked is None:
                cursor.execute(_BEGIN, parameters)
            else:
                cursor.execute(f"WITH answered AS ({_ANSWERED}) {_BEGIN}", parameters | self.unmarked)
            begun = {pk for (pk,) in cursor.fetchall()}
        self.unmarked = self.unasked = None
        return begun

    def answered(self, outcomes: Sequence[tuple[Send, Outcome]]) -> None:
        """Keep the answers for the next `begin` or `flush`, whichever comes first."""
        self.flush()
        marks = [vars(_marks(send, outcome)) for send, outcome in outcomes]
        if marks:
            columns = {name: [row[name] for row in marks] for name in marks[0]}
            self.unmarked = {"answered": [send.pk for send, _outcome in outcomes], "token": self.token, **columns}

    def settle(self) -> None:
        """At the end, whatever happened: what is known is written down, though the database be away for a while."""
        _patiently(self.flush)
        if self.unasked is not None:
            _patiently(self._unbegin)

    def _unbegin(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute(_UNBEGIN, self.unasked)
        self.unasked = None

    def is_stopped(self) -> bool:
        return not Campaign.objects.filter(pk=self.campaign.pk, state=Campaign.State.SENDING).exists()

    def flush(self) -> None:
        if self.unmarked is not None:
            with connection.cursor() as cursor:
                cursor.execute(_ANSWERED, self.unmarked)
            self.unmarked = None


def _patiently(work: Callable[[], None]) -> None:
    """Also after the database was started again."""
    for left in range(PATIENCE, 0, -1):
        try:
            return work()
        except (OperationalError, InterfaceError):
            if left == 1 or connection.in_atomic_block:
                raise
            connection.close()
            time.sleep(1)


def _marks(send: Send, outcome: Outcome) -> _Marks:
    now = clock.now()
    match outcome.verdict:
        case Verdict.SENT:
            return _Marks(State.SENT, sent_at=now, event_due=True, provider_id=outcome.provider_id)
        case Verdict.RETRY if send.attempts < len(RETRY_AFTER):
            return _Marks(State.QUEUED, outcome.reason, next_attempt_at=now + RETRY_AFTER[send.attempts])
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


def skip(taken: Lease, refused: dict[int, str]) -> None:
    """People who unsubscribed, were suppressed or deleted since the start. `refused`: reason by contact."""
    for reason in set(refused.values()):
        ids = [send.pk for send in taken.sends if refused.get(send.contact_id) == reason]
        taken.unbegun().filter(pk__in=ids).update(state=State.SKIPPED, reason=reason, **FREE)


def wait(taken: Lease, until: dict[int, datetime]) -> None:
    """People whom the message would reach in their quiet hours: by contact, when those end."""
    for moment in set(until.values()):
        ids = [send.pk for send in taken.sends if until.get(send.contact_id) == moment]
        taken.unbegun().filter(pk__in=ids).update(
            state=State.QUEUED, next_attempt_at=moment, lease_token=None, lease_until=None
        )


def fail(taken: Lease, reasons: dict[int, str]) -> None:
    """Sends whose message cannot be made, by id: no server was asked."""
    for pk, reason in reasons.items():
        taken.unbegun().filter(pk=pk).update(state=State.FAILED, event_due=True, reason=reason[:500], **FREE)


def in_trouble(campaign: Campaign, reason: str, wait: timedelta) -> None:
    Campaign.objects.filter(pk=campaign.pk).update(trouble=reason[:500], retry_at=clock.now() + wait)


def out_of_trouble(campaign: Campaign) -> None:
    if campaign.trouble or campaign.retry_at:
        Campaign.objects.filter(pk=campaign.pk).update(trouble="", retry_at=None)
