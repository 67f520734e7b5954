"""An organisation that contacts belong to."""

from __future__ import annotations

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models.functions import Lower, Upper
from django.utils.translation import gettext_lazy as _

from .exact import ExactDecoder, ExactEncoder


class Company(models.Model):
    """Unknown values are NULL, never an empty string."""

    name = models.TextField(_("name"), null=True, blank=True)
    domain = models.TextField(_("domain"), null=True, blank=True)
    industry = models.TextField(_("industry"), null=True, blank=True)
    employees = models.IntegerField(_("employees"), null=True, blank=True)
    revenue = models.DecimalField(_("revenue"), max_digits=20, decimal_places=4, null=True, blank=True)
    country = models.TextField(_("country"), null=True, blank=True)
    region = models.TextField(_("region"), null=True, blank=True)
    city = models.TextField(_("city"), null=True, blank=True)
    postal_code = models.TextField(_("postal code"), null=True, blank=True)
    attributes = models.JSONField(
        _("custom attributes"), default=dict, db_default={}, blank=True, encoder=ExactEncoder, decoder=ExactDecoder
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    updated_at = models.DateTimeField(_("updated"), auto_now=True)

    class Meta:
        verbose_name = _("company")
        verbose_name_plural = _("companies")
        constraints = [models.UniqueConstraint(Lower("domain"), name="contacts_company_domain_once")]
        indexes = [
            models.Index(Lower("name"), name="contacts_company_by_name"),
            GinIndex(
                OpClass(Upper("name"), name="gin_trgm_ops"),
                OpClass(Upper("domain"), name="gin_trgm_ops"),
                name="contacts_company_search",
            ),
        ]

    def __str__(self) -> str:
        return self.name or self.domain or f"#{self.pk}"
