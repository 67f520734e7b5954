"""What a template sees of a contact: `contact.first_name`, `contact.company.name`, `contact.attributes.plan`."""

from __future__ import annotations

from decimal import Decimal

from contacts.fields import COMPANY_FIELDS, CONTACT_FIELDS, Field, FieldType
from contacts.models import Company, Contact
from crmseg.common import clock


class _Named(dict[str, object]):
    """A company: its fields by name, and its name where it is printed whole."""

    def __str__(self) -> str:
        return str(self.get("name") or "")


def of(contact: Contact) -> dict[str, object]:
    """Every standard field by key (None where unknown), the custom ones under `attributes`, and the company."""
    values = {key: _value(contact, field) for key, field in CONTACT_FIELDS.items()}
    return values | {
        "id": contact.pk,
        "attributes": contact.attributes,
        "company": _company(contact.company) if contact.company else None,
    }


def _company(company: Company) -> _Named:
    values = {key: _value(company, field) for key, field in COMPANY_FIELDS.items()}
    return _Named(values | {"id": company.pk, "attributes": company.attributes})


def _value(owner: Contact | Company, field: Field) -> object:
    if isinstance(owner, Contact) and field.key == "age":
        return _age(owner)
    if field.type is FieldType.LOCATION:
        latitude, longitude = (getattr(owner, column) for column in field.columns)
        return None if latitude is None else {"latitude": latitude, "longitude": longitude}
    value = getattr(owner, field.columns[0])
    return _plain(value) if isinstance(value, Decimal) else value


def _plain(number: Decimal) -> int | str:
    """1500 rather than 1500.0000, 12.50 as it was entered to the cent."""
    return int(number) if number == number.to_integral_value() else f"{number:.2f}"


def _age(contact: Contact) -> int | None:
    born = contact.birth_date
    if born is None:
        return None
    today = clock.now().date()
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day))
