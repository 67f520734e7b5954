"""Writing down what happened to a send, by whoever holds its lease."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import timedelta

from django.db import transaction
from django.db.models import F

from crmseg.common import clock

from ..models import Campaign, Send
from .lease import LENGTH
from .outcome import Outcome, Verdict

State = Send.State
RETRY_AFTER = [timedelta(seconds=s) for s in (30, 120, 600, 1800, 3600, 3 * 3600, 6 * 3600, 12 * 3600)]
FREE = {"lease_until": None, "next_attempt_at": None}


class Marker:
    """Marks the sends of one lease. The answer for one send and the beginning of the next share a transaction."""

    def __init__(self, campaign: Campaign, token: uuid.UUID):
        self.campaign, self.token = campaign, token
        self.unmarked: tuple[Send, Outcome] | None = None

    def begin(self, send: Send, message_id: str) -> bool:
        """Say durably that the server is about to be asked. False: not ours any more, or the campaign was stopped."""
        now = clock.now()
        with transaction.atomic():
            self.flush()
            return bool(
                Send.objects.filter(
                    pk=send.pk,
                    lease_token=self.token,
                    state=State.LEASED,
                    attempt_at=None,
                    campaign__state=Campaign.State.SENDING,
                ).update(attempt_at=now, lease_until=now + LENGTH, attempts=F("attempts") + 1, message_id=message_id)
            )

    def answered(self, send: Send, outcome: Outcome) -> None:
        """Keep the answer for the next `begin` or `flush`, whichever comes first."""
        self.flush()
        self.unmarked = send, outcome

    def flush(self) -> None:
        if self.unmarked:
            send, outcome = self.unmarked
            self._mark(send, outcome)
            self.unmarked = None

    def _mark(self, send: Send, outcome: Outcome) -> None:
        # An uncertain row is one whose lease ended while the server was slow: the answer settles it.
        ours = Send.objects.filter(pk=send.pk, lease_token=self.token, state__in=[State.LEASED, State.UNCERTAIN])
        match outcome.verdict:
            case Verdict.SENT:
                ours.update(state=State.SENT, sent_at=clock.now(), event_due=True, reason="", **FREE)
            case Verdict.RETRY if send.attempts < len(RETRY_AFTER):
                ours.update(
                    state=State.QUEUED,
                    next_attempt_at=clock.now() + RETRY_AFTER[send.attempts],
                    attempt_at=None,
                    lease_until=None,
                    lease_token=None,
                    reason=outcome.reason,
                )
            case Verdict.RETRY | Verdict.FAILED:
                ours.update(state=State.FAILED, event_due=True, reason=outcome.reason, **FREE)
            case Verdict.UNCERTAIN:
                ours.update(state=State.UNCERTAIN, reason=outcome.reason, **FREE)


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


def sent_at_once(sends: Iterable[Send], token: uuid.UUID) -> list[Send]:
    """The rows still ours and still wanted, locked for a transaction that both delivers and marks them."""
    ids = [send.pk for send in sends]
    return list(
        Send.objects.select_for_update(of=("self",))
        .filter(pk__in=ids, lease_token=token, state=State.LEASED, campaign__state=Campaign.State.SENDING)
        .order_by("pk")
    )
