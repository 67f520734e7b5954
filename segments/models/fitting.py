"""Score models that were learned: what was asked, what was found, and the evidence while it is gathered."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from crmseg.jobs.models import Job

from .scoring import ScoreModel


class Fitting(models.Model):
    """One attempt to learn a score. `goal` is the conversion foretold within `days`, `features` the conditions it may
    use, each with its definition; `found` what came of it, `refused` why nothing could. A job does the work."""

    name = models.CharField(_("name"), max_length=200)
    notes = models.TextField(_("notes"), blank=True, default="", db_default="")
    goal = models.JSONField(_("goal"))
    days = models.PositiveIntegerField(_("days"))
    features = models.JSONField(_("conditions"))
    found = models.JSONField(_("found"), null=True)
    refused = models.TextField(blank=True)
    as_of = models.DateTimeField(_("as of"))
    job = models.ForeignKey(Job, null=True, on_delete=models.SET_NULL, related_name="+")
    model = models.ForeignKey(
        ScoreModel, verbose_name=_("score model"), null=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("by"), null=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(_("started"), auto_now_add=True)

    class Meta:
        verbose_name = _("learned score")
        verbose_name_plural = _("learned scores")
        ordering = ["-pk"]

    def __str__(self) -> str:
        return self.name


class FittingPart(models.Model):
    """Some of the people of one `moment`, counted from the earliest: packed bits, person by person, of which conditions
    held then, and of who converted afterwards. Nobody can be told from them, and they go when the fit is done."""

    fitting = models.ForeignKey(Fitting, on_delete=models.CASCADE, related_name="parts", db_index=False)
    moment = models.PositiveSmallIntegerField()
    number = models.PositiveIntegerField()
    people = models.PositiveIntegerField()
    had = models.BinaryField()
    converted = models.BinaryField()

    class Meta:
        verbose_name = _("evidence of a learned score")
        verbose_name_plural = _("evidence of learned scores")
        constraints = [
            models.UniqueConstraint(fields=["fitting", "moment", "number"], name="segments_fittingpart_once")
        ]

    def __str__(self) -> str:
        return f"{self.fitting_id} {self.moment} {self.number}"
