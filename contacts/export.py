"""Contacts as CSV, row by row, however many: columns named like the API's keys, so that the import knows them again.

A cell that a spreadsheet would take for a formula is kept from it by an apostrophe, which the import takes off.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Mapping
from io import StringIO
from typing import Any

from django.db.models import OuterRef, QuerySet, Subquery

from . import values
from .fields import Field, FieldType
from .models import Consent, Contact

FORMULA = ("=", "+", "-", "@", "\t", "\r")
BATCH = 2000


def contacts_csv(
    contacts: QuerySet[Contact], beside: Mapping[str, Callable[[Contact], Any]] | None = None
) -> Iterator[str]:
    """`beside`: further columns at the end, each with what it says of a contact."""
    more = beside or {}
    catalog = values.catalog()
    fields = [field for field in catalog.values() if field.key != "age"]
    email = Consent.objects.filter(contact=OuterRef("pk"), channel="email", topic="").values("status")
    rows = contacts.select_related("company").annotate(email_consent=Subquery(email[:1]))
    yield line(["id", *(field.key for field in fields), "company.domain", "company.name", "consent.email", *more])
    for contact in rows.iterator(chunk_size=BATCH):
        company = contact.company
        yield line(
            [
                contact.pk,
                *(_value(contact, field) for field in fields),
                company and company.domain,
                company and company.name,
                getattr(contact, "email_consent", None),
                *(say(contact) for say in more.values()),
            ]
        )


def line(cells: list[Any]) -> str:
    """One line of CSV that spreadsheets read as plain data."""
    out = StringIO()
    csv.writer(out, lineterminator="\r\n").writerow([safe(cell) for cell in cells])
    return out.getvalue()


def safe(cell: Any) -> str:
    match cell:
        case None:
            return ""
        case bool():
            return "true" if cell else "false"
        case list():
            text = "; ".join(map(str, cell))
        case {"lat": lat, "lon": lon}:
            text = f"{lat}, {lon}"
        case _:
            text = str(cell)
    return "'" + text if text.startswith(FORMULA) else text


def _value(contact: Contact, field: Field) -> Any:
    if field.custom:
        return contact.attributes.get(field.key)
    if field.type is FieldType.LOCATION:
        known = contact.latitude is not None and contact.longitude is not None
        return {"lat": contact.latitude, "lon": contact.longitude} if known else None
    return values.dump(getattr(contact, field.columns[0]))
