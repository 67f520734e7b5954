"""What somebody is to do about a contact, by when."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from .contact import Contact


class Task(models.Model):
    """Open until `done_at`. `source` says who asked for it where that was no person ("automation:7", "survey:3");
    `created_by` is who wrote it and `done_by` who did it, as `crmseg.common.actor` says it."""

    contact = models.ForeignKey(
        Contact,
        verbose_name=_("contact"),
        on_delete=models.CASCADE,
        related_name="tasks",
        db_index=False,
        db_constraint=False,  # the migration makes one that cascades
    )
    title = models.CharField(_("title"), max_length=300)
    note = models.TextField(_("note"), blank=True)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("owner"),
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
        db_index=False,
    )
    due_at = models.DateTimeField(_("due"), null=True)
    done_at = models.DateTimeField(_("done"), null=True)
    done_by = models.TextField(_("done by"), blank=True)
    source = models.TextField(_("source"), blank=True)
    created_by = models.TextField(_("created by"))
    created_at = models.DateTimeField(_("created"))
    updated_at = models.DateTimeField(_("updated"))

    class Meta:
        verbose_name = _("task")
        verbose_name_plural = _("tasks")
        indexes = [
            models.Index(fields=["contact", "due_at", "id"], name="contacts_task_of_contact"),
            models.Index(fields=["due_at", "id"], condition=models.Q(done_at__isnull=True), name="contacts_task_open"),
            models.Index(
                fields=["owner", "due_at", "id"],
                condition=models.Q(done_at__isnull=True),
                name="contacts_task_open_of_owner",
            ),
            models.Index(
                fields=["-done_at", "-id"], condition=models.Q(done_at__isnull=False), name="contacts_task_done"
            ),
        ]

    def __str__(self) -> str:
        return self.title
