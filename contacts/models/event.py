"""What contacts did. The table is partitioned by month of `occurred_at`; see `contacts.partitions`."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from .contact import Contact
from .exact import ExactDecoder, ExactEncoder


class EventType(models.Model):
    name = models.TextField(_("name"), unique=True)
    description = models.TextField(_("description"), blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("event type")
        verbose_name_plural = _("event types")

    def __str__(self) -> str:
        return self.name


class Event(models.Model):
    """`amount` is the property `revenue` in minor units of `currency`, kept apart so that sums need no JSON."""

    contact = models.ForeignKey(Contact, verbose_name=_("contact"), on_delete=models.CASCADE, db_index=False)
    type = models.ForeignKey(EventType, verbose_name=_("type"), on_delete=models.PROTECT, db_index=False)
    occurred_at = models.DateTimeField(_("occurred"))
    received_at = models.DateTimeField(_("received"))
    properties = models.JSONField(_("properties"), default=dict, encoder=ExactEncoder, decoder=ExactDecoder)
    amount = models.BigIntegerField(_("amount"), null=True)
    currency = models.CharField(_("currency"), max_length=3, null=True)
    message_id = models.TextField(_("message ID"), null=True)
    source = models.TextField(_("source"), null=True)

    class Meta:
        verbose_name = _("event")
        verbose_name_plural = _("events")

    def __str__(self) -> str:
        return f"{self.type_id} {self.occurred_at}"


class EventMessage(models.Model):
    """The message ids already taken: uniqueness across partitions, written in the event's own transaction."""

    message_id = models.TextField(primary_key=True)
    received_at = models.DateTimeField()

    class Meta:
        verbose_name = _("message ID taken")
        verbose_name_plural = _("message IDs taken")

    def __str__(self) -> str:
        return self.message_id
