"""Who works on which sends. A lease has a token; whoever no longer holds it can neither begin nor release.

Leases are short, so that the work of a worker that died is soon done by another, and kept up by their holder. A send
whose server is being asked has a long one: its answer may take a while, and giving it up means a doubt on record.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext as _

from crmseg.common import clock

from ..models import Campaign, Send

LENGTH = timedelta(seconds=20)
LENGTH_OF_ATTEMPT = timedelta(minutes=5)
State = Send.State

# Materialized: as a plain subquery the planner may run it again for every row of a join, past its limit.
_TAKE = """
    WITH free AS MATERIALIZED (
        SELECT id FROM campaigns_send
         WHERE campaign_id = %(campaign)s AND state = 'queued'
           AND (next_attempt_at IS NULL OR next_attempt_at <= %(now)s)
         ORDER BY id
         LIMIT %(limit)s
           FOR UPDATE SKIP LOCKED
    )
    UPDATE campaigns_send AS send
       SET state = 'leased', lease_token = %(token)s, lease_until = %(until)s, attempt_at = NULL
      FROM free
     WHERE send.id = free.id
       AND EXISTS (SELECT FROM campaigns_campaign WHERE id = %(campaign)s AND state = 'sending')
    RETURNING send.id
"""


@dataclass
class Lease:
    token: uuid.UUID
    sends: list[Send]
    until: datetime

    def keep(self) -> None:
        """Called between any two messages: prolong what was not begun, when half of the lease is over."""
        now = clock.now()
        if now > self.until - LENGTH / 2:
            self.until = now + LENGTH
            waiting = Send.objects.filter(lease_token=self.token, state=State.LEASED, attempt_at=None)
            waiting.update(lease_until=self.until)


def take(campaign_id: int, limit: int) -> Lease:
    """Up to `limit` sends that are due, for this worker alone."""
    now, token = clock.now(), uuid.uuid4()
    until = now + LENGTH
    parameters: dict[str, Any] = {"campaign": campaign_id, "token": token, "now": now, "until": until, "limit": limit}
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_TAKE, parameters)
        ids = [pk for (pk,) in cursor.fetchall()]
    return Lease(token, list(Send.objects.filter(pk__in=ids).order_by("pk")), until)


def release(token: uuid.UUID) -> None:
    """Give back what was leased and not begun."""
    Send.objects.filter(lease_token=token, state=State.LEASED, attempt_at=None).update(
        state=State.QUEUED, lease_token=None, lease_until=None
    )


def recover(now: datetime) -> int:
    """Leases whose holder is gone: what was not begun waits again, what was begun is uncertain.

    The token stays on an uncertain row, so that a holder who was only slow may still record the answer it got.
    """
    ended = Send.objects.filter(state=State.LEASED, lease_until__lt=now)
    unused = ended.filter(attempt_at=None).update(state=State.QUEUED, lease_token=None, lease_until=None)
    lost = ended.exclude(attempt_at=None).update(
        state=State.UNCERTAIN,
        lease_until=None,
        reason=_("The sender stopped between asking the mail server and recording its answer."),
    )
    return unused + lost


def due_campaigns(now: datetime) -> list[int]:
    """Campaigns with something to send now and nobody sending it, or with nothing left to send."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT campaign.id FROM campaigns_campaign AS campaign
             WHERE campaign.state = %(sending)s
               AND (campaign.retry_at IS NULL OR campaign.retry_at <= %(now)s)
               AND NOT EXISTS (
                   SELECT FROM campaigns_send AS held
                    WHERE held.campaign_id = campaign.id AND held.state = 'leased' AND held.lease_until >= %(now)s
                      AND held.attempt_at IS NULL
               )
               AND (
                   EXISTS (
                       SELECT FROM campaigns_send AS due
                        WHERE due.campaign_id = campaign.id AND due.state = 'queued'
                          AND (due.next_attempt_at IS NULL OR due.next_attempt_at <= %(now)s)
                   )
                   OR campaign.kind = 'once' AND NOT EXISTS (
                       SELECT FROM campaigns_send AS open
                        WHERE open.campaign_id = campaign.id AND open.state IN ('queued', 'leased', 'waiting')
                   )
               )
             ORDER BY campaign.id
            """,
            {"sending": Campaign.State.SENDING, "now": now},
        )
        return [pk for (pk,) in cursor.fetchall()]
