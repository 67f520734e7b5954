"""A message and whom it is for, and what happened to it as a whole."""

from __future__ import annotations

from django.conf import settings
from django.db import models
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
