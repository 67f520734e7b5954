"""Decimals of any length, and the values at percentages of everyone."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _


class ExactNumber(models.Field):  # type: ignore[type-arg]
    """A decimal of any length."""

    def db_type(self, connection: Any) -> str:
        return "numeric"

    def to_python(self, value: Any) -> Any:
        try:
            number = None if value is None else Decimal(value)
        except (ArithmeticError, TypeError, ValueError):
            number = Decimal("NaN")
        if number is None or number.is_finite():
            return number
        raise ValidationError(_("Expected a number."))


class Percentile(models.Model):
    """The value below or at which so many percent of all known values of a property are; NULL while none is known."""

    property = models.TextField()
    percent = ExactNumber()
    value = ExactNumber(null=True)
    computed_at = models.DateTimeField()

    class Meta:
        verbose_name = _("percentile")
        verbose_name_plural = _("percentiles")
        constraints = [models.UniqueConstraint(fields=["property", "percent"], name="segments_percentile_once")]

    def __str__(self) -> str:
        return f"{self.property} {self.percent} %"
