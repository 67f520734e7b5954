"""A small shop for the tests of worth: people who buy, some of whom stay away."""

from __future__ import annotations

from datetime import datetime, timedelta

import numpy as np

from contacts.models import Contact, Event, EventType

NOW = datetime.fromisoformat("2026-03-02T12:00:00+00:00")


def shop(people: int = 400, *, weeks: int = 60, seed: int = 3, currency: str = "USD") -> list[Contact]:
    """They buy as BG/NBD has it, from some week of the first half on; an order is 10.00 to 90.00."""
    draw = np.random.default_rng(seed)
    kind, _made = EventType.objects.get_or_create(name="Order Completed")
    contacts = Contact.objects.bulk_create(
        Contact(email=f"buyer{seed}.{n}@shop.example", first_name=f"Buyer {n}") for n in range(people)
    )
    rows = []
    for contact in contacts:
        at = NOW - timedelta(weeks=weeks) + timedelta(weeks=float(draw.uniform(0, weeks / 2)))
        gap, leaving, usual = 1 / draw.gamma(1.2, 1 / 5), draw.beta(1, 4), draw.uniform(1_000, 9_000)
        while at < NOW:
            amount = int(usual * draw.uniform(0.7, 1.3))
            rows.append(order(contact, kind, at, amount, currency))
            if draw.random() < leaving:
                break
            at += timedelta(weeks=float(draw.exponential(gap)))
    Event.objects.bulk_create(rows)
    return contacts


def order(contact: Contact, kind: EventType, at: datetime, amount: int, currency: str = "USD") -> Event:
    return Event(contact=contact, type=kind, occurred_at=at, received_at=at, amount=amount, currency=currency)
