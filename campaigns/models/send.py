"""One row per person a campaign is for, and the message as it would have gone out."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from .campaign import Campaign


class Send(models.Model):
    """One message to one person. Leased, delivered outside any transaction, then marked.

    `attempt_at` is when the server began to be asked under the present lease: a lease that ends without it was
    never used, one that ends with it leaves the send uncertain. `event_due`: its outcome is not an event yet.
    A skipped row holds its reason as a word of `campaigns.audience`, a failed one the sentence of the server.
    """

    class State(models.TextChoices):
        QUEUED = "queued", _("Queued")
        LEASED = "leased", _("Being sent")
        SENT = "sent", _("Sent")
        FAILED = "failed", _("Failed")
        SKIPPED = "skipped", _("Skipped")
        UNCERTAIN = "uncertain", _("Uncertain")

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="sends", db_index=False)
    contact_id = models.BigIntegerField()
    address = models.TextField(_("address"))
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.QUEUED)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_attempt_at = models.DateTimeField(null=True)
    lease_until = models.DateTimeField(null=True)
    lease_token = models.UUIDField(null=True)
    attempt_at = models.DateTimeField(null=True)
    event_due = models.BooleanField(default=False)
    reason = models.TextField(_("reason"), blank=True)
    message_id = models.TextField(blank=True)
    sent_at = models.DateTimeField(_("sent"), null=True)
    unsubscribed_at = models.DateTimeField(_("unsubscribed"), null=True)

    class Meta:
        verbose_name = _("send")
        verbose_name_plural = _("sends")
        constraints = [models.UniqueConstraint(fields=["campaign", "contact_id"], name="campaigns_send_once")]
        indexes = [
            models.Index(
                fields=["campaign", "next_attempt_at"],
                condition=models.Q(state__in=["queued", "leased"]),
                name="campaigns_send_open",
            ),
            models.Index(fields=["contact_id"]),
            models.Index(fields=["campaign", "state", "reason", "id"], name="campaigns_send_state"),
            models.Index(fields=["id"], condition=models.Q(event_due=True), name="campaigns_send_event_due"),
        ]

    def __str__(self) -> str:
        return f"{self.campaign_id} to {self.address}: {self.state}"


class OutboxMessage(models.Model):
    """A message as it would have gone out, kept where no mail server is configured."""

    send = models.OneToOneField(Send, null=True, on_delete=models.CASCADE, related_name="outbox")
    recipient = models.TextField(_("to"))
    sender = models.TextField(_("from"))
    subject = models.TextField(_("subject"))
    headers = models.JSONField(default=dict)
    html = models.TextField(blank=True)
    text = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("outbox message")
        verbose_name_plural = _("outbox")

    def __str__(self) -> str:
        return f"{self.recipient}: {self.subject}"
