"""What people keep of their tables: a filter with an address of its own, a view with a name, and their own columns."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .exact import ExactDecoder, ExactEncoder


class SavedFilter(models.Model):
    """A definition that an address can name. Never changed: the same definition always has the same token."""

    token = models.CharField(max_length=32, primary_key=True)
    definition = models.JSONField(encoder=ExactEncoder, decoder=ExactDecoder)
    created_at = models.DateTimeField(auto_now_add=True)
    used_at = models.DateTimeField(default=timezone.now, db_default=Now(), db_index=True)
    """When somebody last opened it, to the day."""

    class Meta:
        verbose_name = _("kept filter")
        verbose_name_plural = _("kept filters")

    def __str__(self) -> str:
        return self.token


class OfTable(models.TextChoices):
    CONTACTS = "contacts", _("Contacts")
    COMPANIES = "companies", _("Companies")
    LISTS = "lists", _("Lists")


class SavedView(models.Model):
    """A table as somebody likes to see it: `query` holds the parameters of its address."""

    table = models.CharField(max_length=10, choices=OfTable.choices, default=OfTable.CONTACTS)
    name = models.CharField(_("name"), max_length=80)
    query = models.JSONField(default=dict)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("owner"), null=True, on_delete=models.SET_NULL, related_name="+"
    )
    shared = models.BooleanField(_("for everyone"), default=False)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name = _("view")
        verbose_name_plural = _("views")
        constraints = [
            models.UniqueConstraint(
                fields=["table", "name"], condition=Q(shared=True), name="contacts_view_shared_once"
            ),
            models.UniqueConstraint(
                fields=["table", "owner", "name"], condition=Q(shared=False), name="contacts_view_own_once"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class TableHabit(models.Model):
    """How one person likes a table: which columns in which order and width, the view it opens with, and its filters."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    table = models.CharField(max_length=10, choices=OfTable.choices)
    columns = models.TextField(blank=True)
    opens = models.CharField(max_length=20, blank=True)
    query = models.JSONField(default=dict, db_default=models.Value({}, models.JSONField()))

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "table"], name="contacts_habit_once")]

    def __str__(self) -> str:
        return f"{self.user_id} {self.table}"
