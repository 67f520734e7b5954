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
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from crmseg.common import clock

from ..models import Campaign, Send
from . import throttle

LENGTH = timedelta(seconds=20)
LENGTH_OF_ATTEMPT = timedelta(minutes=5)
State = Send.State

# Materialized: as a plain subquery the planner may run it again for every row of a join, past its limit. Two steps,
# because each is read from one index, however many are done already: what has a time that has come, then the others.
_TAKE = """
    WITH timed AS MATERIALIZED (
        SELECT id FROM campaigns_send
         WHERE campaign_id = %(campaign)s AND state = 'queued' AND next_attempt_at <= %(now)s
         ORDER BY next_attempt_at
         LIMIT %(limit)s
           FOR UPDATE SKIP LOCKED
    ), fresh AS MATERIALIZED (
        SELECT id FROM campaigns_send
         WHERE campaign_id = %(campaign)s AND state = 'queued' AND next_attempt_at IS NULL
         LIMIT %(limit)s - (SELECT count(*) FROM timed)
           FOR UPDATE SKIP LOCKED
    )
    UPDATE campaigns_send AS send
       SET state = 'leased', lease_token = %(token)s, lease_until = %(until)s, attempt_at = NULL
      FROM (SELECT id FROM timed UNION ALL SELECT id FROM fresh) AS free
     WHERE send.id = free.id
       AND EXISTS (SELECT FROM campaigns_campaign WHERE id = %(campaign)s AND state = 'sending')
    RETURNING send.id
"""
_TAKE_CHOSEN = """
    WITH free AS MATERIALIZED (
        SELECT id FROM campaigns_send WHERE id = ANY(%(chosen)s) AND state = 'queued' FOR UPDATE SKIP LOCKED
    )
    UPDATE campaigns_send AS send
       SET state = 'leased', lease_token = %(token)s, lease_until = %(until)s, attempt_at = NULL
      FROM free
     WHERE send.id = free.id
       AND EXISTS (SELECT FROM campaigns_campaign WHERE id = %(campaign)s AND state = 'sending')
    RETURNING send.id
"""
AT_ONCE = 2
"""How many workers send a campaign at the same time."""


@dataclass
class Lease:
    campaign_id: int
    token: uuid.UUID
    sends: list[Send]
    until: datetime

    def unbegun(self) -> QuerySet[Send]:
        """What is held and no server was asked for. The campaign is named because its rows have an index."""
        return Send.objects.filter(
            campaign=self.campaign_id, state=State.LEASED, lease_token=self.token, attempt_at=None
        )

    def keep(self) -> None:
        """Called between any two messages: prolong what was not begun, when half of the lease is over."""
        now = clock.now()
        if now > self.until - LENGTH / 2:
            self.until = now + LENGTH
            self.unbegun().update(lease_until=self.until)

    def release(self) -> None:
        """Give back what was leased and not begun."""
        self.unbegun().update(state=State.QUEUED, lease_token=None, lease_until=None)


def take(campaign: Campaign, limit: int) -> Lease:
    """Up to `limit` sends that are due, for this worker alone."""
    now, token = clock.now(), uuid.uuid4()
    until = now + LENGTH
    parameters: dict[str, Any] = {
        "campaign": campaign.pk,
        "token": token,
        "now": now,
        "until": until,
        "limit": limit,
    }
    with transaction.atomic(), connection.cursor() as cursor:
        if throttle.is_throttled(campaign):
            cursor.execute(_TAKE_CHOSEN, parameters | {"chosen": throttle.choose(campaign, limit, now)})
        else:
            cursor.execute(_TAKE, parameters)
        ids = [pk for (pk,) in cursor.fetchall()]
    sends = Send.objects.filter(pk__in=ids).select_related("arm").order_by("pk")
    return Lease(campaign.pk, token, list(sends) if ids else [], until)


def recover(now: datetime) -> int:
    """Leases whose holder is gone: what was not begun waits again, what was begun is uncertain.

    The token stays on an uncertain row, so that a holder who was only slow may still record the answer it got.
    """
    running = Campaign.objects.exclude(state__in=[Campaign.State.DRAFT, Campaign.State.SENT]).values_list(
        "pk", flat=True
    )
    ended = Send.objects.filter(campaign__in=list(running), state=State.LEASED, lease_until__lt=now)
    unused = ended.filter(attempt_at=None).update(state=State.QUEUED, lease_token=None, lease_until=None)
    lost = ended.exclude(attempt_at=None).update(
        state=State.UNCERTAIN,
        lease_until=None,
        reason=_("The sender stopped between asking the mail server and recording its answer."),
    )
    return unused + lost


def due_campaigns(now: datetime) -> list[int]:
    """Campaigns with something to send now and too few sending it, or with nothing left to send."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT campaign.id FROM campaigns_campaign AS campaign
             WHERE campaign.state = %(sending)s
               AND (campaign.retry_at IS NULL OR campaign.retry_at <= %(now)s)
               AND (
                   SELECT count(DISTINCT held.lease_token) FROM campaigns_send AS held
                    WHERE held.campaign_id = campaign.id AND held.state = 'leased' AND held.lease_until >= %(now)s
                      AND held.attempt_at IS NULL
               ) < %(at_once)s
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
            {"sending": Campaign.State.SENDING, "now": now, "at_once": AT_ONCE},
        )
        return [pk for (pk,) in cursor.fetchall()]
