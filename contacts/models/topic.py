"""What people may be asked about, and by which channels: what the account declares of its consents.

An answer needs no declaration: channels and topics that only answers know stay valid.
"""

from __future__ import annotations

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _


class _Declared(models.Model):
    """`labels` hold the name in other languages, by code; `label` is what the others read."""

    label = models.CharField(_("label"), max_length=200)
    labels = models.JSONField(_("labels in other languages"), default=dict, blank=True)
    description = models.TextField(_("description"), blank=True)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        labels: dict[str, Any] = self.labels
        return str(labels.get(get_language() or "") or self.label)


class ConsentChannel(_Declared):
    """A way to reach people besides the ones that the product knows."""

    key = models.CharField(_("key"), max_length=30, unique=True)

    class Meta:
        verbose_name = _("consent channel")
        verbose_name_plural = _("consent channels")


class ConsentTopic(_Declared):
    """A subject of messages. Without channels it is asked about on all; `default` is what holds until an answer."""

    class Default(models.TextChoices):
        SUBSCRIBED = "subscribed", _("Written to until they say no")
        UNSUBSCRIBED = "unsubscribed", _("Written to only after they say yes")

    key = models.CharField(_("key"), max_length=100, unique=True)
    channels = ArrayField(models.CharField(max_length=30), verbose_name=_("channels"), default=list, blank=True)
    default = models.CharField(
        _("until they answer"), max_length=20, choices=Default.choices, default=Default.SUBSCRIBED
    )

    class Meta:
        verbose_name = _("consent topic")
        verbose_name_plural = _("consent topics")
