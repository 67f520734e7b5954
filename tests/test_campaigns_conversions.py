"""Conversions: what people did in the hours that count, whoever was written to and whoever was held out alike."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest

from campaigns.models import Campaign, EventReading, Send
from campaigns.tracking import conversions
from contacts.services import record_events
from crmseg.common import clock
from crmseg.common.actor import SYSTEM

from .factories import ContactFactory

pytestmark = pytest.mark.django_db
NOW = clock.now()
HOUR = timedelta(hours=1)


@pytest.fixture
def campaign():
    return Campaign.objects.create(name="Spring", state="sent", started_at=NOW - 10 * HOUR, goal_hours=5)


@pytest.fixture
def ada():
    return ContactFactory(email="ada@example.org")


def send(campaign, contact, **fields):
    given = {"address": "x", "state": "sent", "sent_at": NOW - 9 * HOUR} | fields
    return Send.objects.create(campaign=campaign, contact_id=contact.pk, **given)


def held_out(campaign, contact, **fields):
    return send(campaign, contact, **{"state": "skipped", "reason": "held_out", "sent_at": None} | fields)


def order(contact, hours_ago, name="Order Completed", **properties):
    at = (NOW - hours_ago * HOUR).isoformat()
    event = {"contact": {"id": contact.pk}, "event": name, "occurred_at": at, "properties": properties}
    assert not record_events([event], actor=SYSTEM).problems


def result(row):
    row.refresh_from_db()
    return row.converted_at, row.revenue


def test_the_first_order_converts_and_all_in_the_hours_are_summed(campaign, ada):
    row = send(campaign, ada)
    for hours_ago, revenue in ((9.5, 1000), (8, 20), (7, "30.50"), (3.9, 5000)):
        order(ada, hours_ago, revenue=revenue)
    assert conversions.attribute(NOW) == 1
    assert result(row) == (NOW - 8 * HOUR, Decimal("50.5"))


def test_the_held_out_count_from_the_start_or_from_their_own_hour(campaign, ada):
    bob = ContactFactory()
    early = held_out(campaign, ada)
    own_hour = held_out(campaign, bob, next_attempt_at=NOW - 2 * HOUR)
    for contact in (ada, bob):
        order(contact, 9.9, revenue=10)
        order(contact, 1, revenue=7)
    conversions.attribute(NOW)
    assert result(early) == (NOW - 9.9 * HOUR, 10)
    assert result(own_hour) == (NOW - 1 * HOUR, 7)


@pytest.mark.parametrize(
    "fields",
    [
        {"state": "skipped", "reason": "no_consent", "sent_at": None},
        {"state": "queued", "sent_at": None},
    ],
)
def test_who_was_neither_written_to_nor_held_out_does_not_count(campaign, ada, fields):
    row = send(campaign, ada, **fields)
    order(ada, 8, revenue=10)
    assert conversions.attribute(NOW) == 0
    assert result(row) == (None, None)


@pytest.mark.parametrize(
    "fields",
    [
        {"state": "failed", "sent_at": None},
        {"state": "uncertain", "sent_at": None},
        {"state": "skipped", "reason": "no_consent", "sent_at": None, "lease_token": uuid4()},
    ],
)
def test_who_was_to_get_it_and_did_not_counts_as_those_held_out_do(campaign, ada, fields):
    row = send(campaign, ada, **fields)
    order(ada, 8, revenue=10)
    conversions.attribute(NOW)
    assert result(row) == (NOW - 8 * HOUR, 10)


def test_only_the_event_that_is_the_goal_counts_and_its_own_amount(campaign, ada):
    Campaign.objects.filter(pk=campaign.pk).update(goal_event="Signed Up", goal_amount="points")
    row = send(campaign, ada)
    order(ada, 8, revenue=10, points=1)
    order(ada, 7, "Signed Up", points=3)
    order(ada, 6, "Signed Up", points="4.25")
    order(ada, 6, "Signed Up", points="many")
    order(ada, 6, "Signed Up", points=1e30)
    conversions.attribute(NOW)
    assert result(row) == (NOW - 7 * HOUR, Decimal("7.25"))


def test_an_order_in_another_currency_converts_without_revenue(campaign, ada):
    row = send(campaign, ada)
    order(ada, 8, revenue=10, currency="JPY")
    conversions.attribute(NOW)
    assert result(row) == (NOW - 8 * HOUR, None)


def test_one_order_counts_for_every_campaign_in_whose_hours_it_falls(campaign, ada):
    other = Campaign.objects.create(name="Other", state="sent", started_at=NOW - 10 * HOUR, goal_hours=100)
    rows = [send(campaign, ada), send(other, ada)]
    order(ada, 8, revenue=10)
    assert conversions.attribute(NOW) == 2
    assert {result(row)[1] for row in rows} == {Decimal(10)}


def test_repeating_changes_nothing_and_news_are_added(campaign, ada):
    row = send(campaign, ada)
    order(ada, 8, revenue=10)
    assert [conversions.attribute(NOW), conversions.attribute(NOW)] == [1, 0]
    order(ada, 8.5, revenue=5)
    assert conversions.attribute(NOW + timedelta(seconds=10)) == 1
    assert result(row) == (NOW - 8.5 * HOUR, 15)


def test_what_is_settled_is_not_read_again_and_what_is_young_is(campaign, ada, django_assert_max_num_queries):
    row = send(campaign, ada)
    order(ada, 8, revenue=10)
    conversions.attribute(NOW)
    assert EventReading.objects.get().event_id == 0
    conversions.attribute(clock.now() + timedelta(minutes=20))
    assert EventReading.objects.get().event_id > 0
    # As if its transaction had ended late: a lower number than one that was read.
    Send.objects.filter(pk=row.pk).update(converted_at=None, revenue=None)
    EventReading.objects.update(event_id=0, read_at=None)
    assert conversions.attribute(NOW) == 1
    with django_assert_max_num_queries(8):
        assert conversions.attribute(NOW + timedelta(seconds=10)) == 0


def test_a_campaign_without_a_goal_measures_nothing(campaign, ada):
    Campaign.objects.filter(pk=campaign.pk).update(goal_event="")
    row = send(campaign, ada)
    order(ada, 8, revenue=10)
    assert conversions.attribute(NOW) == 0
    assert result(row) == (None, None)
