"""What changes of type keep of a person: given to her with everything else, and forgotten with her."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet

from . import privacy
from .models import AttributeDefinition, Contact, RetypedValue, Retyping


def connect() -> None:
    """Called once, when the apps are ready."""
    privacy.register("values_before_a_change_of_type", _give, _forget)


def _give(contact: Contact) -> list[dict[str, Any]]:
    rows = _of(contact).select_related("retyping__definition").order_by("pk")
    return [{"key": row.retyping.definition.key, "value": row.old} for row in rows]


def _forget(contact: Contact) -> None:
    _of(contact).delete()


def _of(contact: Contact) -> QuerySet[RetypedValue]:
    """By the changes there were, which are few: so that the index leads to her."""
    changes = Retyping.objects.filter(definition__entity=AttributeDefinition.Entity.CONTACT)
    return RetypedValue.objects.filter(retyping__in=list(changes.values_list("pk", flat=True)), row_id=contact.pk)
