"""Where worth takes part beside its own pages: what is given and forgotten on request, and what it keeps in use."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _

from .. import computed_values, guards, privacy, values
from ..models import Contact, Worth
from . import rules


def connect() -> None:
    privacy.register("worth", give, forget)
    guards.register(settings_reading)


def give(contact: Contact) -> dict[str, Any]:
    """Everything that was worked out, expectations with their bounds."""
    row = Worth.objects.filter(contact=contact).first()
    kept = {field.attname: values.dump(getattr(row, field.attname)) for field in Worth._meta.fields} if row else {}
    return {"shown": computed_values.out([contact.pk]).get(contact.pk, {}), "kept": kept}


def forget(contact: Contact) -> None:
    Worth.objects.filter(contact=contact).delete()


def settings_reading(keys: Sequence[str]) -> list[str]:
    """An attribute that says what somebody costs is in use."""
    return [_("Settings of worth")] if not rules.current().keys.isdisjoint(keys) else []
