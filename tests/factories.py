"""The smallest worlds: people, what they did, and whom they work for."""

from __future__ import annotations

import factory

from contacts.models import AttributeDefinition, Company, Consent, Contact, Event, EventType
from crmseg.common import clock


class CompanyFactory(factory.django.DjangoModelFactory[Company]):
    class Meta:
        model = Company

    name = factory.Sequence(lambda n: f"Company {n}")


class ContactFactory(factory.django.DjangoModelFactory[Contact]):
    class Meta:
        model = Contact

    email = factory.Sequence(lambda n: f"contact{n}@example.org")


class EventTypeFactory(factory.django.DjangoModelFactory[EventType]):
    class Meta:
        model = EventType
        django_get_or_create = ("name",)

    name = "Order Completed"


class EventFactory(factory.django.DjangoModelFactory[Event]):
    """`EventFactory(contact=ada, type__name="Page Viewed")`"""

    class Meta:
        model = Event

    contact = factory.SubFactory(ContactFactory)
    type = factory.SubFactory(EventTypeFactory)
    occurred_at = factory.LazyFunction(clock.now)
    received_at = factory.LazyFunction(clock.now)


class ConsentFactory(factory.django.DjangoModelFactory[Consent]):
    class Meta:
        model = Consent

    contact = factory.SubFactory(ContactFactory)
    channel = "email"
    status = "subscribed"
    changed_at = factory.LazyFunction(clock.now)


class AttributeFactory(factory.django.DjangoModelFactory[AttributeDefinition]):
    class Meta:
        model = AttributeDefinition

    key = factory.Sequence(lambda n: f"attribute_{n}")
    label = factory.LazyAttribute(lambda made: made.key.replace("_", " ").capitalize())
    type = "text"
