"""Whom nobody may write to."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _


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
