"""What an automation would have done over the past year, held against a plain walk over the same history."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from campaigns.journeys import dates, dry_run, dry_runs, load, replay, services, timing
from campaigns.journeys.schema import DateTrigger
from campaigns.models import DryRun, Run, Send
from contacts.models import AttributeHistory, Contact
from crmseg.access.models import User
from crmseg.common import clock
from crmseg.common.problems import InvalidInput
from crmseg.jobs import running
from segments import services as lists
from segments.models import LedgerEntry, Segment

from .automation_worlds import does, message
from .campaign_worlds import MARKETER, list_of
from .factories import ContactFactory

pytestmark = pytest.mark.django_db
NOW = clock.now()
DAY = timedelta(days=1)


def ago(days: float) -> datetime:
    return NOW - days * DAY


def tried(*steps, trigger=None, **more):
    whole = {"trigger": trigger or {"kind": "event", "event": "Cart Updated"}, "steps": list(steps), **more}
    return dry_run.simulate(load.load(whole), NOW)


def test_those_who_would_have_entered_are_counted_on_their_day_with_the_messages_on_theirs():
    campaign = message()
    ada, grace = ContactFactory(), ContactFactory()
    for one, days in ((ada, 300), (ada, 299.9), (ada, 100), (grace, 100), (grace, 400), (grace, 1)):
        does(one, at=ago(days))
    wait, send = {"id": "w", "kind": "wait", "n": 2, "unit": "day", "next": "m"}, {"id": "m", "kind": "send"}
    found = tried(wait, send | {"campaign": campaign.pk}, reentry="always")
    days = {row["day"]: (row["entered"], row["messages"]) for row in found["days"]}
    said = [ago(days).date().isoformat() for days in (300, 298, 100, 98, 1)]
    assert [days[day] for day in said] == [(1, 0), (0, 1), (2, 0), (0, 2), (1, 0)]
    assert (found["came"], found["entered"], found["people"], found["messages"]) == (5, 4, 2, 3)
    assert (found["refused"], found["campaigns"]) == ({"again": 1}, {str(campaign.pk): 3})
    assert found["ended"] == {"finished": 3, "on_the_way": 1}
    assert not Run.objects.exists()
    assert not Send.objects.exists()


def test_branches_events_and_goals_are_asked_as_of_then():
    ada, grace, left = ContactFactory(country="IT"), ContactFactory(country="FR"), ContactFactory(country="IT")
    for one in (ada, grace, left):
        does(one, at=ago(50))
    does(ada, "Reply", at=ago(49.5))
    does(left, "Order Completed", at=ago(49.8))
    found = tried(
        {"id": "w", "kind": "wait_for_event", "event": "Reply", "n": 1, "unit": "day", "yes": "y", "no": "b"},
        {"id": "y", "kind": "set_stage", "stage": "lead", "next": "b"},
        {"id": "b", "kind": "branch", "condition": {"property": "country", "op": "is", "value": "FR"}, "yes": "e"},
        {"id": "e", "kind": "end"},
        goal_event={"event": "Order Completed"},
    )
    assert found["steps"] == {"w": 2, "y": 1, "b": 2, "e": 1}
    assert found["ended"] == {"finished": 2, "goal": 1}


@pytest.fixture(params=["each at its instant", "once a day"])
def either_way(request, monkeypatch):
    if request.param == "once a day":
        monkeypatch.setattr(dry_run, "FEW", 0)


END = {"id": "e", "kind": "end"}
ITALIAN = {"property": "country", "op": "is", "value": "IT"}


def moved_from(contact, days, **before):
    """What she is today she became then."""
    now = {key: getattr(contact, key) for key in before}
    Contact.objects.filter(pk=contact.pk).update(**before)
    AttributeHistory.objects.filter(contact_id=contact.pk).delete()
    Contact.objects.filter(pk=contact.pk).update(**now)
    AttributeHistory.objects.filter(contact_id=contact.pk).update(at=ago(days))


def test_conditions_are_asked_of_people_as_they_were(either_way):
    ada, grace = ContactFactory(country="IT"), ContactFactory(country="IT")
    moved_from(ada, 20, country="FR")
    for one in (ada, grace):
        does(one, at=ago(50))
        does(one, at=ago(5))
    branch = {"id": "b", "kind": "branch", "condition": ITALIAN, "yes": "e"}
    found = tried(END, filter=ITALIAN, reentry="always")
    assert (found["entered"], found["refused"], found["as_of_today"]) == (3, {"filter": 1}, [])
    assert tried(branch, END, reentry="always")["steps"] == {"b": 4, "e": 3}


def test_a_list_that_a_filter_asks_is_as_it_was_then_and_as_it_is_today_before_it_was_made(either_way):
    ada = ContactFactory()
    listed = list_of(ada)
    asked = {"segment": listed.pk, "op": "in"}
    Segment.objects.filter(pk=listed.pk).update(created_at=ago(30))
    LedgerEntry.objects.filter(segment_id=listed.pk).delete()
    LedgerEntry.objects.create(segment_id=listed.pk, contact_id=ada.pk, change="entered", at=ago(10), version=1)
    for days in (50, 20, 5):
        does(ada, at=ago(days))
    found = tried(END, filter=asked, reentry="always")
    assert [row["day"] for row in found["days"]] == [ago(days).date().isoformat() for days in (50, 5)]
    assert found["as_of_today"] == [{"at": "/filter", "why": "", "until": ago(30).isoformat()}]


def test_what_keeps_no_history_is_asked_as_of_today_and_that_is_said(either_way):
    does(ContactFactory(), at=ago(5))
    found = tried(END, exit={"not": {"reachable": "email"}})
    assert found["refused"] == {"exit": 1}
    assert [(one["at"], bool(one["why"]), one["until"]) for one in found["as_of_today"]] == [("/exit", True, None)]


def test_whoever_comes_twice_in_a_day_and_may_enter_again_enters_twice(either_way):
    ada, campaign = ContactFactory(), message()
    for days in (7.3, 7.2, 7.1):
        does(ada, at=ago(days))
    send = {"id": "m", "kind": "send", "campaign": campaign.pk}
    assert tried(send, reentry="always")["messages"] == 3
    assert tried(send, reentry={"after": 3, "unit": "hour"})["entered"] == 2
    assert tried(send)["entered"] == 1


def test_whoever_waits_for_an_event_goes_on_when_it_comes(either_way):
    ada, campaign = ContactFactory(), message()
    does(ada, at=ago(9))
    does(ada, "Reply", at=ago(8))
    does(ada, "Order Completed", at=ago(3))
    wait = {"id": "w", "kind": "wait_for_event", "event": "Reply", "n": 30, "unit": "day", "yes": "m"}
    found = tried(wait, {"id": "m", "kind": "send", "campaign": campaign.pk}, goal_event={"event": "Order Completed"})
    assert [row["day"] for row in found["days"] if row["messages"]] == [ago(8).date().isoformat()]
    assert found["ended"] == {"finished": 1}


def test_before_a_list_was_made_its_definition_says_who_would_have_entered_it(either_way):
    ada, grace, new = ContactFactory(country="FR"), ContactFactory(country="FR"), ContactFactory(country="IT")
    moved_from(ada, 100.5, country="ES")
    Contact.objects.exclude(pk=new.pk).update(created_at=ago(900))
    Contact.objects.filter(pk=new.pk).update(created_at=ago(40.5))
    moved_from(grace, 60.5, country="IT")
    for days in (200.5, 30.5):
        does(ada, "Order Completed", at=ago(days))
    ordered = {"event": "Order Completed", "op": "did", "window": {"last": 10, "unit": "day"}}
    listed = lists.create_segment(name="Now", kind="active", definition={"any": [ordered, ITALIAN]}, actor=MARKETER)
    Segment.objects.filter(pk=listed.pk).update(created_at=NOW - timedelta(hours=1))
    entries = tried(END, trigger={"kind": "enters", "list": listed.pk}, reentry="always")
    assert [(row["day"], row["entered"]) for row in entries["days"]] == [
        (seen(200), 1), (seen(40), 1), (seen(30), 1)
    ]  # fmt: skip
    assert entries["list_made_at"] == (NOW - timedelta(hours=1)).isoformat()
    assert entries["known_since"] is None
    exits = tried(END, trigger={"kind": "leaves", "list": listed.pk}, reentry="always")
    assert [row["day"] for row in exits["days"]] == [seen(days) for days in (190, 60, 20)]


def seen(days):
    """The day on which it is seen: days end as late as it is now."""
    return ago(days).date().isoformat()


def test_the_ledger_says_who_entered_a_list_and_since_when_it_is_known():
    listed, ada, grace = list_of(), ContactFactory(), ContactFactory()
    rows = [(ada, "entered", 20), (ada, "left", 10), (grace, "entered", 5)]
    for cursor, (one, change, days) in enumerate(rows):
        LedgerEntry.objects.create(
            segment_id=listed.pk, contact_id=one.pk, change=change, at=ago(days), cursor=cursor + 1, version=1
        )
    end = {"id": "e", "kind": "end"}
    assert tried(end, trigger={"kind": "enters", "list": listed.pk})["entered"] == 2
    assert tried(end, trigger={"kind": "leaves", "list": listed.pk})["entered"] == 1
    assert tried(end, trigger={"kind": "enters", "list": listed.pk})["known_since"] is not None


def test_more_than_can_be_walked_is_answered_from_a_share_of_the_contacts(monkeypatch):
    for one in ContactFactory.create_batch(60):
        does(one, at=ago(3))
    monkeypatch.setattr(dry_run, "MOST", 30)
    found = tried({"id": "e", "kind": "end"})
    assert (found["came"], found["share"]) == (60, 0.5)
    assert 20 < found["entered"] < 100


def test_a_dry_run_is_a_job_whose_row_keeps_the_result():
    does(ContactFactory(), at=ago(3))
    steps = [{"id": "e", "kind": "end"}]
    automation = services.create_automation(name="Cart", definition={"steps": steps}, actor=MARKETER)
    with pytest.raises(InvalidInput):
        dry_runs.start(automation.pk, user=None, actor=MARKETER)
    ready = {"trigger": {"kind": "event", "event": "Cart Updated"}, "steps": steps}
    services.save_definition(automation.pk, ready, actor=MARKETER)
    user = User.objects.create_user("g@example.org", role="marketer")
    made = dry_runs.start(automation.pk, user=user, actor=user.actor())
    running.run(made.job_id)
    automation.refresh_from_db()
    found = dry_runs.latest(automation)
    assert found == DryRun.objects.get()
    assert found.result["entered"] == 1


@pytest.mark.parametrize(
    ("born", "offset", "yearly", "since", "until", "expected"),
    [
        ("2000-03-01", 0, True, "2026-03-01T07:00", "2026-03-01T09:00", ["2026-03-01"]),
        ("2000-03-01", 0, True, "2026-03-01T08:00", "2026-03-01T09:00", []),
        ("2000-02-29", 0, True, "2026-02-28T00:00", "2026-03-02T00:00", ["2026-02-28"]),
        ("2000-02-29", 0, True, "2028-02-28T00:00", "2028-03-02T00:00", ["2028-02-29"]),
        ("2000-01-02", -3, True, "2025-12-29T00:00", "2026-01-02T00:00", ["2026-01-02"]),
        ("2000-01-02", 0, False, "2026-01-01T00:00", "2026-01-03T00:00", []),
        ("2026-01-02", 5, False, "2026-01-06T00:00", "2026-01-08T00:00", ["2026-01-02"]),
        ("2026-01-02", 0, True, "2025-01-01T00:00", "2025-02-01T00:00", []),
    ],
)
def test_a_date_comes_at_its_hour_on_the_clock_of_the_contact(born, offset, yearly, since, until, expected):
    ContactFactory(birth_date=born, time_zone="Europe/Rome")
    at = datetime(2000, 1, 1, 9).time()
    trigger = DateTrigger("birth_date", offset, at, yearly, "contact")
    read = [datetime.fromisoformat(one).replace(tzinfo=UTC) for one in (since, until)]
    found = dates.between(trigger, *read)
    assert [day.isoformat() for _pk, day, _at in found] == expected
    assert all(one.hour == 8 for _pk, _day, one in found)


def test_who_was_not_there_yet_did_not_have_her_date_here():
    ContactFactory(birth_date=ago(100).date().replace(year=1990))
    journey = load.load(
        {
            "trigger": {"kind": "date", "property": "birth_date", "at": "09:00", "yearly": True},
            "steps": [{"id": "e", "kind": "end"}],
        }
    )
    assert replay.count(journey, ago(365), NOW) == 0


def test_the_next_moment_is_on_a_day_that_counts_also_where_clocks_change():
    rome = timing.zone_of("Europe/Rome")
    friday = datetime(2026, 3, 27, 8, 30, tzinfo=UTC)
    nine = datetime(2000, 1, 1, 9).time()
    assert timing.next_moment(nine, {1, 2, 3, 4, 5}, rome, friday) == datetime(2026, 3, 30, 7, tzinfo=UTC)
    assert timing.next_moment(nine, {5}, rome, friday - timedelta(hours=1)) == datetime(2026, 3, 27, 8, tzinfo=UTC)
    assert timing.zone_of("nowhere").key == timing.zone_of(None).key
