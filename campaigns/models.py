"""Messages to lists, one row per person to send to, and what was answered."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _


class Campaign(models.Model):
    """A message and whom it is for. `include` and `exclude` hold segment ids; versions used are kept at the start.

    `trouble` says why the mail server cannot be used now, and `retry_at` when it is asked again. A draft starts by
    itself at `scheduled_at`; `trouble` then says what keeps it from starting.
    """

    class State(models.TextChoices):
        DRAFT = "draft", _("Draft")
        SENDING = "sending", _("Sending")
        PAUSED = "paused", _("Paused")
        SENT = "sent", _("Sent")
        CANCELLED = "cancelled", _("Cancelled")

    name = models.CharField(_("name"), max_length=200)
    channel = models.CharField(_("channel"), max_length=30, default="email")
    topic = models.CharField(_("topic"), max_length=100, blank=True)
    sender = models.CharField(_("sender"), max_length=300, blank=True)
    subject = models.TextField(_("subject"), blank=True)
    body_html = models.TextField(_("HTML"), blank=True)
    body_text = models.TextField(_("plain text"), blank=True)
    include = models.JSONField(_("lists to include"), default=list)
    exclude = models.JSONField(_("lists to exclude"), default=list)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.DRAFT)
    versions_used = models.JSONField(default=dict)
    waterfall = models.JSONField(default=dict)
    created_by = models.TextField(blank=True)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    updated_at = models.DateTimeField(_("updated"), auto_now=True)
    started_at = models.DateTimeField(_("started"), null=True)
    finished_at = models.DateTimeField(_("finished"), null=True)
    scheduled_at = models.DateTimeField(_("scheduled for"), null=True)
    trouble = models.TextField(_("trouble"), blank=True)
    retry_at = models.DateTimeField(_("next try"), null=True)

    class Meta:
        verbose_name = _("campaign")
        verbose_name_plural = _("campaigns")
        indexes = [
            models.Index(
                fields=["scheduled_at"], condition=models.Q(state="draft"), name="campaigns_campaign_scheduled"
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_scheduled(self) -> bool:
        return self.state == self.State.DRAFT and self.scheduled_at is not None


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


class Suppression(models.Model):
    """An address that must not be written to, whatever its owner's consent says."""

    class Reason(models.TextChoices):
        BOUNCE = "bounce", _("Bounced")
        COMPLAINT = "complaint", _("Complained")
        MANUAL = "manual", _("By hand")

    channel = models.CharField(_("channel"), max_length=30, default="email")
    address = models.TextField(_("address"))
    reason = models.CharField(_("reason"), max_length=20, choices=Reason.choices, default=Reason.MANUAL)
    created_at = models.DateTimeField(auto_now_add=True)
    created_by = models.TextField(blank=True)

    class Meta:
        verbose_name = _("suppression")
        verbose_name_plural = _("suppressions")
        constraints = [models.UniqueConstraint("channel", Lower("address"), name="campaigns_suppression_once")]

    def __str__(self) -> str:
        return self.address


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


class CampaignNote(models.Model):
    """What happened to a campaign as a whole, for its page: started, paused, resumed, finished, and by whom."""

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="notes")
    at = models.DateTimeField(auto_now_add=True)
    what = models.CharField(max_length=40)
    actor = models.TextField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL)

    class Meta:
        verbose_name = _("campaign note")
        verbose_name_plural = _("campaign notes")

    def __str__(self) -> str:
        return self.what
