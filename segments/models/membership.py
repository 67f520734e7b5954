"""Who is in which list, by the rule, by a pin or soon, and the ledger of every entry and exit."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from .lists import Segment


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


class ContactDue(models.Model):
    """The earliest instant at which time alone may change a contact's lists. Waking early is harmless."""

    contact_id = models.BigIntegerField(primary_key=True)
    due_at = models.DateTimeField(db_index=True)

    class Meta:
        verbose_name = _("due instant")
        verbose_name_plural = _("due instants")

    def __str__(self) -> str:
        return f"{self.contact_id} {self.due_at}"
