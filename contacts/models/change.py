"""The change log: which contacts moved, and which keys. Filled by triggers, emptied by the segments engine."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _


class ContactChange(models.Model):
    """A contact that lists must look at again. `keys` speak the language of dependency keys; `*` means everything."""

    contact_id = models.BigIntegerField()
    keys = ArrayField(models.TextField())
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("pending change")
        verbose_name_plural = _("pending changes")

    def __str__(self) -> str:
        return f"{self.contact_id} {self.keys}"
