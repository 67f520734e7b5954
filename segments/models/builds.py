"""The work of making lists true for everyone, and what audits found of it."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from .lists import Segment


class Work(models.Model):
    """Making a version true for everyone, in the background: whoever holds the lease goes on with it."""

    version = models.PositiveIntegerField()
    done = models.PositiveBigIntegerField(default=0)
    total = models.PositiveBigIntegerField(default=0)
    lease_until = models.DateTimeField(null=True)
    error = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        abstract = True


class Build(Work):
    """The work of making a version of an active list true for everyone. Restarted from the beginning after a crash."""

    class State(models.TextChoices):
        QUEUED = "queued", _("Queued")
        RUNNING = "running", _("Running")
        DONE = "done", _("Done")
        FAILED = "failed", _("Failed")
        SUPERSEDED = "superseded", _("Superseded")
        CANCELLED = "cancelled", _("Cancelled")

    segment = models.ForeignKey(Segment, on_delete=models.CASCADE, related_name="builds")
    cause = models.TextField(default="build")
    quiet = models.BooleanField(default=False)
    state = models.CharField(max_length=12, choices=State.choices, default=State.QUEUED)

    class Meta:
        verbose_name = _("build")
        verbose_name_plural = _("builds")
        indexes = [
            models.Index(fields=["id"], condition=models.Q(state__in=["queued", "running"]), name="segments_build_open")
        ]

    def __str__(self) -> str:
        return f"{self.segment_id} v{self.version} {self.state}"


class BuildTouched(models.Model):
    """A contact that changed while a build ran; looked at again before the build goes live."""

    build = models.ForeignKey(Build, on_delete=models.CASCADE)
    contact_id = models.BigIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["build", "contact_id"], name="segments_touched_once")]

    def __str__(self) -> str:
        return f"{self.build_id} {self.contact_id}"


class AuditReport(models.Model):
    """What an audit found, and what was repaired."""

    at = models.DateTimeField(auto_now_add=True)
    segments = models.PositiveIntegerField()
    contacts = models.PositiveBigIntegerField()
    missing = models.PositiveBigIntegerField()
    extra = models.PositiveBigIntegerField()
    repaired = models.BooleanField(default=False)
    details = models.JSONField(default=list)

    class Meta:
        verbose_name = _("audit report")
        verbose_name_plural = _("audit reports")

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d} {self.missing} missing, {self.extra} extra"
