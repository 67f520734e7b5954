"""Changes of the type of an attribute, and what each value was before, so that they can be undone."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from .attribute import AttributeDefinition
from .exact import ExactDecoder, ExactEncoder


class Retyping(models.Model):
    """`former` and `present` are the type and its options before and after."""

    definition = models.ForeignKey(AttributeDefinition, on_delete=models.CASCADE, related_name="retypings")
    former_type = models.CharField(_("type before"), max_length=20)
    former_options = models.JSONField(default=list)
    present_type = models.CharField(_("type"), max_length=20)
    present_options = models.JSONField(default=list)
    converted = models.BigIntegerField(_("converted"), default=0)
    lost = models.BigIntegerField(_("lost"), default=0)
    at = models.DateTimeField(_("at"))
    actor = models.TextField(_("by"))
    undone_at = models.DateTimeField(_("undone"), null=True)
    undone_by = models.TextField(blank=True)

    class Meta:
        verbose_name = _("change of type")
        verbose_name_plural = _("changes of type")

    def __str__(self) -> str:
        return f"{self.definition_id} {self.former_type} → {self.present_type}"


class RetypedValue(models.Model):
    """A value that the change rewrote; where `new` is NULL it could not be kept."""

    retyping = models.ForeignKey(Retyping, on_delete=models.CASCADE, related_name="values", db_index=False)
    row_id = models.BigIntegerField()
    old = models.JSONField(encoder=ExactEncoder, decoder=ExactDecoder)
    new = models.JSONField(null=True, encoder=ExactEncoder, decoder=ExactDecoder)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["retyping", "row_id"], name="contacts_retyped_once")]

    def __str__(self) -> str:
        return f"{self.row_id}: {self.old} → {self.new}"
