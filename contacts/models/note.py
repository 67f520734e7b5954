"""What people write about a contact."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from .contact import Contact


class Note(models.Model):
    """`author` is who wrote it, as `crmseg.common.actor` says it, and `user` the same where it was a person."""

    contact = models.ForeignKey(
        Contact,
        verbose_name=_("contact"),
        on_delete=models.CASCADE,
        related_name="notes",
        db_index=False,
        db_constraint=False,  # the migration makes one that cascades
    )
    text = models.TextField(_("text"))
    author = models.TextField(_("author"))
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )
    created_at = models.DateTimeField(_("created"))
    updated_at = models.DateTimeField(_("updated"))

    class Meta:
        verbose_name = _("note")
        verbose_name_plural = _("notes")
        indexes = [models.Index(fields=["contact", "-created_at", "-id"], name="contacts_note_latest")]

    def __str__(self) -> str:
        return f"{self.contact_id} {self.created_at}"

    @property
    def was_edited(self) -> bool:
        return self.updated_at > self.created_at
