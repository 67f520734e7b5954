"""A file on its way into contacts, and the rows of it that could not go in."""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from .exact import ExactDecoder, ExactEncoder


class ContactImport(models.Model):
    """The row owns the work: its state, how far it got, and who holds it (`lease_until`).

    `keeps_former`: what it replaces is kept, so that it can be undone; `made_companies` are those it brought along.
    The `undo_` numbers count contacts.
    """

    class State(models.TextChoices):
        UPLOADED = "uploaded", _("Waiting for its columns to be mapped")
        QUEUED = "queued", _("Queued")
        RUNNING = "running", _("Running")
        DONE = "done", _("Done")
        FAILED = "failed", _("Failed")
        CANCELLED = "cancelled", _("Cancelled")
        UNDOING = "undoing", _("Being undone")
        UNDONE = "undone", _("Undone")

    file = models.FileField(upload_to="imports/%Y/%m")
    name = models.CharField(_("file name"), max_length=255)
    encoding = models.CharField(_("encoding"), max_length=40, blank=True)
    delimiter = models.CharField(_("delimiter"), max_length=4, blank=True)
    has_header = models.BooleanField(_("first row holds the column names"), default=True)
    mapping = models.JSONField(_("mapping"), default=dict)
    static_list_id = models.BigIntegerField(null=True)
    match_company = models.BooleanField(_("match companies by e-mail domain"), default=False)
    dry_run = models.BooleanField(_("dry run"), default=False)
    state = models.CharField(_("state"), max_length=20, choices=State.choices, default=State.UPLOADED)
    error = models.TextField(_("error"), blank=True)
    rows = models.PositiveIntegerField(_("rows"), default=0)
    rows_done = models.PositiveIntegerField(_("rows done"), default=0)
    created = models.PositiveIntegerField(_("created"), default=0)
    updated = models.PositiveIntegerField(_("updated"), default=0)
    unchanged = models.PositiveIntegerField(_("unchanged"), default=0)
    refused = models.PositiveIntegerField(_("refused"), default=0)
    keeps_former = models.BooleanField(default=False)
    made_companies = ArrayField(models.BigIntegerField(), default=list)
    undo_total = models.PositiveIntegerField(default=0)
    undo_done = models.PositiveIntegerField(default=0)
    undo_deleted = models.PositiveIntegerField(default=0)
    undo_restored = models.PositiveIntegerField(default=0)
    undo_kept = models.PositiveIntegerField(default=0)
    undo_by = models.TextField(blank=True)
    cancel_asked = models.BooleanField(default=False)
    lease_until = models.DateTimeField(null=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL)
    created_at = models.DateTimeField(_("uploaded"), auto_now_add=True)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("import")
        verbose_name_plural = _("imports")

    def __str__(self) -> str:
        return self.name


class ImportProblem(models.Model):
    """Why one value, or one whole row, of a file was refused."""

    contact_import = models.ForeignKey(ContactImport, on_delete=models.CASCADE, related_name="problems")
    row = models.PositiveIntegerField(_("row"))
    column = models.TextField(_("column"), blank=True)
    value = models.TextField(_("value"), blank=True)
    reason = models.TextField(_("reason"))
    raw = models.JSONField(default=list)

    class Meta:
        verbose_name = _("import problem")
        verbose_name_plural = _("import problems")
        indexes = [models.Index(fields=["contact_import", "row"])]

    def __str__(self) -> str:
        return f"{self.row}: {self.reason}"


class ImportTouch(models.Model):
    """What an import did to one contact: made it, put it on its list, or replaced values: `before` by `after`, by
    column, `attributes.KEY` for the account's own. `stamp` is when a made contact was last written by the import."""

    contact_import = models.ForeignKey(ContactImport, on_delete=models.CASCADE, db_index=False)
    contact_id = models.BigIntegerField(db_index=True)
    made = models.BooleanField(default=False, db_default=False)
    listed = models.BooleanField(default=False, db_default=False)
    before = models.JSONField(default=dict, db_default={}, encoder=ExactEncoder, decoder=ExactDecoder)
    after = models.JSONField(default=dict, db_default={}, encoder=ExactEncoder, decoder=ExactDecoder)
    stamp = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["contact_import", "contact_id"], name="contacts_touch_once")]

    def __str__(self) -> str:
        return f"{self.contact_import_id} {self.contact_id}"


class ImportAnswer(models.Model):
    """A consent that an import recorded, and the one it replaced."""

    contact_import = models.ForeignKey(ContactImport, on_delete=models.CASCADE, db_index=False)
    contact_id = models.BigIntegerField(db_index=True)
    channel = models.CharField(max_length=30)
    topic = models.CharField(max_length=100)
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["contact_import", "contact_id", "channel", "topic"], name="contacts_answer_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.contact_import_id} {self.contact_id} {self.channel}"


class UndoProblem(models.Model):
    """What the undo of an import left as it is, and why: `reason` is a word of `contacts.importing.undoing`."""

    contact_import = models.ForeignKey(ContactImport, on_delete=models.CASCADE, related_name="undo_problems")
    contact_id = models.BigIntegerField()
    key = models.TextField(_("field"), blank=True)
    reason = models.CharField(_("reason"), max_length=20)
    former = models.JSONField(null=True, encoder=ExactEncoder, decoder=ExactDecoder)
    imported = models.JSONField(null=True, encoder=ExactEncoder, decoder=ExactDecoder)
    present = models.JSONField(null=True, encoder=ExactEncoder, decoder=ExactDecoder)

    class Meta:
        verbose_name = _("not undone")
        verbose_name_plural = _("not undone")

    def __str__(self) -> str:
        return f"{self.contact_id} {self.key}"
