"""What a template sees of a contact: `contact.first_name`, `contact.company.name`, `contact.attributes.plan`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal

from contacts.fields import COMPANY_FIELDS, CONTACT_FIELDS, Field, FieldType
from contacts.models import Company, Contact
from crmseg.common import clock


class Person(Mapping[str, object]):
    """Every standard field by key (None where unknown), the custom ones under `attributes`, and the company.

    A message prints a few fields of many: each is made when it is asked for.
    """

    __slots__ = ("_owner",)
    fields: Mapping[str, Field] = CONTACT_FIELDS

    def __init__(self, owner: Contact | Company) -> None:
        self._owner = owner

    def __getitem__(self, key: str) -> object:
        if field := self.fields.get(key):
            return _value(self._owner, field)
        if key == "id":
            return self._owner.pk
        if key == "attributes":
            return self._owner.attributes
        if key == "company" and isinstance(self._owner, Contact):
            return company_of(self._owner)
        raise KeyError(key)

    def __iter__(self) -> Iterator[str]:
        return iter([*self.fields, "id", "attributes", *(["company"] if isinstance(self._owner, Contact) else [])])

    def __len__(self) -> int:
        return len([*self])

    def __str__(self) -> str:
        return str(self._owner)


class Firm(Person):
    """A company: its fields by name, and its name where it is printed whole."""

    __slots__ = ()
    fields = COMPANY_FIELDS

    def __str__(self) -> str:
        return str(self.get("name") or "")


def of(contact: Contact) -> Person:
    return Person(contact)


def company_of(contact: Contact) -> Firm | None:
    return Firm(contact.company) if contact.company else None


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
