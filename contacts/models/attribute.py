"""Custom attributes: their definitions, and what every attribute was before."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from ..fields import FieldType
from .exact import ExactDecoder, ExactEncoder


class AttributeDefinition(models.Model):
    """A custom attribute of contacts or companies; its values live in their `attributes` column."""

    class Entity(models.TextChoices):
        CONTACT = "contact", _("Contact")
        COMPANY = "company", _("Company")

    entity = models.CharField(_("of"), max_length=10, choices=Entity.choices, default=Entity.CONTACT)
    key = models.CharField(_("key"), max_length=100)
    label = models.CharField(_("label"), max_length=200)
    group = models.CharField(_("group"), max_length=100, blank=True)
    type = models.CharField(_("type"), max_length=20, choices=[(t.value, t.value) for t in FieldType])
    options = models.JSONField(_("options"), default=list, blank=True)
    description = models.TextField(_("description"), blank=True, default="", db_default="")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("attribute")
        verbose_name_plural = _("attributes")
        constraints = [models.UniqueConstraint(fields=["entity", "key"], name="contacts_attribute_once")]

    def __str__(self) -> str:
        return self.label


class _Change(models.Model):
    """One row per changed value, written by the database itself. `actor` is who, as `crmseg.common.actor` says it."""

    key = models.TextField()
    old = models.JSONField(null=True, encoder=ExactEncoder, decoder=ExactDecoder)
    new = models.JSONField(null=True, encoder=ExactEncoder, decoder=ExactDecoder)
    at = models.DateTimeField()
    actor = models.TextField()

    class Meta:
        abstract = True


class AttributeHistory(_Change):
    """What an attribute of a contact was before."""

    contact_id = models.BigIntegerField()

    class Meta:
        verbose_name = _("attribute change")
        verbose_name_plural = _("attribute history")
        indexes = [models.Index(fields=["contact_id", "key", "at"])]

    def __str__(self) -> str:
        return f"{self.contact_id} {self.key}"


class CompanyHistory(_Change):
    """What an attribute of a company was before."""

    company_id = models.BigIntegerField()

    class Meta:
        verbose_name = _("company change")
        verbose_name_plural = _("company history")
        indexes = [models.Index(fields=["company_id", "key", "at"])]

    def __str__(self) -> str:
        return f"{self.company_id} {self.key}"
