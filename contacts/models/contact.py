"""A person, with a home for every model of segmentation."""

from __future__ import annotations

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models.functions import Left, Lower, Now, Upper
from django.utils.translation import gettext_lazy as _

from .company import Company
from .exact import ExactDecoder, ExactEncoder


def _text(label: Any) -> models.TextField[str | None, str | None]:
    return models.TextField(label, null=True, blank=True)


def _tags(label: Any) -> ArrayField[list[str] | None, list[str] | None]:
    return ArrayField(models.TextField(), verbose_name=label, null=True, blank=True)


class Contact(models.Model):
    """Unknown values are NULL, never an empty string or an empty list. Labels and types: `contacts.fields`."""

    external_id = _text(_("external ID"))
    email = _text(_("e-mail"))
    phone = _text(_("phone"))
    first_name = _text(_("first name"))
    last_name = _text(_("last name"))

    birth_date = models.DateField(_("birth date"), null=True, blank=True)
    gender = _text(_("gender"))
    marital_status = _text(_("marital status"))
    education = _text(_("education"))
    income_band = _text(_("income band"))
    life_stage = _text(_("life stage"))

    country = _text(_("country"))
    region = _text(_("region"))
    city = _text(_("city"))
    postal_code = _text(_("postal code"))
    latitude = models.FloatField(_("latitude"), null=True, blank=True)
    longitude = models.FloatField(_("longitude"), null=True, blank=True)
    time_zone = _text(_("time zone"))
    language = _text(_("language"))

    interests = _tags(_("interests"))
    personality = _text(_("personality"))
    attitude = _text(_("attitude"))
    values = _tags(_("values"))
    lifestyle = _text(_("lifestyle"))
    style = _text(_("style"))

    device_type = _text(_("device type"))
    operating_system = _text(_("operating system"))
    apps = _tags(_("apps used"))
    software = _tags(_("software used"))

    needs = _tags(_("needs"))
    objectives = _tags(_("objectives"))

    company = models.ForeignKey(
        Company,
        verbose_name=_("company"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="contacts",
    )
    job_title = _text(_("job title"))
    seniority = _text(_("seniority"))
    department = _text(_("department"))

    lifecycle_stage = _text(_("lifecycle stage"))
    lead_status = _text(_("lead status"))
    interest_level = _text(_("interest level"))
    budget = models.DecimalField(_("budget"), max_digits=20, decimal_places=4, null=True, blank=True)
    source = _text(_("source"))
    owner = _text(_("owner"))
    preferred_channel = _text(_("preferred channel"))

    attributes = models.JSONField(
        _("custom attributes"), default=dict, db_default={}, blank=True, encoder=ExactEncoder, decoder=ExactDecoder
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True, db_default=Now())
    updated_at = models.DateTimeField(_("updated"), auto_now=True, db_default=Now())

    class Meta:
        verbose_name = _("contact")
        verbose_name_plural = _("contacts")
        constraints = [
            models.UniqueConstraint(Lower("email"), name="contacts_contact_email_once"),
            models.UniqueConstraint(fields=["external_id"], name="contacts_contact_external_once"),
        ]
        indexes = [
            models.Index(fields=["lifecycle_stage", "id"]),
            models.Index(fields=["phone"]),
            # What a table sorts by; what an index holds must fit on its page, and names may be long.
            models.Index(Left("last_name", 200), Left("first_name", 200), "id", name="contacts_contact_by_name"),
            models.Index("country", Left("city", 200), name="contacts_contact_by_place"),
            models.Index(fields=["-created_at", "-id"]),
            GinIndex(
                OpClass(Upper("email"), name="gin_trgm_ops"),
                OpClass(Upper("first_name"), name="gin_trgm_ops"),
                OpClass(Upper("last_name"), name="gin_trgm_ops"),
                name="contacts_contact_search",
            ),
        ]

    def __str__(self) -> str:
        return self.full_name or self.email or self.external_id or f"#{self.pk}"

    @property
    def full_name(self) -> str:
        return " ".join(filter(None, [self.first_name, self.last_name]))
