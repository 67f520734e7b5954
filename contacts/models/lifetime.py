"""What was found of how people go on buying: the parameters that predict, and how far they can be trusted."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class LifetimeFit(models.Model):
    """One fit of BG/NBD and Gamma-Gamma to everyone's orders. The latest predicts; earlier ones are kept to compare.

    Money is in minor units of `currency`. `checks` holds what the pictures show; see `contacts.worth.lifetime.checks`.
    """

    order_event = models.TextField(_("event"))
    currency = models.CharField(_("currency"), max_length=3)
    horizon_weeks = models.PositiveSmallIntegerField(_("weeks ahead"), default=52)
    fitted_at = models.DateTimeField(_("fitted"))
    by = models.TextField()
    people = models.PositiveBigIntegerField()
    repeat_buyers = models.PositiveBigIntegerField()
    weeks = models.FloatField()
    """From the first order of anybody to the fit."""
    purchases = models.JSONField()
    """`params` r, α, a, b with `low` and `high`, `covariance` of their logarithms, `log_likelihood`, `people`."""
    spend = models.JSONField(null=True)
    """The same for p, q, γ; null where nothing was spent, or no parameters explain it."""
    checks = models.JSONField(default=dict)

    class Meta:
        verbose_name = _("fit of lifetime values")
        verbose_name_plural = _("fits of lifetime values")
        indexes = [models.Index(fields=["-fitted_at"], name="contacts_lifetime_latest")]

    def __str__(self) -> str:
        return f"{self.order_event} {self.fitted_at:%Y-%m-%d}"
