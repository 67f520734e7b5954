"""What a contact agreed to hear, by which channel and on which topic, and when that changed."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from .contact import Contact


class ConsentStatus(models.TextChoices):
    SUBSCRIBED = "subscribed", _("Subscribed")
    UNSUBSCRIBED = "unsubscribed", _("Unsubscribed")
    NEVER = "never", _("Never asked")


class Consent(models.Model):
    """The answer that holds now. An empty topic is the channel itself; no row means never asked."""

    contact = models.ForeignKey(Contact, verbose_name=_("contact"), on_delete=models.CASCADE, related_name="consents")
    channel = models.CharField(_("channel"), max_length=30)
    topic = models.CharField(_("topic"), max_length=100, blank=True, default="", db_default="")
    status = models.CharField(_("status"), max_length=20, choices=ConsentStatus.choices)
    method = models.TextField(_("method"), null=True, blank=True)
    text_shown = models.TextField(_("text shown"), null=True, blank=True)
    changed_at = models.DateTimeField(_("changed"))

    class Meta:
        verbose_name = _("consent")
        verbose_name_plural = _("consents")
        constraints = [models.UniqueConstraint(fields=["contact", "channel", "topic"], name="contacts_consent_once")]

    def __str__(self) -> str:
        return f"{self.channel} {self.topic} {self.status}"


class ConsentHistory(models.Model):
    """One row per change of a consent, written by the database itself. Only ever appended to."""

    contact_id = models.BigIntegerField()
    channel = models.CharField(max_length=30)
    topic = models.CharField(max_length=100, blank=True)
    old = models.CharField(max_length=20, null=True)
    new = models.CharField(max_length=20, null=True)
    method = models.TextField(null=True)
    text_shown = models.TextField(null=True)
    at = models.DateTimeField()
    actor = models.TextField()

    class Meta:
        verbose_name = _("consent change")
        verbose_name_plural = _("consent history")
        indexes = [models.Index(fields=["contact_id", "at"])]

    def __str__(self) -> str:
        return f"{self.contact_id} {self.channel} {self.new}"
