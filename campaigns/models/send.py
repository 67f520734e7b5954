"""One row per person a campaign is for, and the message as it would have gone out."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from .campaign import Campaign


class Send(models.Model):
    """One message to one person. Leased, delivered outside any transaction, then marked.

    `attempt_at` is when the server began to be asked under the present lease: a lease that ends without it was
    never used, one that ends with it leaves the send uncertain. `event_due`: its outcome is not an event yet.
    A waiting row gets the winner of the campaign's test, which is not decided yet. `opened_at` is a person's opening; a
    program's (a mail server that looks at every picture) is `machine_opened_at`.
    `occasion` is the done step of an automation that asked for it, and 0 elsewhere.
    A skipped row holds its reason as a word of `campaigns.audience`, a failed one the sentence of the server.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting for the winner")
        QUEUED = "queued", _("Queued")
        LEASED = "leased", _("Being sent")
        SENT = "sent", _("Sent")
        FAILED = "failed", _("Failed")
        SKIPPED = "skipped", _("Skipped")
        UNCERTAIN = "uncertain", _("Uncertain")

    # Without constraints in the database: a start writes a million rows for one campaign that it holds locked, and to
    # look that campaign up a million times takes longer than to write them. Neither it nor its arms go while rows stay.
    campaign = models.ForeignKey(
        Campaign, on_delete=models.CASCADE, related_name="sends", db_index=False, db_constraint=False
    )
    contact_id = models.BigIntegerField()
    occasion = models.BigIntegerField(default=0, db_default=0)
    arm = models.ForeignKey("campaigns.Arm", null=True, on_delete=models.SET_NULL, db_index=False, db_constraint=False)
    channel = models.CharField(_("channel"), max_length=30, default="email", db_default="email")
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
    provider_id = models.TextField(blank=True, db_default="")
    """What a provider that delivers for us calls the message; its webhooks name it."""
    delivered_at = models.DateTimeField(_("delivered"), null=True)
    opened_at = models.DateTimeField(_("opened"), null=True)
    machine_opened_at = models.DateTimeField(_("opened by a program"), null=True)
    clicked_at = models.DateTimeField(_("clicked"), null=True)
    converted_at = models.DateTimeField(_("converted"), null=True)
    revenue = models.DecimalField(_("revenue"), max_digits=18, decimal_places=4, null=True)
    bounced_at = models.DateTimeField(_("bounced"), null=True)
    complained_at = models.DateTimeField(_("complained"), null=True)
    unsubscribed_at = models.DateTimeField(_("unsubscribed"), null=True)
    unsubscribe_reason = models.TextField(_("reason for unsubscribing"), blank=True, db_default="")

    class Meta:
        verbose_name = _("send")
        verbose_name_plural = _("sends")
        constraints = [
            models.UniqueConstraint(fields=["campaign", "contact_id", "occasion"], name="campaigns_send_each_once")
        ]
        indexes = [
            models.Index(
                fields=["campaign", "next_attempt_at"],
                condition=models.Q(state__in=["queued", "leased"]),
                name="campaigns_send_open",
            ),
            models.Index(fields=["contact_id"]),
            models.Index(
                fields=["provider_id"], condition=~models.Q(provider_id=""), name="campaigns_send_provider_id"
            ),
            models.Index(fields=["campaign", "state", "reason", "id"], name="campaigns_send_state"),
            models.Index(
                fields=["campaign", "attempt_at"],
                condition=models.Q(attempt_at__isnull=False),
                name="campaigns_send_begun",
            ),
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


class Reaction(models.Model):
    """One thing that happened to a message after it was sent. `key` makes a report that is repeated harmless.

    `place` is the number of the link in the HTML, counted from 1; 0 for links of the plain text, and for what is not
    about a link. `said` is what a mail server answered.
    """

    class Bounce(models.TextChoices):
        HARD = "hard", _("For good")
        SOFT = "soft", _("For now")

    class Kind(models.TextChoices):
        DELIVERED = "delivered", _("Delivered")
        OPENED = "opened", _("Opened")
        CLICKED = "clicked", _("Clicked")
        BOUNCED = "bounced", _("Bounced")
        COMPLAINED = "complained", _("Complained")
        UNSUBSCRIBED = "unsubscribed", _("Unsubscribed")
        CONVERTED = "converted", _("Converted")

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="+", db_index=False)
    send = models.ForeignKey(Send, on_delete=models.CASCADE, related_name="reactions")
    kind = models.CharField(_("kind"), max_length=12, choices=Kind.choices)
    at = models.DateTimeField(_("at"))
    is_machine = models.BooleanField(_("by a program"), default=False)
    bounce = models.CharField(_("bounce"), max_length=4, choices=Bounce.choices, blank=True, db_default="")
    said = models.TextField(_("reason"), blank=True, db_default="")
    place = models.PositiveSmallIntegerField(_("link"), default=0)
    url = models.TextField(_("address"), blank=True)
    client = models.TextField(_("program"), blank=True)
    device = models.TextField(_("device"), blank=True)
    key = models.TextField(unique=True)

    class Meta:
        verbose_name = _("reaction")
        verbose_name_plural = _("reactions")
        indexes = [models.Index(fields=["campaign", "kind", "at"])]

    def __str__(self) -> str:
        return f"{self.kind} at {self.at}"
