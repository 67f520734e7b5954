"""Worth as the statements work it out, for everyone and for those followed, against plain Python, column by column."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction

from contacts.models import Contact, Event, Worth, WorthSettings
from contacts.worth import bulk, follow, rules
from crmseg.access import account
from crmseg.access.models import Account
from tests.factories import ContactFactory, EventTypeFactory
from tests.worth_oracle import Did, worth_of

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 6, 15, 12, tzinfo=UTC)
NAMES = ["Order Completed", "Order Completed", "Order Completed", "Order Refunded", "Support Asked", "Points Earned"]
SETTINGS: dict[str, dict[str, Any]] = {
    "as they are at first": {},
    "fixed edges": {"edges": {"r": [365, 120, 60, 14], "f": [2, 3, 4, 6], "m": ["20", "80.5", "150", "400"]}},
    "costs by rule": {
        "cost": {"per_order": "3.455", "per_event": {"Support Asked": "12.10"}, "share_of_revenue": "0.0335"}
    },
    "costs entered, or by rule": {"cost": {"attribute": "served_for", "per_order": "1"}},
    "digits of points, in another zone": {
        "rfm_event": "Points Earned",
        "rfm_of": "points",
        "shrink": 0.5,
        "groups": [
            {"key": "best", "name": "Best", "r": [4, 5], "f": [1, 5], "m": [4, 5]},
            {"key": "rest", "name": "Rest", "r": [1, 5], "f": [1, 5], "m": [1, 3]},
        ],
    },
}


def world(people: int, seed: int) -> None:
    """Orders of all kinds: none, several on one day, in another currency, of nothing, in the future."""
    draw = random.Random(seed)
    types = {name: EventTypeFactory(name=name) for name in NAMES}
    contacts = [
        ContactFactory(attributes={"served_for": draw.choice([5, 7.255, "much"])} if draw.random() < 0.4 else {})
        for _ in range(people)
    ]
    Event.objects.bulk_create(
        [one for contact in contacts for one in _events(draw, contact, types) if draw.random() < 0.97]
    )


def _events(draw: random.Random, contact: Contact, types: dict[str, Any]) -> list[Event]:
    return [
        Event(
            contact=contact,
            type=types[draw.choice(NAMES)],
            occurred_at=NOW
            - timedelta(minutes=draw.choice([0, 1, -9000, *(draw.randrange(700_000) for _ in range(9))])),
            received_at=NOW,
            amount=draw.choice([None, 0, 1999, -500, draw.randrange(30_000)]),
            currency=draw.choice(["USD", "USD", "USD", "EUR"]),
            properties={"points": draw.choice([5, 7.5, "ten", None])},
        )
        for _ in range(draw.choice([0, 1, 2, 3, 5, 9]))
    ]


def expected(now: datetime) -> dict[int, dict[str, Any]]:
    events = [
        Did(one.contact_id, one.type.name, one.occurred_at, one.amount, one.currency, _points(one))
        for one in Event.objects.select_related("type")
    ]
    known = rules.current()
    entered = {}
    if known.cost.attribute:
        for contact in Contact.objects.all():
            value = contact.attributes.get(known.cost.attribute)
            if isinstance(value, int | Decimal):
                entered[contact.pk] = Decimal(value)
    return worth_of(known, events, entered, now)


def _points(event: Event) -> Decimal | None:
    value = event.properties["points"]
    return Decimal(str(value)) if isinstance(value, int | Decimal) else None


def assert_agrees(now: datetime) -> None:
    truth = expected(now)
    found = {row.contact_id: row for row in Worth.objects.all()}
    assert found.keys() == truth.keys()
    for pk, columns in truth.items():
        kept = {column: getattr(found[pk], column) for column in columns}
        assert kept == columns, pk


@pytest.fixture
def settled(request: pytest.FixtureRequest) -> None:
    zone = "Pacific/Auckland" if "zone" in request.param else "UTC"
    Account.objects.update_or_create(pk=1, defaults={"time_zone": zone, "currency": "USD"})
    account.forget()
    WorthSettings.objects.update_or_create(pk=1, defaults={**SETTINGS[request.param], "version": 7})


@pytest.mark.parametrize("settled", SETTINGS, indirect=True)
def test_the_worth_of_everyone_is_what_plain_python_says(settled: None):
    world(150, 1)

    bulk.renew(NOW)

    assert_agrees(NOW)


@pytest.mark.parametrize("settled", SETTINGS, indirect=True)
def test_whoever_is_followed_is_compared_with_what_was_last_found_of_everyone(settled: None):
    """The cuts stay until they are renewed, so those of everyone are taken again before asking Python."""
    world(80, 2)
    everyone = {pk: {"*"} for pk in Contact.objects.values_list("pk", flat=True)}

    with transaction.atomic():
        follow.follow(everyone, NOW)
    bulk.renew(NOW, count=False)

    assert_agrees(NOW)
    with transaction.atomic():
        assert follow.follow(everyone, NOW) == {}, "what is followed again differs from what the renewal wrote"


def test_time_alone_moves_activity_recency_and_orders_dated_ahead():
    Account.objects.update_or_create(pk=1, defaults={"time_zone": "UTC", "currency": "USD"})
    account.forget()
    WorthSettings.objects.update_or_create(pk=1, defaults=SETTINGS["fixed edges"])
    world(60, 3)
    bulk.renew(NOW)
    WorthSettings.objects.update(found_at=NOW)

    for _look in range(400):
        due = follow.due(list(Contact.objects.values_list("pk", flat=True)))
        if not due:
            break
        at = min(due.values())
        gone = [pk for pk, instant in due.items() if instant <= at]
        with transaction.atomic():
            follow.follow({pk: {"clock"} for pk in gone}, at)
        assert all(follow.due([pk]).get(pk, at + timedelta(days=1)) > at for pk in gone)
    assert not Worth.objects.filter(activity__in=["active", "at_risk"]).exists()
    assert set(Worth.objects.filter(rfm_count__gt=0).values_list("r", flat=True)) == {1}
