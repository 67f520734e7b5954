"""What contacts did: stored once, at the right instant, with exact money, and what it makes of them."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import OperationalError, connection

from contacts import partitions, services
from contacts.models import AttributeHistory, ContactChange, Event, EventType
from crmseg.common import clock
from crmseg.common.actor import Actor
from crmseg.common.problems import Conflict, InvalidInput

from .factories import ContactFactory, EventFactory

pytestmark = pytest.mark.django_db
BY = Actor("key", "shop")


def record(*events: dict[str, object], **options: object):
    return services.record_events(events, actor=BY, **options)


def order(contact, **more: object) -> dict[str, object]:
    return {"contact": {"id": contact.pk}, "event": "Order Completed", **more}


@pytest.fixture
def ada():
    return ContactFactory(email="Ada@example.org", external_id="7", lifecycle_stage="lead")


def test_a_contact_is_found_by_id_external_id_or_address_in_any_case(ada):
    result = record(
        {"contact": {"id": ada.pk}, "event": "Page Viewed"},
        {"contact": {"external_id": "7"}, "event": "Page Viewed"},
        {"contact": {"email": "ADA@EXAMPLE.ORG"}, "event": " Page Viewed "},
    )
    assert (result.created, result.duplicates, result.problems) == (3, 0, [])
    assert Event.objects.filter(contact=ada, type__name="Page Viewed").count() == 3


def test_money_is_kept_in_minor_units_of_its_currency(ada):
    record(
        order(ada, properties={"revenue": Decimal("19.99"), "currency": "eur"}),
        order(ada, properties={"revenue": 1000, "currency": "JPY"}),
        order(ada, properties={"revenue": Decimal("2.345")}),
        order(ada, properties={"revenue": -5}),
        order(ada, properties={"quantity": 2}),
    )
    assert list(Event.objects.order_by("id").values_list("amount", "currency")) == [
        (1999, "EUR"),
        (1000, "JPY"),
        (234, "USD"),
        (-500, "USD"),
        (None, None),
    ]


def test_properties_stay_exact_and_nested(ada):
    properties = {"revenue": Decimal("0.1"), "products": [{"sku": "a", "price": Decimal("12345678901234.5678")}]}
    record(order(ada, properties=properties))
    assert Event.objects.get().properties == properties


def test_a_repeated_message_is_dropped_within_a_batch_and_later(ada):
    first = record(order(ada, message_id="m1"), order(ada, message_id="m1"), order(ada), order(ada))
    assert (first.created, first.duplicates) == (3, 1)
    again = record(order(ada, message_id="m1"), order(ada, message_id="m2"))
    assert (again.created, again.duplicates) == (1, 1)
    assert Event.objects.count() == 4


def test_good_events_land_and_bad_ones_are_reported(ada):
    result = record(
        order(ada),
        {"contact": {"email": "nobody@example.org"}, "event": "X"},
        {"contact": {}, "event": "", "occurred_at": "yesterday", "properties": [], "message": "m"},
        order(ada, properties={"revenue": "a lot"}),
        order(ada, properties={"revenue": 5, "currency": "clams"}),
        order(ada, properties={"note": "a\x00b"}),
        order(ada, properties={"note": "a\ud800"}),
        {"contact": {"id": True}, "event": "X"},
        {"contact": {"id": 10**30}, "event": "x" * 201},
        "order",
    )
    assert result.created == 1
    assert {problem.pointer for problem in result.problems} == {
        "/events/1/contact",
        "/events/2/message",
        "/events/2/contact",
        "/events/2/event",
        "/events/2/occurred_at",
        "/events/2/properties",
        "/events/3/properties/revenue",
        "/events/4/properties/currency",
        "/events/5/properties",
        "/events/6/properties",
        "/events/7/contact",
        "/events/8/contact",
        "/events/8/event",
        "/events/9",
    }
    places = [int(problem.pointer.split("/")[2]) for problem in result.problems]
    assert places == sorted(places)


def test_late_and_future_events_are_taken_into_their_months(ada):
    now = clock.now()
    for days in (0, -200, -5000, 40, 5000):
        record(order(ada, occurred_at=(now + timedelta(days=days)).isoformat()))
    assert Event.objects.count() == 5
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM contacts_event_default")
        assert cursor.fetchone() == (2,)
        cursor.execute("SELECT to_regclass(%s)", [partitions.name_of(partitions.month_of(now - timedelta(days=200)))])
        assert cursor.fetchone()[0]


def test_an_event_without_an_instant_happened_now_and_says_where_from(ada):
    record(order(ada), source="shop")
    event = Event.objects.get()
    assert abs(clock.now() - event.occurred_at) < timedelta(minutes=1)
    assert event.source == "shop"
    record(order(ada, occurred_at="2026-01-31T10:00:00+01:00"))
    assert Event.objects.filter(occurred_at=datetime(2026, 1, 31, 9, tzinfo=UTC)).exists()


def test_the_first_order_makes_a_customer(ada):
    record(order(ada))
    ada.refresh_from_db()
    assert ada.lifecycle_stage == "customer"
    assert AttributeHistory.objects.filter(key="lifecycle_stage", actor="key:shop", old="lead").exists()


def test_a_stage_set_by_hand_after_the_first_order_is_kept(ada):
    record(order(ada))
    services.update_contact(ada.pk, data={"lifecycle_stage": "lead"}, actor=Actor("user", "Grace"))
    record(order(ada))
    ada.refresh_from_db()
    assert ada.lifecycle_stage == "lead"


def test_an_evangelist_stays_one_and_other_events_lift_nobody(ada):
    fan = ContactFactory(lifecycle_stage="evangelist")
    record(order(fan), {"contact": {"id": ada.pk}, "event": "Page Viewed"})
    fan.refresh_from_db()
    ada.refresh_from_db()
    assert (fan.lifecycle_stage, ada.lifecycle_stage) == ("evangelist", "lead")


def test_events_reach_the_change_log(ada):
    ContactChange.objects.all().delete()
    record({"contact": {"id": ada.pk}, "event": "Page Viewed"}, {"contact": {"id": ada.pk}, "event": "Page Viewed"})
    assert [change.keys for change in ContactChange.objects.all()] == [["event:Page Viewed"]]


def test_event_types_are_described_and_deleted_when_nobody_did_them():
    made = services.describe_event_type("Workshop Attended", description="Came", actor=BY)
    again = services.describe_event_type("Workshop Attended", description="Came and stayed", actor=BY)
    assert (again.pk, again.description) == (made.pk, "Came and stayed")
    with pytest.raises(InvalidInput):
        services.describe_event_type(" ", actor=BY)
    services.delete_event_type(made.pk, actor=BY)
    event = EventFactory()
    with pytest.raises(Conflict):
        services.delete_event_type(event.type_id, actor=BY)
    assert EventType.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_the_same_events_from_many_senders_at_once_are_stored_once_and_lift_once():
    people = [ContactFactory(lifecycle_stage="lead") for _ in range(20)]
    events = [order(people[n % 20], message_id=f"m{n}") for n in range(200)]
    results, failures = [], []
    barrier = threading.Barrier(4)

    def send(step: int) -> None:
        try:
            barrier.wait()
            results.append(services.record_events(events[::step], actor=BY))
        except BaseException as error:
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=send, args=(step,)) for step in (1, -1, 1, -1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert sum(result.created for result in results) == 200
    assert sum(result.duplicates for result in results) == 600
    assert Event.objects.count() == 200
    assert AttributeHistory.objects.filter(key="lifecycle_stage").count() == 20


def test_events_do_not_wait_for_a_month_that_cannot_be_made_now(ada, monkeypatch):
    monkeypatch.setattr(partitions, "_given_up", {})
    last = partitions.shift(partitions.month_of(clock.now()), -7)

    def refuse(cursor, month):
        raise OperationalError("canceling statement due to lock timeout")

    with monkeypatch.context() as patch:
        patch.setattr(partitions, "_attach", refuse)
        record(order(ada, occurred_at=f"{last:%Y-%m}-15T00:00:00Z"))
    assert Event.objects.count() == 1
    record(order(ada, occurred_at=f"{last:%Y-%m}-16T00:00:00Z"))  # nobody tries again so soon
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM contacts_event_default")
        assert cursor.fetchone() == (2,)
    partitions._given_up.clear()
    assert last in partitions.make_ahead()
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM contacts_event_default")
        assert cursor.fetchone() == (0,)
