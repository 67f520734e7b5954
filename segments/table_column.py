"""How many lists each of some contacts is in: a column of the contacts table."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import Count
from django.utils.translation import gettext_lazy as _

from contacts import columns

from .models import Membership


def connect() -> None:
    columns.register(columns.Counted("lists", _("Lists"), count))


def count(contacts: Sequence[int]) -> dict[int, int]:
    rows = Membership.objects.filter(contact_id__in=contacts, segment__archived_at=None).order_by()
    found = dict(rows.values("contact_id").annotate(n=Count("pk")).values_list("contact_id", "n"))
    return {contact: found.get(contact, 0) for contact in contacts}
