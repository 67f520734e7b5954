"""Lists nobody thought of: what a search among the contacts was asked, and the definitions that came of it."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class Discovery(models.Model):
    """`params` is what was asked; `result` is None until the job has ended well. It names no contact.

    `segment` is the list that look-alikes are sought of, or among whose members is searched.
    """

    class Kind(models.TextChoices):
        GROUPS = "groups", _("Groups of alike people")
        GOAL = "goal", _("What predicts a goal")
        LOOKALIKES = "lookalikes", _("Look-alikes of a list")

    kind = models.CharField(_("kind"), max_length=12, choices=Kind.choices)
    name = models.CharField(_("name"), max_length=200)
    notes = models.TextField(_("notes"), blank=True, default="", db_default="")
    segment = models.ForeignKey(
        "segments.Segment", verbose_name=_("list"), null=True, on_delete=models.CASCADE, related_name="+"
    )
    job = models.ForeignKey("jobs.Job", null=True, on_delete=models.SET_NULL, related_name="+")
    params = models.JSONField(default=dict)
    result = models.JSONField(null=True)
    created_by = models.TextField(_("by"))
    created_at = models.DateTimeField(_("started"), auto_now_add=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("search for lists")
        verbose_name_plural = _("searches for lists")
        indexes = [models.Index(fields=["segment", "-id"], name="segments_discovery_of_list")]

    def __str__(self) -> str:
        return self.name
