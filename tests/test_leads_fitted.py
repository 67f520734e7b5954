"""Scores learned from the past: known weights are recovered, the future does not leak, and little data is refused."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
import time_machine

from contacts.models import AttributeHistory, Consent, ConsentHistory, Contact, Event, EventType, Worth
from contacts.worth import bulk
from crmseg.common.actor import SYSTEM
from crmseg.common.problems import InvalidInput
from crmseg.jobs import running
from crmseg.jobs.models import Job
from crmseg.jobs.step import Step
from segments import catalogue
from segments.definition.load import load
from segments.models import Fitting, FittingPart, LedgerEntry, Segment
from segments.scoring import build, services
from segments.scoring.fitted import goals, offers, past, regression, runs
from tests.factories import AttributeFactory, CompanyFactory, ContactFactory, EventFactory

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
DAYS = 30
TRUE = {"italy": 1.2, "asked": 1.8, "opened": 0.0}
LEVEL = -3.2
BOUGHT = {
    "groups": [
        {
            "name": "Orders",
            "kind": "engagement",
            "rules": [{"name": "Any", "definition": {"event": "Order Completed", "op": "did"}, "points": 9}],
        }
    ]
}
FEATURES = [
    {"name": "From Italy", "definition": {"property": "country", "op": "is", "value": "IT"}},
    {"name": "Asked", "definition": {"event": "Demo Requested", "op": "did", "window": {"last": 30, "unit": "day"}}},
    {"name": "Opened", "definition": {"event": "Email Opened", "op": "did", "window": {"last": 30, "unit": "day"}}},
    {"name": "Gold", "definition": {"property": "style", "op": "is", "value": "gold"}},
]


def lived(people: int) -> None:
    """Four months in which Italians, and who asked for a demonstration, buy more often. Buyers then become gold."""
    random = np.random.default_rng(7)
    italy = random.random(people) < 0.4
    made = Contact.objects.bulk_create(
        Contact(email=f"p{n}@example.org", country="IT" if italy[n] else "DE") for n in range(people)
    )
    Contact.objects.update(created_at=NOW - timedelta(days=400))
    kinds = {
        name: EventType.objects.create(name=name) for name in ("Demo Requested", "Email Opened", "Order Completed")
    }
    bought = np.zeros(people, bool)
    events, gold = [], []

    def note(place: int, kind: str, at: datetime) -> None:
        events.append(Event(contact=made[place], type=kinds[kind], occurred_at=at, received_at=at))

    for moment in (NOW - timedelta(days=DAYS * back) for back in (4, 3, 2, 1)):
        asked, opened = random.random(people) < 0.3, random.random(people) < 0.5
        chance = 1 / (1 + np.exp(-(LEVEL + TRUE["italy"] * italy + TRUE["asked"] * asked)))
        buys = (random.random(people) < chance) & ~bought
        for place in range(people):
            if asked[place]:
                note(place, "Demo Requested", moment - timedelta(days=5))
            if opened[place]:
                note(place, "Email Opened", moment - timedelta(days=9))
            if buys[place]:
                note(place, "Order Completed", moment + timedelta(days=3))
                gold.append((made[place].pk, moment + timedelta(days=4)))
        bought |= buys
    Event.objects.bulk_create(events)
    Contact.objects.filter(pk__in=[pk for pk, _at in gold]).update(style="gold")
    AttributeHistory.objects.all().delete()
    AttributeHistory.objects.bulk_create(
        AttributeHistory(contact_id=pk, key="style", old=None, new="gold", at=at, actor="system:test")
        for pk, at in gold
    )


def held(definitions: list[dict], ids: list[int], at: datetime) -> list[list[bool]]:
    """Of each of these people, which of the conditions held at that instant."""
    known = past.as_of_then(catalogue.current())
    plan = past.plan_of([load(one, known) for one in definitions], known)
    return past.evaluate(plan, np.array(ids, np.int64), at)[1].tolist()


def started(**changes: object) -> Fitting:
    asked = {"name": "", "goal": {"event": "Order Completed"}, "days": DAYS, "features": FEATURES} | changes
    return runs.start(**asked, user=None, actor=SYSTEM)


def learned(**changes: object) -> Fitting:
    fitting = started(**changes)
    running.run(fitting.job_id)
    fitting.refresh_from_db()
    fitting.job.refresh_from_db()
    assert fitting.job.state == "done", fitting.job.error
    return fitting


@pytest.mark.django_db
def test_the_weights_by_which_people_really_converted_are_found_again():
    with time_machine.travel(NOW, tick=False):
        lived(3000)
        found = learned().found
    italy, asked, opened, gold = found["weights"]
    assert abs(italy["weight"] - TRUE["italy"]) < 0.3
    assert italy["low"] > 0.7
    assert abs(asked["weight"] - TRUE["asked"]) < 0.3
    assert asked["low"] > 1.3
    assert opened["low"] < 0 < opened["high"]
    assert (gold["weight"], gold["holds"]) == (None, 0), "nobody was gold before buying: the future may not leak"
    assert abs(found["intercept"] - LEVEL) < 0.4
    assert 0.68 < found["auc"] < 0.85
    assert found["auc_low"] > 0.6
    assert sum(one["people"] for one in found["bins"]) == found["later_people"]
    middling = [one for one in found["bins"] if one["low"] <= one["said"] <= one["high"]]
    assert len(middling) >= 8, "what it says is what happens"
    assert not FittingPart.objects.exists()


@pytest.mark.django_db
def test_it_refuses_below_a_hundred_conversions_and_says_how_many_there_are():
    with time_machine.travel(NOW, tick=False):
        lived(60)
        fitting = learned()
    assert fitting.refused == "conversions"
    assert 0 < fitting.found["have"] < fitting.found["need"] == 100


@pytest.mark.django_db
def test_killed_between_two_parts_it_goes_on_and_finds_the_same(monkeypatch):
    with time_machine.travel(NOW, tick=False):
        lived(60)
        monkeypatch.setattr("crmseg.jobs.freezing.SIZE", 20)
        fitting = started()
        whole = runs._gather
        calls = []

        def dies(*args):
            calls.append(args[3])
            if len(calls) == 2:
                raise KeyboardInterrupt
            whole(*args)

        monkeypatch.setattr(runs, "_gather", dies)
        with pytest.raises(KeyboardInterrupt):
            running.run(fitting.job_id)
        Job.objects.filter(pk=fitting.job_id).update(lease_until=NOW - timedelta(minutes=5))
        running.run(fitting.job_id)
        gathered = list(calls)
        again = learned()
    fitting.refresh_from_db()
    assert gathered == [0, 1, 1, 2], "what was gathered is not gathered again"
    assert fitting.found == again.found
    runs.run(fitting.job, Step(fitting.job))
    fitting.refresh_from_db()
    assert fitting.found == again.found, "what is done stays done"


@pytest.mark.django_db
def test_people_are_asked_about_as_they_were():
    before, then = NOW - timedelta(days=10), NOW - timedelta(days=20)
    old, new = CompanyFactory(industry="Retail"), CompanyFactory(industry="Steel")
    ada = ContactFactory(country="FR", company=new, attributes={"plan": "pro"})
    AttributeHistory.objects.bulk_create(
        AttributeHistory(contact_id=ada.pk, key=key, old=was, new=None, at=before, actor="system:test")
        for key, was in (("country", "IT"), ("company", old.pk), ("plan", "free"))
    )
    listed = Segment.objects.create(name="Was in", kind="static", state="live")
    LedgerEntry.objects.bulk_create(
        LedgerEntry(segment_id=listed.pk, contact_id=ada.pk, change=change, at=at, cause="test", version=1)
        for change, at in (("entered", NOW - timedelta(days=30)), ("left", before))
    )
    EventFactory(contact=ada, type__name="Page Viewed", occurred_at=before)
    AttributeFactory(key="plan")
    definitions = [
        {"property": "country", "op": "is", "value": "IT"},
        {"property": "company.industry", "op": "is", "value": "Retail"},
        {"property": "plan", "op": "is", "value": "free"},
        {"segment": listed.pk, "op": "in"},
        {"event": "Page Viewed", "op": "did_not"},
    ]
    assert held(definitions, [ada.pk], then) == [[True] * 5]
    assert held(definitions, [ada.pk], NOW) == [[False] * 5]


@pytest.mark.django_db
def test_what_people_agreed_to_is_asked_as_it_was():
    then = NOW - timedelta(days=20)
    left, joined, brought, never = (ContactFactory() for _ in range(4))
    Consent.objects.bulk_create(
        Consent(contact=contact, channel="email", status=status, changed_at=at)
        for contact, status, at in (
            (left, "unsubscribed", NOW - timedelta(days=5)),
            (joined, "subscribed", NOW - timedelta(days=5)),
            (brought, "subscribed", NOW - timedelta(days=40)),
        )
    )
    ConsentHistory.objects.all().delete()
    ConsentHistory.objects.bulk_create(
        ConsentHistory(contact_id=contact.pk, channel="email", old=old, new=new, at=at, actor="system:test")
        for contact, old, new, at in (
            (left, None, "subscribed", NOW - timedelta(days=30)),
            (left, "subscribed", "unsubscribed", NOW - timedelta(days=5)),
            (joined, None, "subscribed", NOW - timedelta(days=5)),
            (brought, None, "subscribed", NOW - timedelta(days=1)),
        )
    )
    asked = [{"consent": "email", "op": op} for op in ("subscribed", "unsubscribed", "never")]
    ids = [left.pk, joined.pk, brought.pk, never.pk]
    yes, no, unasked = [True, False, False], [False, True, False], [False, False, True]
    assert held(asked, ids, then) == [yes, unasked, yes, unasked]
    assert held(asked, ids, NOW) == [no, yes, yes, unasked]


@pytest.mark.django_db
def test_what_is_worked_out_is_asked_as_it_was():
    then = NOW - timedelta(days=20)
    ada, ben = ContactFactory(), ContactFactory()
    for contact, days, amount in ((ada, 30, 1_000), (ada, 26, 2_000), (ada, 3, 40_000), (ben, 3, 500)):
        EventFactory(
            contact=contact,
            type__name="Order Completed",
            occurred_at=NOW - timedelta(days=days),
            amount=amount,
            currency="USD",
        )
    with time_machine.travel(NOW, tick=False):
        bulk.renew(count=True)
        made = services.create_model(key="bought_score", name="Bought", definition=BOUGHT, actor=SYSTEM)
        build.run_waiting()
    AttributeHistory.objects.filter(contact_id=ada.pk, key="rfm_group").delete()
    Worth.objects.filter(contact=ada).update(rfm_group="loyal")
    AttributeHistory.objects.bulk_create(
        AttributeHistory(contact_id=ada.pk, key=key, old=old, new=None, at=NOW - timedelta(days=3), actor="system:test")
        for key, old in (("rfm_group", "new"), ("bought_score", 4))
    )
    asked = [
        {"property": "total_revenue", "op": "is", "value": 30},
        {"property": "total_orders", "op": "gte", "value": 1},
        {"property": "order_gap_days", "op": "is", "value": 4},
        {"property": "last_order_at", "op": "in_last", "value": 7, "unit": "day"},
        {"property": "rfm_group", "op": "is", "value": "new"},
        {"property": "bought_score", "op": "is", "value": 4},
        {"property": "bought_score", "op": "is_known"},
    ]
    assert made.state != "failed"
    assert held(asked, [ada.pk, ben.pk], then) == [[True] * 7, [False] * 7]
    now_ada, now_ben = held(asked, [ada.pk, ben.pk], NOW)
    assert now_ada == [False, True, False, True, False, False, True]
    assert now_ben == [False, True, False, True, False, False, True]


@pytest.mark.django_db
def test_what_keeps_no_history_and_what_is_the_goal_itself_is_refused_at_its_place():
    EventFactory(type__name="Order Completed")
    features = [
        {"definition": {"event": "Order Completed", "op": "did"}},
        {"definition": {"reachable": "email"}},
        {"definition": {"property": "country", "op": "nonsense"}},
        {"definition": {"property": "value_decile", "op": "is", "value": 10}},
        {"definition": {"consent": "email", "op": "subscribed"}},
        {"definition": {"property": "activity", "op": "is", "value": "lost"}},
    ]
    with pytest.raises(InvalidInput) as refused:
        started(features=features, days=3)
    pointers = {problem.pointer for problem in refused.value.problems}
    places = {"/features/0/definition", "/features/1/definition", "/features/2/definition/op", "/features/3/definition"}
    assert pointers == {"/days", *places}


@pytest.mark.django_db
def test_a_stage_is_converted_to_when_its_history_says_so():
    raised = ContactFactory(lifecycle_stage="customer")
    born = ContactFactory(lifecycle_stage="customer")
    back = ContactFactory(lifecycle_stage="lead")
    AttributeHistory.objects.all().delete()
    for contact, old, new, at in (
        (raised, "lead", "customer", NOW - timedelta(days=3)),
        (back, "lead", "customer", NOW - timedelta(days=9)),
        (back, "customer", "lead", NOW - timedelta(days=8)),
    ):
        AttributeHistory.objects.create(
            contact_id=contact.pk, key="lifecycle_stage", old=old, new=new, at=at, actor="system:test"
        )
    found = goals.read({"stage": "customer"}).converted([raised.pk, born.pk, back.pk], NOW)
    assert found == {
        raised.pk: NOW - timedelta(days=3),
        born.pk: goals.ALWAYS,
        back.pk: NOW - timedelta(days=9),
    }


@pytest.mark.django_db
def test_conditions_are_proposed_from_rules_events_and_frequent_values_but_never_the_goal():
    for place in range(20):
        needs = ["quiet", f"other {place}"] if place % 3 else []
        ada = ContactFactory(country="IT" if place % 2 else "DE", lifecycle_stage="lead", needs=needs)
        if place % 2:
            Consent.objects.create(contact=ada, channel="email", status="subscribed", changed_at=NOW)
        EventFactory(contact=ada, type__name="Page Viewed")
        EventFactory(contact=ada, type__name="Order Completed")
    found = offers.offered(catalogue.current(), goals.read({"event": "Order Completed"}))
    said = [offer.definition for offer in found]
    assert {"property": "country", "op": "is", "value": "IT"} in said
    assert any(one.get("event") == "Page Viewed" for one in said)
    assert {"consent": "email", "op": "subscribed"} in said
    assert [one["value"] for one in said if one.get("property") == "needs"] == [["quiet"]]
    assert not any(one.get("event") == "Order Completed" for one in said)
    assert not any(one.get("property") == "email" and one["op"] == "is" for one in said)


def test_the_area_under_the_curve_is_that_of_a_hand_counted_case():
    chances = np.array([0.1, 0.4, 0.35, 0.8])
    area, low, high = regression.area_under_curve(chances, np.array([False, False, True, True]))
    assert area == pytest.approx(0.75)
    assert low < area < high


def test_an_interval_of_a_share_is_wilsons():
    low, high = regression.wilson(10, 100)
    assert (round(low, 4), round(high, 4)) == (0.0552, 0.1744)
