"""A contact's values as her page shows and edits them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext as _

from crmseg.common import clock

from .. import values
from ..fields import CONTACT_FIELDS, Field, FieldType
from ..models import Contact

CHANNELS = ("email", "sms", "phone")


@dataclass(frozen=True)
class Fact:
    """One attribute of one contact: what it is called, what it holds, and the control that changes it."""

    field: Field
    value: Any

    @property
    def key(self) -> str:
        return self.field.key

    @property
    def id(self) -> str:
        return "fact-" + "_".join(self.field.key.split())

    @property
    def control(self) -> str:
        """The kind of input that suits the type."""
        match self.field.type:
            case FieldType.NUMBER | FieldType.MONEY:
                return "number"
            case FieldType.DATE:
                return "date"
            case FieldType.DATETIME:
                return "datetime-local"
            case FieldType.BOOLEAN:
                return "select"
            case FieldType.ENUM | FieldType.ORDERED_ENUM:
                return "select" if self.field.options else "text"
            case FieldType.MULTI_ENUM:
                return "checks" if self.field.options else "tags"
            case FieldType.LOCATION:
                return "location"
            case FieldType.TEXT:
                return "text"

    @property
    def written(self) -> Any:
        """The value as the control holds it."""
        match self.value:
            case None:
                return ""
            case datetime():
                return timezone.localtime(self.value).strftime("%Y-%m-%dT%H:%M:%S")
            case date():
                return self.value.isoformat()
            case Decimal():
                return str(values.dump(self.value))
            case list() if self.control == "tags":
                return ", ".join(self.value)
            case _:
                return self.value


@dataclass(frozen=True)
class Group:
    """Attributes that belong together; the known ones come first, because they answer questions."""

    label: str
    facts: list[Fact]

    @property
    def known(self) -> list[Fact]:
        return [fact for fact in self.facts if fact.value is not None]

    @property
    def unknown(self) -> list[Fact]:
        return [fact for fact in self.facts if fact.value is None]


def groups(contact: Contact) -> list[Group]:
    found: dict[str, list[Fact]] = {}
    for field in values.catalog("contact").values():
        found.setdefault(str(field.group), []).append(Fact(field, value_of(contact, field)))
    return [Group(label, facts) for label, facts in found.items()]


def fact(contact: Contact, key: str) -> Fact | None:
    field = values.catalog("contact").get(key)
    return Fact(field, value_of(contact, field)) if field else None


def value_of(contact: Contact, field: Field) -> Any:
    if field.custom:
        return _stored(field, contact.attributes.get(field.key))
    if field.key == "age":
        return _age(contact.birth_date)
    if field.type is FieldType.LOCATION:
        has_both = contact.latitude is not None and contact.longitude is not None
        return {"lat": contact.latitude, "lon": contact.longitude} if has_both else None
    return getattr(contact, field.columns[0])


def _stored(field: Field, value: Any) -> Any:
    """A custom value as its type has it; what an older type left behind is shown as it lies."""
    try:
        return values.read(field, value)
    except ValueError:
        return value


def _age(born: date | None) -> int | None:
    if born is None:
        return None
    today = timezone.localdate(clock.now())
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day))


def sent_value(shown: Fact, sent: QueryDict) -> Any:
    """What a fact's control sent, as `contacts.values` reads it; None where it was emptied."""
    match shown.control:
        case "checks":
            return sent.getlist("value") or None
        case "tags":
            return [word for word in map(str.strip, sent.get("value", "").split(",")) if word] or None
        case "location":
            place = {"lat": sent.get("lat", "").strip(), "lon": sent.get("lon", "").strip()}
            return place if any(place.values()) else None
        case "datetime-local":
            return _with_zone(sent.get("value", "").strip())
        case _:
            return sent.get("value", "").strip() or None


def _with_zone(written: str) -> str | None:
    """A moment typed without a zone is meant in the account's."""
    try:
        moment = datetime.fromisoformat(written)
    except ValueError:
        return written or None
    return (timezone.make_aware(moment) if moment.tzinfo is None else moment).isoformat()


def change(shown: Fact, value: Any) -> Mapping[str, Any]:
    """The change as `update_contact` takes it."""
    return {"attributes": {shown.key: value}} if shown.field.custom else {shown.key: value}


def column_labels() -> dict[str, str]:
    """What people call a column of contacts, `attributes.KEY` or `consent.CHANNEL`."""
    catalog = values.catalog("contact").values()
    found = {column: str(field.label) for field in catalog if not field.custom for column in field.columns}
    found |= {f"attributes.{field.key}": str(field.label) for field in catalog if field.custom}
    channels = {f"consent.{channel}": _("Consent: %(channel)s") % {"channel": channel} for channel in CHANNELS}
    # The age is read from the column of the birth date, whose name that is.
    return found | channels | {"birth_date": str(CONTACT_FIELDS["birth_date"].label), "company_id": _("Company")}
