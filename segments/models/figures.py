"""What is counted of lists: their moves by quarter of an hour, and the goals that are set for them."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class MoveCount(models.Model):
    """How many entered and left a list in the quarter of an hour that begins at `quarter`; see `engine.moves`.

    Whom the first build found is counted apart, as `built`: the list came to them, they did not move.
    """

    segment = models.ForeignKey(
        "segments.Segment", on_delete=models.CASCADE, related_name="move_counts", db_index=False
    )
    quarter = models.DateTimeField()
    built = models.BooleanField(default=False)
    entered = models.PositiveBigIntegerField(default=0)
    gone = models.PositiveBigIntegerField(default=0)

    class Meta:
        verbose_name = _("count of moves")
        verbose_name_plural = _("counts of moves")
        constraints = [models.UniqueConstraint(fields=["segment", "quarter", "built"], name="segments_movecount_once")]
        indexes = [models.Index(fields=["quarter"], name="segments_movecount_quarter")]

    def __str__(self) -> str:
        return f"{self.segment_id} {self.quarter} +{self.entered} -{self.gone}"


class Target(models.Model):
    """What a list is to reach, and by when. `base` is what it was when the target was set, at `since`.

    `property` is that of the average; `event` and `days` say what the members are to do, and within how long.
    """

    class Metric(models.TextChoices):
        SIZE = "size", _("Size of the list")
        ENTERED = "entered", _("People who enter")
        AVERAGE = "average", _("Average of a property")
        DID = "did", _("Share of members who do something")

    segment = models.OneToOneField("segments.Segment", on_delete=models.CASCADE, related_name="target")
    metric = models.CharField(_("metric"), max_length=10, choices=Metric.choices)
    property = models.TextField(_("property"), blank=True)
    event = models.TextField(_("event"), blank=True)
    days = models.PositiveSmallIntegerField(_("days"), default=30)
    value = models.DecimalField(_("target"), max_digits=20, decimal_places=4)
    by = models.DateField(_("reach by"), null=True, blank=True)
    base = models.DecimalField(_("at the start"), max_digits=20, decimal_places=4, null=True)
    since = models.DateTimeField(_("since"))

    class Meta:
        verbose_name = _("target")
        verbose_name_plural = _("targets")

    def __str__(self) -> str:
        return f"{self.segment_id} {self.metric} {self.value}"
