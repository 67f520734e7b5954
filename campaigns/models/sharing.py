"""Reports shown to people without an account, and consent that waits to be confirmed."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from .campaign import Campaign


class ShareLink(models.Model):
    """Whoever holds the address made from this row reads the campaign's report, until it is revoked."""

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="share_links")
    created_by = models.TextField(blank=True)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    revoked_at = models.DateTimeField(_("revoked"), null=True)

    class Meta:
        verbose_name = _("shared link")
        verbose_name_plural = _("shared links")

    def __str__(self) -> str:
        return f"report of {self.campaign_id}"


class OptIn(models.Model):
    """Somebody asked to be written to; it counts once she confirms it by the link that was sent to her."""

    contact_id = models.BigIntegerField()
    channel = models.CharField(_("channel"), max_length=30, default="email")
    topic = models.CharField(_("topic"), max_length=100, blank=True)
    asked_at = models.DateTimeField(_("asked"), auto_now_add=True)
    sent_at = models.DateTimeField(_("sent"), null=True)
    confirmed_at = models.DateTimeField(_("confirmed"), null=True)

    class Meta:
        verbose_name = _("confirmation")
        verbose_name_plural = _("confirmations")
        indexes = [models.Index(fields=["contact_id", "channel", "topic"])]

    def __str__(self) -> str:
        return f"{self.contact_id} on {self.channel}"
