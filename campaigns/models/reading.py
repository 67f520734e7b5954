"""How far this room has read what contacts did."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class EventReading(models.Model):
    """One row: every event up to `event_id` was looked at for conversions.

    Numbers of events are given out before their transactions end, so the reader stays behind those that are young.
    """

    event_id = models.BigIntegerField(default=0)
    read_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("reading of events")
        verbose_name_plural = _("readings of events")
        constraints = [models.CheckConstraint(condition=models.Q(pk=1), name="campaigns_one_reading")]

    def __str__(self) -> str:
        return f"events up to {self.event_id}"
