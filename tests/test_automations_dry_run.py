"""What an automation would have done over the past year, held against a plain walk over the same history."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from campaigns.journeys import dates, dry_run, dry_runs, load, replay, services, timing
from campaigns.journeys.schema import DateTrigger
from campaigns.models import DryRun, Run, Send
from crmseg.access.models import User
from crmseg.common import clock
from crmseg.common.problems import InvalidInput
from crmseg.jobs import running
from segments.models import LedgerEntry

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
