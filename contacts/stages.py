"""The names of the lifecycle stages, as people read them."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

NAMES: dict[str, str | Promise] = {
    "subscriber": _("Subscriber"),
    "lead": _("Lead"),
    "marketing-qualified": _("Marketing-qualified lead"),
    "sales-qualified": _("Sales-qualified lead"),
    "opportunity": _("Opportunity"),
    "customer": _("Customer"),
    "evangelist": _("Evangelist"),
}


def name_of(stage: str | None) -> str:
    return str(NAMES.get(stage or "", stage or ""))
