"""Sequences, occurrences, colleagues, consent, reach, chance, the past of lists: worked examples, both ways."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta

import pytest

from campaigns.models import Suppression
from contacts.models import Consent, Contact, Event, EventType
from segments import catalogue
from segments.definition import depends
from segments.definition.load import load
from segments.definition.nodes import active
from segments.engine import plain
from segments.engine.live import Followed
from segments.engine.plan import ALL, SOME, Plan
from segments.models import LedgerEntry, Membership, Segment

from .factories import CompanyFactory, ContactFactory

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 18, 12, 0, tzinfo=UTC)  # a Wednesday
TICK = timedelta(microseconds=1)


def who(definition: dict, now: datetime = NOW) -> set[int]:
    """The contacts for whom it holds: asked of everyone, of each, and in the plain form, which must agree."""
    from django.db import connection

    known = catalogue.current()
    tree = active(load(definition, known))
    assert tree is not None
    listed = Followed(0, 1, tree, frozenset(depends.keys(tree)), known.zone, known.currency, known.fiscal_start)
    whole = set(Plan((listed,), ALL).evaluate(now).members_of(0).tolist())
    ids = list(Contact.objects.values_list("pk", flat=True))
    some = set(Plan((listed,), SOME).evaluate(now, ids=ids).members_of(0).tolist())
    params = listed.params()
    sql = plain.matching(tree, params)
    with connection.cursor() as cursor:
        cursor.execute(sql, params.at(now))
        plainly = {pk for (pk,) in cursor}
    assert whole == some == plainly
    return whole


def due(definition: dict, now: datetime = NOW) -> datetime | None:
    """When the engine would look again at the only contact there is."""
    known = catalogue.current()
    tree = active(load(definition, known))
    assert tree is not None
    listed = Followed(0, 1, tree, frozenset(depends.keys(tree)), known.zone, known.currency, known.fiscal_start)
    (found,) = Plan((listed,), ALL).evaluate(now).due
    return found


def happen(contact: Contact, name: str, at: datetime, **properties: object) -> Event:
    kind, _ = EventType.objects.get_or_create(name=name)
    return Event.objects.create(
        contact=contact, type=kind, occurred_at=at, received_at=NOW, properties=properties, amount=None, currency=None
    )


def ago(**length: float) -> datetime:
    return NOW - timedelta(**length)


ABANDONED = {
    "sequence": [
        {"event": "Cart Updated"},
        {"event": "Order Completed", "not": True, "within": {"last": 2, "unit": "hour"}},
    ],
    "window": {"last": 7, "unit": "day"},
    "same": "cart_id",
}


class TestSequences:
    def test_a_cart_counts_as_abandoned_once_two_hours_have_passed_without_its_order(self):
        ada, bob, eve = ContactFactory(), ContactFactory(), ContactFactory()
        happen(ada, "Cart Updated", ago(hours=2) - TICK, cart_id="a")
        happen(bob, "Cart Updated", ago(hours=2), cart_id="b")
        happen(eve, "Cart Updated", ago(hours=3), cart_id="e")
        happen(eve, "Order Completed", ago(hours=2), cart_id="e")
        assert who(ABANDONED) == {ada.pk}
        assert who(ABANDONED, NOW + TICK) == {ada.pk, bob.pk}

    def test_the_order_of_another_cart_does_not_save_the_first(self):
        ada = ContactFactory()
        happen(ada, "Cart Updated", ago(hours=5), cart_id="a")
        happen(ada, "Order Completed", ago(hours=4), cart_id="other")
        assert who(ABANDONED) == {ada.pk}

    def test_the_engine_wakes_just_after_the_window_of_the_last_step_has_passed(self):
        ada = ContactFactory()
        cart = happen(ada, "Cart Updated", ago(hours=1), cart_id="a")
        assert due(ABANDONED) == cart.occurred_at + timedelta(hours=2) + TICK

    def test_steps_at_the_same_instant_do_not_follow_each_other(self):
        ada, bob = ContactFactory(), ContactFactory()
        steps = {"sequence": [{"event": "Viewed"}, {"event": "Bought"}]}
        happen(ada, "Viewed", ago(hours=1))
        happen(ada, "Bought", ago(hours=1))
        happen(bob, "Viewed", ago(hours=1))
        happen(bob, "Bought", ago(hours=1) + TICK)
        assert who(steps) == {bob.pk}

    def test_a_forbidden_step_between_two_others_breaks_the_chain_unless_another_match_goes_round_it(self):
        steps = {"sequence": [{"event": "Viewed"}, {"event": "Left", "not": True}, {"event": "Bought"}]}
        ada, bob = ContactFactory(), ContactFactory()
        for person in (ada, bob):
            happen(person, "Viewed", ago(hours=5))
            happen(person, "Left", ago(hours=4))
            happen(person, "Bought", ago(hours=2))
        happen(bob, "Viewed", ago(hours=3))
        assert who(steps) == {bob.pk}

    def test_within_counts_from_the_match_before_and_includes_its_end(self):
        steps = {"sequence": [{"event": "Viewed"}, {"event": "Bought", "within": {"last": 1, "unit": "hour"}}]}
        ada, bob = ContactFactory(), ContactFactory()
        happen(ada, "Viewed", ago(hours=3))
        happen(ada, "Bought", ago(hours=2))
        happen(bob, "Viewed", ago(hours=3))
        happen(bob, "Bought", ago(hours=2) + TICK)
        assert who(steps) == {ada.pk}


class TestOccurrencesAndMeasures:
    def test_the_first_the_last_and_the_second_order_each_have_their_own_time(self):
        ada = ContactFactory()
        for days in (40, 20, 2):
            happen(ada, "Order Completed", ago(days=days))
        week = {"last": 7, "unit": "day"}
        month = {"ago": [30, 10], "unit": "day"}
        assert who({"event": "Order Completed", "occurrence": "last", "in": week}) == {ada.pk}
        assert who({"event": "Order Completed", "occurrence": "first", "in": week}) == set()
        assert who({"event": "Order Completed", "occurrence": 2, "in": month}) == {ada.pk}
        assert who({"event": "Order Completed", "occurrence": 4, "in": month}) == set()

    def test_since_first_counts_from_the_first_such_event_and_includes_its_end(self):
        ada, bob = ContactFactory(), ContactFactory()
        for person, second in ((ada, timedelta(days=30)), (bob, timedelta(days=30) + TICK)):
            happen(person, "Order Completed", ago(days=90))
            happen(person, "Order Completed", ago(days=90) + second)
        again = {
            "event": "Order Completed",
            "op": "gte",
            "value": 2,
            "window": {"since_first": 30, "unit": "day"},
        }
        assert who(again) == {ada.pk}
        assert who({"event": "Order Completed", "occurrence": 2, "in": {"since_first": 30, "unit": "day"}}) == {ada.pk}

    def test_previous_month_is_the_whole_month_before_in_the_zone(self):
        ada, bob = ContactFactory(), ContactFactory()
        happen(ada, "Order Completed", datetime(2026, 10, 31, 23, 59, 59, tzinfo=UTC))
        happen(bob, "Order Completed", datetime(2026, 11, 1, tzinfo=UTC))
        last_month = {"event": "Order Completed", "op": "did", "window": {"previous": "month"}}
        assert who(last_month) == {ada.pk}
        assert who(last_month | {"zone": "Pacific/Auckland"}) == set()
        assert who(last_month, datetime(2026, 12, 1, tzinfo=UTC)) == {bob.pk}

    def test_the_contact_s_own_clock_decides_where_it_is_asked(self):
        ada, bob = ContactFactory(time_zone="Pacific/Auckland"), ContactFactory(time_zone="nowhere")
        for person in (ada, bob):
            happen(person, "Order Completed", datetime(2026, 11, 17, 23, 0, tzinfo=UTC))
        today = {"event": "Order Completed", "op": "did", "window": {"this": "day"}, "zone": "contact"}
        assert who(today) == set()
        assert who(today, datetime(2026, 11, 18, 10, 59, tzinfo=UTC)) == {ada.pk}

    def test_change_compares_with_the_window_of_equal_length_before(self):
        ada, bob, new = ContactFactory(), ContactFactory(), ContactFactory()
        for days in (1, 2, 3, 8):
            happen(ada, "Opened", ago(days=days))
        happen(bob, "Opened", ago(days=1))
        happen(bob, "Opened", ago(days=9))
        happen(new, "Opened", ago(days=1))
        grown = {
            "event": "Opened",
            "measure": "change_pct",
            "op": "gte",
            "value": 200,
            "window": {"last": 7, "unit": "day"},
        }
        assert who(grown) == {ada.pk}
        assert who(grown | {"op": "is", "value": 0}) == {bob.pk}

    def test_distinct_values_and_days_are_counted_once(self):
        ada = ContactFactory()
        happen(ada, "Viewed", ago(hours=1), product="a")
        happen(ada, "Viewed", ago(hours=2), product="a")
        happen(ada, "Viewed", ago(days=1), product="b")
        happen(ada, "Viewed", ago(days=1))
        two = {"event": "Viewed", "op": "is", "value": 2}
        assert who(two | {"measure": "distinct", "of": "product"}) == {ada.pk}
        assert who(two | {"measure": "distinct_days"}) == {ada.pk}

    def test_the_last_value_is_that_of_the_last_event_even_when_it_has_none(self):
        ada, bob = ContactFactory(), ContactFactory()
        happen(ada, "Viewed", ago(hours=2), channel="mail")
        happen(ada, "Viewed", ago(hours=1), channel="Web")
        happen(bob, "Viewed", ago(hours=2), channel="web")
        happen(bob, "Viewed", ago(hours=1))
        assert who({"event": "Viewed", "measure": "last", "of": "channel", "op": "is", "value": "web"}) == {ada.pk}
        assert who({"event": "Viewed", "measure": "first", "of": "channel", "op": "is", "value": "web"}) == {bob.pk}

    def test_one_item_must_satisfy_the_whole_condition(self):
        ada, bob = ContactFactory(), ContactFactory()
        happen(ada, "Order Completed", ago(hours=2), products=[{"category": "Shoes", "price": 120}, {"price": 5}])
        happen(bob, "Order Completed", ago(hours=2), products=[{"category": "Shoes", "price": 5}, {"price": 120}, 7])
        dear_shoes = {
            "any_item": "products",
            "of": {
                "all": [
                    {"property": "category", "op": "is", "value": "shoes"},
                    {"property": "price", "op": "gt", "value": 100},
                ]
            },
        }
        assert who({"event": "Order Completed", "op": "did", "where": [dear_shoes]}) == {ada.pk}


class TestPeople:
    def test_colleagues_leave_oneself_out_and_all_of_nobody_is_false(self):
        company = CompanyFactory()
        ada, bob = ContactFactory(company=company, country="IT"), ContactFactory(company=company, country="FR")
        alone, free = ContactFactory(company=CompanyFactory(), country="IT"), ContactFactory(country="IT")
        italian = {"property": "country", "op": "is", "value": "IT"}
        assert who({"colleagues": "any", "of": italian}) == {bob.pk}
        assert who({"colleagues": "all", "of": italian}) == {bob.pk}
        assert who({"colleagues": "none", "of": italian}) == {ada.pk, alone.pk, free.pk}
        assert who({"colleagues": {"at_least": 1}, "of": italian}) == {bob.pk}

    def test_what_a_colleague_did_counts_in_its_window_and_wakes_the_engine(self):
        company = CompanyFactory()
        ada, bob = ContactFactory(company=company), ContactFactory(company=company)
        order = happen(bob, "Order Completed", ago(hours=23))
        did = {"event": "Order Completed", "op": "did", "window": {"last": 1, "unit": "day"}}
        asked = {"colleagues": "any", "of": did}
        assert who(asked) == {ada.pk}
        assert who(asked, order.occurred_at + timedelta(days=1) + TICK) == set()

    def test_no_answer_is_never_and_a_topic_has_its_own(self):
        ada, bob, eve = ContactFactory(), ContactFactory(), ContactFactory()
        for person, topic, status in ((ada, "", "subscribed"), (ada, "news", "unsubscribed"), (bob, "", "never")):
            Consent.objects.create(contact=person, channel="email", topic=topic, status=status, changed_at=NOW)
        assert who({"consent": "email"}) == {ada.pk}
        assert who({"consent": "email", "op": "never"}) == {bob.pk, eve.pk}
        assert who({"consent": "email", "topic": "news", "op": "unsubscribed"}) == {ada.pk}

    def test_reachable_needs_an_address_a_subscription_and_no_suppression(self):
        people = [ContactFactory(email=f"p{n}@example.com") for n in range(3)]
        nobody = ContactFactory(email=None)
        for person in [*people[:2], nobody]:
            Consent.objects.create(contact=person, channel="email", topic="", status="subscribed", changed_at=NOW)
        Suppression.objects.create(channel="email", address="P1@example.com")
        assert who({"reachable": "email"}) == {people[0].pk}

    def test_nobody_of_a_suppressed_domain_is_reachable(self):
        people = [ContactFactory(email=f"p@{domain}") for domain in ("one.example", "Two.Example", "sub.two.example")]
        for person in people:
            Consent.objects.create(contact=person, channel="email", topic="", status="subscribed", changed_at=NOW)
        Suppression.objects.create(channel="email", address="@TWO.example")
        assert who({"reachable": "email"}) == {people[0].pk, people[2].pk}

    def test_a_bucket_is_the_same_for_ever(self):
        people = [ContactFactory() for _ in range(40)]
        number = {p.pk: int(hashlib.md5(f"spring:{p.pk}".encode()).hexdigest()[:15], 16) % 10 for p in people}
        asked = {"bucket": [0, 4], "of": 10, "salt": "spring"}
        assert who(asked) == {pk for pk, drawn in number.items() if drawn <= 4}

    def test_at_least_two_of_three(self):
        ada = ContactFactory(country="IT", city="Rome", language="de")
        ContactFactory(country="IT", city="Milan", language="de")
        three = [
            {"property": "country", "op": "is", "value": "IT"},
            {"property": "city", "op": "is", "value": "Rome"},
            {"property": "language", "op": "is", "value": "it"},
        ]
        assert who({"at_least": 2, "of": three}) == {ada.pk}
        assert who({"at_least": 4, "of": three}) == set()


class TestPastOfLists:
    def test_the_ledger_says_who_came_who_went_and_who_was_in(self):
        listed = Segment.objects.create(name="VIP", kind="static")
        ada, bob = ContactFactory(), ContactFactory()
        for person, change, at in (
            (ada, "entered", ago(days=40)),
            (bob, "entered", ago(days=40)),
            (bob, "left", ago(days=2)),
        ):
            LedgerEntry.objects.create(
                segment_id=listed.pk, contact_id=person.pk, change=change, at=at, cause="manual", version=1
            )
        Membership.objects.create(segment=listed, contact_id=ada.pk, entered_at=ago(days=40))
        week = {"window": {"last": 7, "unit": "day"}}
        assert who({"segment": listed.pk, "op": "left_in"} | week) == {bob.pk}
        assert who({"segment": listed.pk, "op": "joined_in"} | week) == set()
        assert who({"segment": listed.pk, "op": "joined_in"}) == {ada.pk, bob.pk}
        assert who({"segment": listed.pk, "op": "was_in", "at": "2026-11-10"}) == {ada.pk, bob.pk}
        assert who({"segment": listed.pk, "op": "was_in", "at": "2026-11-17"}) == {ada.pk}
        assert who({"segment": listed.pk, "op": "member_for", "value": 40, "unit": "day"}) == {ada.pk}
        assert who({"segment": listed.pk, "op": "member_for", "value": 41, "unit": "day"}) == set()
