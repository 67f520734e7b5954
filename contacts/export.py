"""Contacts as CSV, row by row, however many: columns named like the API's keys, so that the import knows them again.

A cell that a spreadsheet would take for a formula is kept from it by an apostrophe, which the import takes off.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from django.db.models import OuterRef, QuerySet, Subquery
from django.utils.translation import gettext as _

from crmseg.common.csv import line as line

from . import computed, computed_values, values
from .fields import Field, FieldType
from .models import Company, Consent, Contact

BATCH = 2000
CHANNELS = ("email", "sms", "phone")
COMPUTED = "computed."
_ANSWER, _WORKED_OUT = "answer_{}", "worked_out"


def contacts_csv(
    contacts: QuerySet[Contact],
    beside: Mapping[str, Callable[[Contact], Any]] | None = None,
    worked_out: Sequence[str] = (),
) -> Iterator[str]:
    """Header and rows: all of `column_choices()`, but of what is worked out only the columns in `worked_out`.
    `beside`: further columns at the end, each with what it says of a contact."""
    more = beside or {}
    keys = [key for key in _known() if not key.startswith(COMPUTED) or key in worked_out]
    yield line([*keys, *more])
    yield from contacts_rows(contacts, keys, more)


def contacts_rows(
    contacts: QuerySet[Contact], keys: Sequence[str], more: Mapping[str, Callable[[Contact], Any]] | None = None
) -> Iterator[str]:
    """The rows alone."""
    known = _known()
    says = [*(known[key] for key in keys), *(more or {}).values()]
    answers = {
        _ANSWER.format(channel): Subquery(
            Consent.objects.filter(contact=OuterRef("pk"), channel=channel, topic="").values("status")[:1]
        )
        for channel in CHANNELS
        if f"consent.{channel}" in keys
    }
    rows = contacts.select_related("company").annotate(**answers)
    worked_out = {key.removeprefix(COMPUTED) for key in keys if key.startswith(COMPUTED)}
    found = rows.iterator(chunk_size=BATCH)
    while batch := list(islice(found, BATCH)):
        if worked_out:
            read = computed_values.read([contact.pk for contact in batch], worked_out)
            for contact in batch:
                setattr(contact, _WORKED_OUT, read.get(contact.pk, {}))
        for contact in batch:
            yield line([say(contact) for say in says])


def companies_csv(companies: QuerySet[Company]) -> Iterator[str]:
    """Header and rows, by name."""
    fields = values.catalog("company")
    yield line(["id", *fields])
    for company in companies.order_by("name", "pk").iterator(chunk_size=BATCH):
        said = (_value(company, field) for field in fields.values())
        yield line([company.pk, *said])


def column_choices() -> list[tuple[str, str, str]]:
    """Key, label and group of every column there is."""
    found = [("id", "ID", str(_("Identity")))]
    found += [(field.key, str(field.label), str(field.group)) for field in values.catalog().values() if _has(field)]
    company, answers = _("Company"), _("Consent")
    found += [("company.domain", _("Company domain"), company), ("company.name", _("Company name"), company)]
    found += [(f"consent.{channel}", channel, answers) for channel in CHANNELS]
    worked_out = computed.fields().values()
    return found + [(f"{COMPUTED}{field.key}", str(field.label), str(field.group)) for field in worked_out]


def _known() -> dict[str, Callable[[Contact], Any]]:
    """What each column says of a contact."""

    def read(field: Field) -> Callable[[Contact], Any]:
        return lambda contact: _value(contact, field)

    def answer(channel: str) -> Callable[[Contact], Any]:
        return lambda contact: getattr(contact, _ANSWER.format(channel), None)

    def worked_out(key: str) -> Callable[[Contact], Any]:
        return lambda contact: values.dump(getattr(contact, _WORKED_OUT, {}).get(key))

    return {
        "id": lambda contact: contact.pk,
        **{field.key: read(field) for field in values.catalog().values() if _has(field)},
        "company.domain": lambda contact: contact.company and contact.company.domain,
        "company.name": lambda contact: contact.company and contact.company.name,
        **{f"consent.{channel}": answer(channel) for channel in CHANNELS},
        **{f"{COMPUTED}{key}": worked_out(key) for key in computed.fields()},
    }


def _has(field: Field) -> bool:
    """The age is not kept; the birth date is."""
    return field.key != "age"


def _value(contact: Contact | Company, field: Field) -> Any:
    if field.custom:
        return contact.attributes.get(field.key)
    if field.type is FieldType.LOCATION and isinstance(contact, Contact):
        known = contact.latitude is not None and contact.longitude is not None
        return {"lat": contact.latitude, "lon": contact.longitude} if known else None
    return values.dump(getattr(contact, field.columns[0]))
