"""Work that takes longer than a page may, and the contacts it was asked to do."""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _


class Job(models.Model):
    """The row owns the work: its state, how far it got (`done`, `cursor`), and who holds it.

    `fence` counts the claims, so that a worker that lost its lease writes nothing; `tries` those since the last saved
    step. While a job is undone, `done`, `total` and `cursor` are those of the undo. `result` counts what came of it.
    """

    class State(models.TextChoices):
        QUEUED = "queued", _("Queued")
        RUNNING = "running", _("Running")
        DONE = "done", _("Done")
        FAILED = "failed", _("Failed")
        CANCELLED = "cancelled", _("Cancelled")
        UNDOING = "undoing", _("Being undone")
        UNDONE = "undone", _("Undone")

    kind = models.CharField(_("kind"), max_length=60)
    state = models.CharField(_("state"), max_length=12, choices=State.choices, default=State.QUEUED)
    params = models.JSONField(default=dict)
    total = models.PositiveBigIntegerField(_("total"), default=0)
    done = models.PositiveBigIntegerField(_("done"), default=0)
    cursor = models.JSONField(null=True)
    result = models.JSONField(default=dict)
    error = models.TextField(_("error"), blank=True)
    file = models.FileField(upload_to="jobs/%Y/%m", blank=True)
    file_name = models.CharField(max_length=200, blank=True)
    file_until = models.DateTimeField(null=True)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("person"), null=True, on_delete=models.SET_NULL, related_name="+"
    )
    actor = models.TextField()
    undo_by = models.TextField(blank=True)
    cancel_asked = models.BooleanField(default=False)
    lease_until = models.DateTimeField(null=True)
    fence = models.PositiveIntegerField(default=0)
    tries = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(_("started"), auto_now_add=True)
    began_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("job")
        verbose_name_plural = _("jobs")
        indexes = [
            models.Index(
                fields=["id"],
                condition=models.Q(state__in=["queued", "running", "undoing"]),
                name="jobs_open",
            ),
            models.Index(fields=["user", "-id"], name="jobs_of_person"),
            models.Index(fields=["kind", "-id"], name="jobs_of_kind"),
        ]

    def __str__(self) -> str:
        from . import registry

        return registry.label(self)

    @property
    def is_open(self) -> bool:
        """It waits or works."""
        return self.state in OPEN


OPEN = (Job.State.QUEUED, Job.State.RUNNING, Job.State.UNDOING)


class Part(models.Model):
    """Some of the ids that a job was asked to do, as they were when it was asked: in order, and never changed."""

    job = models.ForeignKey(Job, on_delete=models.CASCADE, related_name="parts", db_index=False)
    number = models.PositiveIntegerField()
    ids = ArrayField(models.BigIntegerField())

    class Meta:
        verbose_name = _("part of a job")
        verbose_name_plural = _("parts of jobs")
        constraints = [models.UniqueConstraint(fields=["job", "number"], name="jobs_part_once")]

    def __str__(self) -> str:
        return f"{self.job_id} {self.number}"
