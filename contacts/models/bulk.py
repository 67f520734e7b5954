"""What a bulk action did to each contact, so that it can be undone."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from crmseg.jobs.models import Job

from .exact import ExactDecoder, ExactEncoder


class BulkTouch(models.Model):
    """`before` and `after` are what the action replaced, by column or whole; nothing for a place on a list. `at` is
    after the write. `kept` says why an undo left it as it is, with a word of `contacts.bulk.touches`."""

    job = models.ForeignKey(Job, on_delete=models.CASCADE, db_index=False, related_name="+")
    contact_id = models.BigIntegerField(db_index=True)
    before = models.JSONField(null=True, encoder=ExactEncoder, decoder=ExactDecoder)
    after = models.JSONField(null=True, encoder=ExactEncoder, decoder=ExactDecoder)
    at = models.DateTimeField()
    kept = models.CharField(max_length=20, blank=True, default="", db_default="")

    class Meta:
        verbose_name = _("change of a bulk action")
        verbose_name_plural = _("changes of bulk actions")
        constraints = [models.UniqueConstraint(fields=["job", "contact_id"], name="contacts_bulk_touch_once")]

    def __str__(self) -> str:
        return f"{self.job_id} {self.contact_id}"
