"""People whose traits are known because they were drawn: what a profile or a search must find again."""

from __future__ import annotations

from datetime import timedelta

import numpy as np

from contacts.models import Contact, Event, EventType
from crmseg.common import clock
from crmseg.common.actor import SYSTEM
from segments import services
from segments.engine import build

COUNTRIES = ["IT", "FR", "DE"]


def shop(people=600, seed=7):
    """A third are in Italy; Italians need speed twice as often and buy music, the others buy books; ages are noise."""
    draw, now = np.random.default_rng(seed), clock.now()
    made, bought = [], []
    ordered = EventType.objects.get_or_create(name="Order Completed")[0]
    for number in range(people):
        italian = number % 3 == 0
        needs = [
            name for name, chance in (("speed", 0.6 if italian else 0.3), ("price", 0.5)) if draw.random() < chance
        ]
        made.append(
            Contact(
                email=f"p{number}@example.org",
                country="IT" if italian else COUNTRIES[1 + number % 2],
                gender=("female", "male")[int(draw.integers(2))],
                needs=needs or None,
                budget=int(draw.normal(900 if italian else 500, 100)),
                lifestyle="city" if draw.random() < 0.5 else None,
                created_at=now,
            )
        )
    Contact.objects.bulk_create(made)
    for number, contact in enumerate(made):
        italian = number % 3 == 0
        for _order in range(int(draw.poisson(2 if italian else 1))):
            music = draw.random() < (0.8 if italian else 0.2)
            bought.append(order(contact, ordered, now - timedelta(days=float(draw.uniform(1, 300))), music))
    Event.objects.bulk_create(bought)
    return made


def order(contact, ordered, at, music):
    category = "Music" if music else "Books"
    return Event(
        contact=contact,
        type=ordered,
        occurred_at=at,
        received_at=at,
        properties={"revenue": 20, "currency": "USD", "category": category},
        amount=2000,
        currency="USD",
    )


def active(name, definition):
    made = services.create_segment(name=name, kind="active", definition=definition, actor=SYSTEM)
    return built(made)


def static(name, people):
    made = services.create_segment(name=name, kind="static", actor=SYSTEM)
    services.add_members(made.pk, [one.pk for one in people], actor=SYSTEM)
    made.refresh_from_db()
    return made


def built(segment):
    while build.run_waiting():
        pass
    segment.refresh_from_db()
    return segment
