"""What a test compares."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from .campaign import Campaign


class Arm(models.Model):
    """One version of a campaign in its test. What is left empty is as in the campaign; the first arm is the control.

    `weight` is its part of those who take part, beside the weights of the other arms. `variables` are what templates
    know as `arm`: a price, a product, a picture.
    """

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="arms")
    key = models.CharField(_("arm"), max_length=2)
    name = models.CharField(_("name"), max_length=100, blank=True)
    weight = models.PositiveIntegerField(_("weight"), default=1)
    subject = models.TextField(_("subject"), blank=True)
    sender = models.CharField(_("sender"), max_length=300, blank=True)
    body_mjml = models.TextField(_("MJML"), blank=True)
    body_html = models.TextField(_("HTML"), blank=True)
    body_text = models.TextField(_("plain text"), blank=True)
    variables = models.JSONField(_("variables"), default=dict)
    delay_minutes = models.PositiveIntegerField(_("minutes later"), default=0)

    class Meta:
        verbose_name = _("arm")
        verbose_name_plural = _("arms")
        ordering = ["key"]
        constraints = [models.UniqueConstraint(fields=["campaign", "key"], name="campaigns_arm_once")]

    def __str__(self) -> str:
        return self.name or self.key
