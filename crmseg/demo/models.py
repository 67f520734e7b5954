"""How far the sample data is: the row moves in the transaction that writes what it counts."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class SampleLoad(models.Model):
    """The one load of this instance. `today` is fixed at the start, so that a load continued tomorrow still agrees
    with itself; `part` and `position` are the first piece not yet written. Somebody is at work while `moved_at` is
    recent."""

    today = models.DateField(_("day of the load"))
    part = models.PositiveSmallIntegerField(_("part"), default=0)
    position = models.PositiveIntegerField(_("position"), default=0)
    moved_at = models.DateTimeField(_("last piece written"), db_default=Now())
    started_at = models.DateTimeField(_("started"))
    finished_at = models.DateTimeField(_("finished"), null=True)

    class Meta:
        verbose_name = _("sample data load")
        verbose_name_plural = _("sample data loads")
        constraints = [models.CheckConstraint(condition=models.Q(pk=1), name="demo_one_load")]

    def __str__(self) -> str:
        return f"{self.today}: {self.part}.{self.position}"
