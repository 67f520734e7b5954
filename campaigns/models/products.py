"""What people buy together, counted from orders."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class BoughtTogether(models.Model):
    """Who bought `product` often had `other` in the same order; counted anew by `campaigns.content.together`."""

    product = models.TextField(_("product"))
    other = models.TextField(_("other product"))
    people = models.PositiveIntegerField(_("people"))
    score = models.FloatField(_("score"))
    details = models.JSONField(default=dict)
    """Of the other product: its name, price, picture and address, as the newest order told them."""
    counted_at = models.DateTimeField(_("counted"))

    class Meta:
        verbose_name = _("bought together")
        verbose_name_plural = _("bought together")
        constraints = [models.UniqueConstraint(fields=["product", "other"], name="campaigns_together_once")]

    def __str__(self) -> str:
        return f"{self.product} → {self.other}"
