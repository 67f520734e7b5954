"""Whom nobody may write to."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _


class Suppression(models.Model):
    """An address, or a whole mail domain (`@example.org`), that must not be written to, whatever consent says."""

    class Reason(models.TextChoices):
        BOUNCE = "bounce", _("Bounced")
        COMPLAINT = "complaint", _("Complained")
        MANUAL = "manual", _("By hand")
        FILE = "file", _("From a file")

    channel = models.CharField(_("channel"), max_length=30, default="email")
    address = models.TextField(_("address"))
    reason = models.CharField(_("reason"), max_length=20, choices=Reason.choices, default=Reason.MANUAL)
    note = models.TextField(_("note"), blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    created_by = models.TextField(blank=True)

    class Meta:
        verbose_name = _("suppression")
        verbose_name_plural = _("suppressions")
        constraints = [models.UniqueConstraint("channel", Lower("address"), name="campaigns_suppression_once")]

    def __str__(self) -> str:
        return self.address


class SuppressedList(models.Model):
    """A list nobody of which is ever written to on a channel."""

    segment_id = models.BigIntegerField()
    channel = models.CharField(_("channel"), max_length=30, default="email")
    created_at = models.DateTimeField(auto_now_add=True)
    created_by = models.TextField(blank=True)

    class Meta:
        verbose_name = _("suppressed list")
        verbose_name_plural = _("suppressed lists")
        constraints = [models.UniqueConstraint(fields=["segment_id", "channel"], name="campaigns_suppressed_list_once")]

    def __str__(self) -> str:
        return f"{self.segment_id} on {self.channel}"


class FrequencyCap(models.Model):
    """At most so many messages to a person on a channel (about a topic, if one is named) in so many days."""

    channel = models.CharField(_("channel"), max_length=30, default="email")
    topic = models.CharField(_("topic"), max_length=100, blank=True)
    messages = models.PositiveIntegerField(_("messages"))
    days = models.PositiveIntegerField(_("days"))

    class Meta:
        verbose_name = _("frequency cap")
        verbose_name_plural = _("frequency caps")
        constraints = [models.UniqueConstraint(fields=["channel", "topic", "days"], name="campaigns_cap_once")]

    def __str__(self) -> str:
        return f"{self.messages} in {self.days} days on {self.channel}"


class SendingPolicy(models.Model):
    """What holds for all campaigns of the account: one row. Everything is off until somebody asks for it."""

    holdout = models.FloatField(_("held out of every campaign"), default=0.0)
    quiet_from = models.TimeField(_("quiet from"), null=True)
    quiet_until = models.TimeField(_("quiet until"), null=True)
    tracks_without_consent = models.BooleanField(
        _("see openings and clicks of people who were not asked"), default=True
    )

    class Meta:
        verbose_name = _("sending policy")
        verbose_name_plural = _("sending policies")
        constraints = [models.CheckConstraint(condition=models.Q(pk=1), name="campaigns_one_policy")]

    def __str__(self) -> str:
        return "sending policy"
