"""Lists, who is in them, and the ledger of every entry and exit."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.core.exceptions import ValidationError
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


class Membership(models.Model):
    """Who is in which list now. Written by the engine alone; `contact_id` has no foreign key, so that the deletion
    of a contact still leaves its exit in the ledger."""

    segment = models.ForeignKey(Segment, on_delete=models.CASCADE, related_name="memberships", db_index=False)
    contact_id = models.BigIntegerField()
    entered_at = models.DateTimeField(_("entered"))

    class Meta:
        verbose_name = _("membership")
        verbose_name_plural = _("memberships")
        constraints = [models.UniqueConstraint(fields=["segment", "contact_id"], name="segments_membership_once")]
        indexes = [
            models.Index(fields=["contact_id", "segment"]),
            models.Index(fields=["segment", "entered_at", "id"], name="segments_membership_latest"),
        ]

    def __str__(self) -> str:
        return f"{self.contact_id} in {self.segment_id}"


class Pin(models.Model):
    """A contact that is in, or out, whatever the rule says. `held` is what it would be without the pin."""

    class Direction(models.TextChoices):
        IN = "in", _("Always in")
        OUT = "out", _("Never in")

    segment = models.ForeignKey(Segment, on_delete=models.CASCADE, related_name="pins", db_index=False)
    contact_id = models.BigIntegerField()
    direction = models.CharField(_("direction"), max_length=3, choices=Direction.choices)
    reason = models.TextField(_("reason"), blank=True)
    author = models.TextField(_("author"))
    created_at = models.DateTimeField(_("created"))
    expires_at = models.DateTimeField(_("expires"), null=True, blank=True)
    held = models.BooleanField(default=False)

    class Meta:
        verbose_name = _("pin")
        verbose_name_plural = _("pins")
        constraints = [models.UniqueConstraint(fields=["segment", "contact_id"], name="segments_pin_once")]
        indexes = [models.Index(fields=["contact_id"], name="segments_pin_contact")]

    def __str__(self) -> str:
        return f"{self.contact_id} {self.direction} {self.segment_id}"


class PendingMove(models.Model):
    """An entry or exit that happens at `due_at`, unless the rule changes its mind before."""

    segment = models.ForeignKey(Segment, on_delete=models.CASCADE, related_name="pending_moves", db_index=False)
    contact_id = models.BigIntegerField()
    entering = models.BooleanField()
    since = models.DateTimeField()
    due_at = models.DateTimeField()

    class Meta:
        verbose_name = _("pending move")
        verbose_name_plural = _("pending moves")
        constraints = [models.UniqueConstraint(fields=["segment", "contact_id"], name="segments_pending_once")]
        indexes = [models.Index(fields=["contact_id"], name="segments_pending_contact")]

    def __str__(self) -> str:
        return f"{self.contact_id} {'into' if self.entering else 'out of'} {self.segment_id} at {self.due_at}"


class LedgerEntry(models.Model):
    """One entry or exit. Only ever appended to. `cursor` is given after commit, in the order the feed shows.

    Nothing is triggered by a `quiet` one: whoever edited the definition that moved the contact wanted it so.
    """

    class Change(models.TextChoices):
        ENTERED = "entered", _("Entered")
        LEFT = "left", _("Left")

    cursor = models.BigIntegerField(null=True, unique=True)
    segment_id = models.BigIntegerField()
    contact_id = models.BigIntegerField()
    change = models.CharField(_("change"), max_length=10, choices=Change.choices)
    at = models.DateTimeField(_("at"))
    cause = models.TextField(_("cause"))
    version = models.PositiveIntegerField(_("version"))
    quiet = models.BooleanField(_("quiet"), default=False, db_default=False)

    class Meta:
        verbose_name = _("ledger entry")
        verbose_name_plural = _("membership ledger")
        indexes = [
            models.Index(fields=["segment_id", "at", "id"]),
            models.Index(fields=["segment_id", "cursor"]),
            models.Index(fields=["contact_id", "at"]),
            models.Index(fields=["id"], condition=models.Q(cursor=None), name="segments_ledger_unnumbered"),
        ]

    def __str__(self) -> str:
        return f"{self.contact_id} {self.change} {self.segment_id}"


class Build(models.Model):
    """The work of making a version of an active list true for everyone. Restarted from the beginning after a crash."""

    class State(models.TextChoices):
        QUEUED = "queued", _("Queued")
        RUNNING = "running", _("Running")
        DONE = "done", _("Done")
        FAILED = "failed", _("Failed")
        SUPERSEDED = "superseded", _("Superseded")
        CANCELLED = "cancelled", _("Cancelled")

    segment = models.ForeignKey(Segment, on_delete=models.CASCADE, related_name="builds")
    version = models.PositiveIntegerField()
    cause = models.TextField(default="build")
    quiet = models.BooleanField(default=False)
    state = models.CharField(max_length=12, choices=State.choices, default=State.QUEUED)
    done = models.PositiveBigIntegerField(default=0)
    total = models.PositiveBigIntegerField(default=0)
    lease_until = models.DateTimeField(null=True)
    error = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True)

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


class ContactDue(models.Model):
    """The earliest instant at which time alone may change a contact's lists. Waking early is harmless."""

    contact_id = models.BigIntegerField(primary_key=True)
    due_at = models.DateTimeField(db_index=True)

    class Meta:
        verbose_name = _("due instant")
        verbose_name_plural = _("due instants")

    def __str__(self) -> str:
        return f"{self.contact_id} {self.due_at}"


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
