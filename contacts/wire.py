"""Contacts, companies and events as the API shows them: every key always there, unknown is null."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from crmseg.access import account
from crmseg.common import clock

from . import computed_values, money, values
from .fields import COMPANY_FIELDS, CONTACT_FIELDS, Field, FieldType
from .models import Company, Consent, Contact, Event
from .models.consent import ConsentStatus


def contacts_out(contacts: Iterable[Contact]) -> list[dict[str, Any]]:
    """Their consents come from one query for all of them, and so does what is worked out of them."""
    found = list(contacts)
    consents: dict[int, dict[str, str]] = {contact.pk: {} for contact in found}
    for row in Consent.objects.filter(contact__in=consents, topic="").order_by("channel"):
        consents[row.contact_id][row.channel] = row.status
    today = clock.now().astimezone(ZoneInfo(account.current().time_zone)).date()
    computed = computed_values.out([contact.pk for contact in found])
    return [_contact_out(contact, consents[contact.pk], computed.get(contact.pk, {}), today) for contact in found]


def contact_out(contact: Contact) -> dict[str, Any]:
    return contacts_out([contact])[0]


def _contact_out(contact: Contact, consents: dict[str, str], computed: dict[str, Any], today: date) -> dict[str, Any]:
    standard = {key: _value(contact, field, today) for key, field in CONTACT_FIELDS.items()}
    created_at, updated_at = standard.pop("created_at"), standard.pop("updated_at")
    return {
        "id": contact.pk,
        **standard,
        "company": contact.company_id,
        "consent": {"email": ConsentStatus.NEVER.value, **consents},
        "attributes": {key: values.dump(value) for key, value in sorted(contact.attributes.items())},
        "computed": computed,
        "created_at": created_at,
        "updated_at": updated_at,
    }


def _value(contact: Contact, field: Field, today: date) -> Any:
    if field.key == "age":
        return age(contact.birth_date, today)
    if field.type is FieldType.LOCATION:
        if contact.latitude is None or contact.longitude is None:
            return None
        return {"lat": contact.latitude, "lon": contact.longitude}
    return values.dump(getattr(contact, field.columns[0]))


def age(born: date | None, today: date) -> int | None:
    """Completed years; who was born on 29 February has a birthday on the 28th in common years."""
    if born is None:
        return None
    birthday = (born.month, born.day)
    if birthday == (2, 29) and not _is_leap(today.year):
        birthday = (2, 28)
    return today.year - born.year - ((today.month, today.day) < birthday)


def _is_leap(year: int) -> bool:
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


def company_out(company: Company) -> dict[str, Any]:
    standard = {key: values.dump(getattr(company, field.columns[0])) for key, field in COMPANY_FIELDS.items()}
    created_at, updated_at = standard.pop("created_at"), standard.pop("updated_at")
    attributes = {key: values.dump(value) for key, value in sorted(company.attributes.items())}
    return {
        "id": company.pk,
        **standard,
        "attributes": attributes,
        "created_at": created_at,
        "updated_at": updated_at,
    }


def event_out(event: Event) -> dict[str, Any]:
    amount = None
    if event.amount is not None and event.currency:
        amount = values.dump(money.from_minor(event.amount, event.currency))
    return {
        "id": event.pk,
        "event": event.type.name,
        "occurred_at": values.dump(event.occurred_at),
        "received_at": values.dump(event.received_at),
        "properties": event.properties,
        "amount": amount,
        "currency": event.currency,
        "message_id": event.message_id,
        "source": event.source,
    }
