"""When a contact was last seen and what she does, and what the people of a company add up to."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from django.db import connection
from django.db.models import Q, Value
from django.db.models.functions import Lower

from . import money
from .lifecycle import FIRST_ORDER
from .models import Company, Contact, Event, EventType
from .selectors import CUSTOMER_STAGES
from .timeline import mail_types

LATEST = 2_000
"""Events looked at: what she did long ago and never since need not be offered."""

_ADDED_UP = """
    SELECT event.currency, sum(event.amount), count(*), max(event.occurred_at)
      FROM contacts_contact AS contact
      JOIN contacts_event AS event ON event.contact_id = contact.id
     WHERE contact.company_id = %s
       AND event.type_id = (SELECT id FROM contacts_eventtype WHERE name = %s)
     GROUP BY event.currency
     ORDER BY sum(event.amount) DESC NULLS LAST
"""


def last_seen(contact_id: int) -> datetime | None:
    """Her latest event; a message to her is none of hers."""
    mails = EventType.objects.filter(name__in=mail_types()).values("pk")
    events = Event.objects.filter(contact_id=contact_id).exclude(type__in=mails)
    return events.order_by("-occurred_at").values_list("occurred_at", flat=True).first()


def event_types_of(contact_id: int) -> list[str]:
    """The types of her latest events, by name."""
    latest = Event.objects.filter(contact_id=contact_id).order_by("-occurred_at").values("type")[:LATEST]
    return list(EventType.objects.filter(pk__in=latest).order_by("name").values_list("name", flat=True))


@dataclass(frozen=True)
class Sums:
    """What the people of a company add up to. `revenue` by currency: amounts of orders, none converted."""

    people: int = 0
    customers: int = 0
    orders: int = 0
    last_order: datetime | None = None
    revenue: list[tuple[str, Decimal]] = field(default_factory=list)

    @property
    def leads(self) -> int:
        return self.people - self.customers


def sums_of(company_id: int) -> Sums:
    people = Contact.objects.filter(company=company_id)
    with connection.cursor() as cursor:
        cursor.execute(_ADDED_UP, [company_id, FIRST_ORDER])
        rows = cursor.fetchall()
    return Sums(
        people=people.count(),
        customers=people.filter(lifecycle_stage__in=CUSTOMER_STAGES).count(),
        orders=sum(orders for _currency, _amount, orders, _last in rows),
        last_order=max((last for *_rest, last in rows), default=None),
        revenue=[
            (currency, money.from_minor(int(amount), currency))
            for currency, amount, _orders, _last in rows
            if currency and amount is not None
        ],
    )


def has_many_people(company_id: int, many: int) -> bool:
    return Contact.objects.filter(company=company_id)[: many + 1].count() > many


def lookalikes(company: Company, limit: int = 3) -> list[Company]:
    """Companies that may be the same one: of its name, or of its domain below or above."""
    same = Q()
    if company.name:
        same |= Q(folded_name=Lower(Value(company.name)))
    if company.domain:
        domain = company.domain.lower()
        above = domain.partition(".")[2]
        same |= Q(folded_domain__in=[f"www.{domain}", *([above] if "." in above else [])])
    if not same:
        return []
    others = Company.objects.alias(folded_name=Lower("name"), folded_domain=Lower("domain")).exclude(pk=company.pk)
    return list(others.filter(same).order_by("pk")[:limit])
