"""Contacts that became part of others, and what is needed to take them apart again."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from .exact import ExactDecoder, ExactEncoder


class Merge(models.Model):
    """One contact that became part of another. `before` holds both as they were, `after` what the survivor was given,
    `moved` what each step moved; they are emptied when the time to undo has passed."""

    survivor_id = models.BigIntegerField(_("survivor"))
    merged_id = models.BigIntegerField(_("merged"), db_index=True)
    merged_label = models.TextField(_("name"))
    at = models.DateTimeField(_("at"))
    actor = models.TextField(_("by"))
    before = models.JSONField(null=True, encoder=ExactEncoder, decoder=ExactDecoder)
    after = models.JSONField(default=dict, encoder=ExactEncoder, decoder=ExactDecoder)
    moved = models.JSONField(default=dict)
    undone_at = models.DateTimeField(_("undone"), null=True)
    undone_by = models.TextField(blank=True)

    class Meta:
        verbose_name = _("merge")
        verbose_name_plural = _("merges")
        indexes = [models.Index(fields=["survivor_id", "at"], name="contacts_merge_survivor")]

    def __str__(self) -> str:
        return f"{self.merged_id} into {self.survivor_id}"


class MergedEvent(models.Model):
    """An event that the survivor has only because of a merge: moved by it, or sent since to a former name."""

    merge = models.ForeignKey(Merge, on_delete=models.CASCADE, db_index=False)
    event_id = models.BigIntegerField()

    class Meta:
        indexes = [models.Index(fields=["merge", "event_id"], name="contacts_mergedevent_of")]

    def __str__(self) -> str:
        return f"{self.merge_id} {self.event_id}"


class Alias(models.Model):
    """What others may still call a contact: the names of those merged into it. A present name counts before these.

    `value` of an e-mail address is lowered by the database; that of an id is its digits. `of_merged`: it was a name of
    the merged contact, and what is sent to it belongs to that one should the merge be undone.
    """

    contact_id = models.BigIntegerField(db_index=True)
    kind = models.CharField(max_length=20)
    value = models.TextField()
    of_merged = models.BooleanField(default=True)
    merge = models.ForeignKey(Merge, on_delete=models.CASCADE)

    class Meta:
        verbose_name = _("former name")
        verbose_name_plural = _("former names")
        indexes = [models.Index(fields=["kind", "value"], name="contacts_alias_value")]

    def __str__(self) -> str:
        return f"{self.kind} {self.value}"


class Duplicate(models.Model):
    """Two contacts that may be one person, the smaller id first; `reasons` are words of `contacts.duplicates`."""

    first_id = models.BigIntegerField()
    second_id = models.BigIntegerField(db_index=True)
    reasons = models.JSONField(default=list)
    weight = models.PositiveSmallIntegerField(default=0)
    found_at = models.DateTimeField()
    dismissed_at = models.DateTimeField(null=True)
    dismissed_by = models.TextField(blank=True)

    class Meta:
        verbose_name = _("duplicate")
        verbose_name_plural = _("duplicates")
        constraints = [models.UniqueConstraint(fields=["first_id", "second_id"], name="contacts_duplicate_once")]
        indexes = [
            models.Index(
                fields=["-weight", "-id"], condition=models.Q(dismissed_at=None), name="contacts_duplicate_open"
            )
        ]

    def __str__(self) -> str:
        return f"{self.first_id} {self.second_id}"


class DuplicateScan(models.Model):
    """The latest look for duplicates; there is one row at most."""

    asked_at = models.DateTimeField(null=True)
    lease_until = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(pk=1), name="contacts_one_scan")]

    def __str__(self) -> str:
        return f"{self.finished_at}"
