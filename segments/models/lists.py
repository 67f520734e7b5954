"""Lists, and the versions of their definitions."""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from contacts.models.exact import ExactDecoder, ExactEncoder

from .filing import Folder


class Unarchived(models.Manager["Segment"]):
    """The lists that can be looked at, chosen and asked: all but the archived ones."""

    def get_queryset(self) -> models.QuerySet[Segment]:
        return super().get_queryset().filter(archived_at=None)


class Segment(models.Model):
    """A list. Active: whoever its definition says, now. Static: whoever was put in.

    `version` counts saved definitions; `live_version` is the one that memberships follow (they differ while a
    build runs). A static list made from an active one keeps the definition. `keys` are what the live definition
    reads, in the language of dependency keys. `size` is the number of membership rows, moved with them.
    Who comes to match enters after `entry_delay`, if matching lasts that long; the same for leaving.
    An archived one stands still: nothing evaluates it, nothing may ask it, and its name is free for another.
    """

    class Kind(models.TextChoices):
        STATIC = "static", _("Static")
        ACTIVE = "active", _("Active")

    class State(models.TextChoices):
        BUILDING = "building", _("Building")
        LIVE = "live", _("Live")
        FAILED = "failed", _("Failed")

    name = models.CharField(_("name"), max_length=200)
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices)
    definition = models.JSONField(_("definition"), null=True, blank=True, encoder=ExactEncoder, decoder=ExactDecoder)
    version = models.PositiveIntegerField(_("version"), default=0)
    live_version = models.PositiveIntegerField(_("live version"), default=0)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.LIVE)
    error = models.TextField(_("error"), blank=True)
    keys = ArrayField(models.TextField(), verbose_name=_("reads"), default=list)
    size = models.PositiveBigIntegerField(_("size"), default=0)
    entry_delay = models.DurationField(_("enter after"), null=True, blank=True)
    exit_delay = models.DurationField(_("leave after"), null=True, blank=True)

    description = models.TextField(_("description"), blank=True)
    goal = models.TextField(_("goal"), blank=True)
    target_metric = models.TextField(_("target metric"), blank=True)
    persona = models.TextField(_("persona"), blank=True)
    note_marketing = models.TextField(_("note for marketing"), blank=True)
    note_sales = models.TextField(_("note for sales"), blank=True)
    note_service = models.TextField(_("note for service"), blank=True)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("owner"), null=True, blank=True, on_delete=models.SET_NULL
    )
    review_on = models.DateField(_("review date"), null=True, blank=True)

    snapshot_of = models.ForeignKey(
        "self",
        verbose_name=_("snapshot of"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="snapshots",
    )
    snapshot_every = models.DurationField(_("renewed every"), null=True, blank=True)
    snapshot_due_at = models.DateTimeField(null=True, blank=True)

    folder = models.ForeignKey(
        Folder, verbose_name=_("folder"), null=True, blank=True, on_delete=models.SET_NULL, related_name="segments"
    )
    tags = ArrayField(models.CharField(max_length=50), verbose_name=_("tags"), default=list, blank=True)
    archived_at = models.DateTimeField(_("archived"), null=True, blank=True)

    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    updated_at = models.DateTimeField(_("updated"), auto_now=True)

    objects = models.Manager["Segment"]()
    unarchived = Unarchived()

    class Meta:
        verbose_name = _("list")
        verbose_name_plural = _("lists")
        constraints = [
            models.UniqueConstraint(
                Lower("name"), name="segments_segment_name_once", condition=models.Q(archived_at=None)
            )
        ]
        indexes = [GinIndex(fields=["keys"]), GinIndex(fields=["tags"])]

    def __str__(self) -> str:
        return self.name


class SegmentVersion(models.Model):
    """A definition as it was saved. Never changed afterwards."""

    segment = models.ForeignKey(Segment, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField(_("version"))
    definition = models.JSONField(_("definition"), encoder=ExactEncoder, decoder=ExactDecoder)
    saved_at = models.DateTimeField(_("saved"), auto_now_add=True)
    saved_by = models.TextField(_("by"))
    reason = models.TextField(_("reason"), blank=True)
    quiet = models.BooleanField(_("quiet"), default=False)

    class Meta:
        verbose_name = _("version")
        verbose_name_plural = _("versions")
        constraints = [models.UniqueConstraint(fields=["segment", "number"], name="segments_version_once")]

    def __str__(self) -> str:
        return f"{self.segment_id} v{self.number}"
