"""One person, known twice: merged, parted again, and all that is known of her."""

from __future__ import annotations

import pytest

from campaigns.models import Send
from contacts import services
from contacts.models import AttributeHistory, Consent, Contact, Event
from crmseg.common.actor import Actor
from segments.models import Membership

from .factories import CompanyFactory, ContactFactory

BY = Actor("user", "Grace")


def merge(survivor: Contact, merged: Contact, **options) -> Contact:
    return services.merge_contacts(survivor.pk, merged.pk, actor=BY, **options)


def unmerge(survivor: Contact, merged: Contact | None = None):
    return services.unmerge_contacts(survivor.pk, merged and merged.pk, actor=BY)


def send(contact: dict, event: str = "Order Completed", **more) -> services.EventBatchResult:
    return services.record_events([{"contact": contact, "event": event, **more}], actor=BY)


def state(*contacts: Contact) -> dict:
    """All that is known of these contacts, but for when their rows were written last."""
    ids = [contact.pk for contact in contacts]
    unstamped = {field.column for field in Contact._meta.concrete_fields} - {"updated_at"}
    return {
        "contacts": list(Contact.objects.filter(pk__in=ids).order_by("pk").values(*unstamped)),
        "events": list(Event.objects.filter(contact__in=ids).order_by("pk").values("pk", "contact_id")),
        "consents": list(
            Consent.objects.filter(contact__in=ids)
            .order_by("contact_id", "channel", "topic")
            .values("contact_id", "channel", "topic", "status", "method", "text_shown", "changed_at")
        ),
        "members": list(Membership.objects.order_by("segment", "contact_id").values("segment_id", "contact_id")),
        "sends": list(Send.objects.order_by("pk").values("pk", "contact_id")),
    }


def histories(contact: Contact) -> list:
    return list(AttributeHistory.objects.filter(contact_id=contact.pk).order_by("pk").values("pk", "key", "old", "new"))


@pytest.fixture
def ada() -> Contact:
    return ContactFactory(email="ada@example.org", external_id="a1", first_name="Ada", country="GB")


@pytest.fixture
def double() -> Contact:
    """The same person, as another program knows her."""
    company = CompanyFactory(name="Engines")
    return ContactFactory(
        email="lovelace@example.org", external_id="a2", first_name="Augusta", last_name="Lovelace", company=company
    )
