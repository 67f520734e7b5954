"""The values of a contact or a company as its page shows and edits them."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.http import QueryDict
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from crmseg.access.models import User
from crmseg.common import clock, json

from .. import stages, values, wire
from ..fields import CONTACT_FIELDS, Field, FieldType
from ..models import Company, Contact

CHANNELS = ("email", "sms", "phone")
MOST_OWNERS = 200


@dataclass(frozen=True)
class Fact:
    """One attribute of a contact or a company: what it is called, what it holds, and the control that changes it."""

    field: Field
    value: Any
    of: Contact | Company | None = None
    has_past: bool = False

    @property
    def key(self) -> str:
        return self.field.key

    @property
    def id(self) -> str:
        return "fact-" + "_".join(self.field.key.split())

    @property
    def url(self) -> str:
        return self._address("fact")

    @property
    def past_url(self) -> str:
        return self._address("fact-history")

    def _address(self, name: str) -> str:
        if self.of is None:
            return ""
        prefix = "contacts:" if isinstance(self.of, Contact) else "contacts:company-"
        return reverse(prefix + name, args=[self.of.pk, self.key])

    @property
    def state(self) -> str:
        """Changes whenever the value does."""
        return hashlib.sha256(json.canonical([self.key, values.dump(self.value)])).hexdigest()[:32]

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
    def choices(self) -> list[tuple[str, str]]:
        """The options with the words that people read."""
        is_stage = self.key == "lifecycle_stage" and not self.field.custom
        return [(option, stages.name_of(option) if is_stage else option) for option in self.field.options]

    @property
    def suggestions(self) -> Iterable[str]:
        """Offered, and not enforced: an owner may be one of the people who sign in."""
        if self.key == "owner" and not self.field.custom:
            return [str(user) for user in User.objects.filter(is_active=True).order_by("name", "pk")[:MOST_OWNERS]]
        return self.field.suggestions

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


def entity_of(shown: Contact | Company) -> str:
    return "contact" if isinstance(shown, Contact) else "company"


def groups(shown: Contact | Company, changed: Collection[str] = ()) -> list[Group]:
    """`changed`: the keys of attributes that have a history."""
    found: dict[str, list[Fact]] = {}
    for field in values.catalog(entity_of(shown)).values():
        made = Fact(field, value_of(shown, field), shown, field.key in changed)
        found.setdefault(str(field.group), []).append(made)
    return [Group(label, facts) for label, facts in found.items()]


def fact(shown: Contact | Company, key: str, *, has_past: bool = True) -> Fact | None:
    field = values.catalog(entity_of(shown)).get(key)
    return Fact(field, value_of(shown, field), shown, has_past) if field else None


def value_of(shown: Contact | Company, field: Field) -> Any:
    if field.custom:
        return stored(field, shown.attributes.get(field.key))
    if field.key == "age" and isinstance(shown, Contact):
        return wire.age(shown.birth_date, timezone.localdate(clock.now()))
    if field.type is FieldType.LOCATION and isinstance(shown, Contact):
        has_both = shown.latitude is not None and shown.longitude is not None
        return {"lat": shown.latitude, "lon": shown.longitude} if has_both else None
    return getattr(shown, field.columns[0])


def stored(field: Field, value: Any) -> Any:
    """A value of JSON as its type has it; what an older type left behind is shown as it lies."""
    try:
        return values.read(field, value)
    except ValueError:
        return value


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
    """The change as the services take it."""
    return {"attributes": {shown.key: value}} if shown.field.custom else {shown.key: value}


def column_labels() -> dict[str, str]:
    """What people call a column of contacts, `attributes.KEY` or `consent.CHANNEL`."""
    catalog = values.catalog("contact").values()
    found = {column: str(field.label) for field in catalog if not field.custom for column in field.columns}
    found |= {f"attributes.{field.key}": str(field.label) for field in catalog if field.custom}
    channels = {f"consent.{channel}": _("Consent: %(channel)s") % {"channel": channel} for channel in CHANNELS}
    # The age is read from the column of the birth date, whose name that is.
    return found | channels | {"birth_date": str(CONTACT_FIELDS["birth_date"].label), "company_id": _("Company")}
