"""Every field there is: the standard ones and the account's own."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ..fields import COMPANY_FIELDS, CONTACT_FIELDS, Field, FieldType
from ..models import AttributeDefinition

CUSTOM = gettext_lazy("Custom")


def catalog(entity: str = "contact") -> dict[str, Field]:
    """Standard fields first, then custom ones, by key."""
    definitions = AttributeDefinition.objects.filter(entity=entity).order_by("id")
    return {**catalog_fields(entity), **{definition.key: definition_field(definition) for definition in definitions}}


def catalog_fields(entity: str) -> dict[str, Field]:
    """The standard ones."""
    return CONTACT_FIELDS if entity == "contact" else COMPANY_FIELDS


def definition_field(definition: AttributeDefinition) -> Field:
    return Field(
        definition.key,
        definition.label,
        definition.group or CUSTOM,
        FieldType(definition.type),
        options=tuple(definition.options),
        custom=True,
    )


def suggest(given: str, known: Iterable[str]) -> str:
    """A sentence that names the likely spelling, or nothing."""
    near = get_close_matches(given, list(known), n=1, cutoff=0.7)
    return " " + _("Did you mean “%(near)s”?") % {"near": near[0]} if near else ""
