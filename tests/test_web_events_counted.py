"""Figures of very many events: counted by a worker part by part, again only where rows moved, and dated on the page."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from contacts import counting, filling
from contacts.models import AttributeCount, Event, EventDay, EventPart, EventTypeCount
from contacts.partitions import ensure_months, month_of
from crmseg.access.models import User
from crmseg.common import clock
from tests.factories import AttributeFactory, CompanyFactory, ContactFactory, EventFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _many(monkeypatch):
    """As if these few were more than a page may count."""
    monkeypatch.setattr(counting, "FEW", 0)
    monkeypatch.setattr(filling, "FEW", 0)


@pytest.fixture
def viewer(client: Client) -> Client:
    client.force_login(User.objects.create_user("vera@example.org", "correct horse battery", role="viewer"))
    return client


def days_ago(days: float):
    return clock.now() - timedelta(days=days)


def test_what_a_worker_counts_is_what_a_page_would_count(monkeypatch):
    ada = ContactFactory()
    for days in (0.1, 0.2, 3, 3.1, 20, 40, 200):
        EventFactory(contact=ada, occurred_at=days_ago(days))
    EventFactory(type__name="Page Viewed", occurred_at=days_ago(2))
    counting.count()
    since = days_ago(365).date()
    kept, days = counting.lately().by_type, counting.by_day(since)
    monkeypatch.setattr(counting, "FEW", 50_000)
    assert counting.lately().by_type == kept
    assert counting.by_day(since) == days
    assert sum(days.values()) == 8
    one = Event.objects.filter(contact=ada).values_list("type", flat=True)[0]
    assert counting.lately_of(one)[0] == kept[one]


def test_a_page_says_when_its_figures_were_counted(viewer: Client):
    kept = EventFactory().type
    counting.count()
    EventTypeCount.objects.update(counted_at=days_ago(0.1))
    for path in ("/events/", f"/events/{kept.pk}/"):
        answer = viewer.get(path)
        assert answer.context["as_of"] is not None
        assert "Counted by a worker" in answer.content.decode()
    labels = viewer.get(f"/events/chart/?type={kept.pk}&days=30").json()
    assert sum(labels["series"][0]["values"]) == 1


def test_old_figures_are_asked_for_anew(viewer: Client, monkeypatch):
    asked = []
    monkeypatch.setattr("contacts.signals.counts_asked.send_robust", lambda **given: asked.append(given))
    kept = EventFactory().type
    viewer.get("/events/")
    assert asked
    counting.count()
    asked.clear()
    viewer.get(f"/events/{kept.pk}/")
    assert not asked
    EventTypeCount.objects.update(counted_at=days_ago(1))
    viewer.get(f"/events/{kept.pk}/")
    assert asked


def test_counting_takes_no_more_than_its_share_of_the_time():
    now = clock.now()
    part = EventPart(name="contacts_event_2026_01", mark="old", counted_at=now - timedelta(seconds=30))
    part.took = timedelta(seconds=1)
    assert counting._is_due(part, "new", now)
    assert not counting._is_due(part, "old", now)
    part.took = timedelta(seconds=2)
    assert not counting._is_due(part, "new", now)


def test_days_of_a_part_that_is_gone_are_forgotten():
    kept = EventFactory().type
    EventDay.objects.create(part="contacts_event_1999_01", type=kept, day=days_ago(3).date(), events=7)
    EventPart.objects.create(name="contacts_event_1999_01", mark="", counted_at=clock.now(), took=timedelta(seconds=0))
    counting.count()
    assert not EventDay.objects.filter(part="contacts_event_1999_01").exists()
    assert not EventPart.objects.filter(pk="contacts_event_1999_01").exists()


def test_every_month_is_a_part_of_its_own():
    months = {month_of(days_ago(days)) for days in (0, 40)}
    ensure_months(months)
    for days in (0, 40):
        EventFactory(occurred_at=days_ago(days))
    counted = counting.count()
    assert {f"contacts_event_{month:%Y_%m}" for month in months} <= set(counted)
    assert EventDay.objects.values("part").distinct().count() == 2


def test_a_worker_counts_of_how_many_each_attribute_is_known(viewer: Client):
    AttributeFactory(key="plan")
    for country in ("IT", "FR", None):
        ContactFactory(country=country, attributes={"plan": "pro"} if country == "IT" else {})
    CompanyFactory()
    assert "not counted yet" in viewer.get("/attributes/").content.decode()
    filling.count()
    rows = {row.key: (row.known, row.total) for row in AttributeCount.objects.filter(entity="contact")}
    assert (rows["country"], rows["plan"]) == ((2, 3), (1, 3))
    answer = viewer.get("/attributes/")
    assert "counted" in answer.content.decode()
    assert answer.context["fill"].as_of is not None
    before = AttributeCount.objects.order_by("pk").first()
    filling.count()
    assert AttributeCount.objects.order_by("pk").first() == before
