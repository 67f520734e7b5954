"""Stored values and names of actors, in the words of people."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext as _

from crmseg.access import account
from crmseg.web import formats
from crmseg.web.tags import plain

from .. import stages
from ..fields import Field, FieldType
from .presenting import stored


def who(actor: str) -> str:
    """`user:Ada` → `Ada`; whatever is no person is said to be what it is."""
    kind, _colon, name = actor.partition(":")
    match kind:
        case "key":
            return _("API key %(name)s") % {"name": name}
        case "import":
            return _("import %(name)s") % {"name": name}
        case "system" if name == "database":
            return _("outside the product")
        case "system" if name == "worth":
            return _("Worth")
        case _:
            return name or actor


def value_said(field: Field | None, raw: Any) -> str:
    """A value of a history as it reads on the page; `field` is None where the attribute is gone."""
    if field is None or raw is None:
        return plain(raw)
    if field.key == "lifecycle_stage" and not field.custom:
        return stages.name_of(str(raw))
    value = stored(field, raw)
    match value:
        case datetime() | date():
            return formats.exact(value)
        case {"lat": lat, "lon": lon}:
            return f"{lat}, {lon}"
    if field.type is FieldType.MONEY:
        return formats.money(value, account.current().currency)
    return plain(value)
