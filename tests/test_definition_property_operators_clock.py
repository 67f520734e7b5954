"""Operators that read the clock: who is in at an instant, and that every change comes at its instant."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from crmseg.access import account
from crmseg.common.problems import InvalidInput
from segments import catalogue
from segments.definition.dump import dump
from segments.definition.load import load

from .asking import NOW, flips, names
from .factories import AttributeFactory, ContactFactory

pytestmark = pytest.mark.django_db
TICK = timedelta(microseconds=1)


def ask(property, op, **more):
    return {"property": property, "op": op, **more}


def born(**people):
    for name, day in people.items():
        ContactFactory(first_name=name, birth_date=day)


def at(*parts, zone="UTC"):
    return datetime(*parts, tzinfo=ZoneInfo(zone)).astimezone(UTC)


@pytest.fixture
def appointment(db):
    AttributeFactory(key="on", type="date")
    AttributeFactory(key="at", type="datetime")

    def make(name="Ada", **attributes):
        return ContactFactory(first_name=name, attributes=attributes)

    return make


@pytest.fixture(autouse=True)
def _the_account_of_every_test(db):
    yield
    account.forget()


def account_with(**changes):
    settings = account.current()
    for key, value in changes.items():
        setattr(settings, key, value)
    settings.save()
    account.forget()


def test_in_next_counts_days_of_dates_and_elapsed_time_of_instants(appointment):
    appointment("today", on="2026-11-22", at="2026-11-22T12:00:00Z")
    appointment("week", on="2026-11-29", at="2026-11-29T12:00:00Z")
    appointment("later", on="2026-11-30", at="2026-11-29T12:00:00.000001Z")
    appointment("past", on="2026-11-21", at="2026-11-22T11:59:59.999999Z")
    assert names(ask("on", "in_next", value=7, unit="day")) == {"today", "week"}
    assert names(ask("at", "in_next", value=7, unit="day")) == {"today", "week"}
    assert names(ask("at", "in_next", value=1, unit="month")) == {"today", "week", "later"}


def test_an_instant_enters_and_leaves_the_next_hours_at_its_instants(appointment):
    ada = appointment(at="2026-12-01T10:00:00Z")
    found = flips(ask("at", "in_next", value=24, unit="hour"), ada, NOW, NOW + timedelta(days=30))
    assert found == [(at(2026, 11, 30, 10), True), (at(2026, 12, 1, 10) + TICK, False)]


def test_the_next_month_begins_again_when_shorter_months_make_it(appointment):
    ada = appointment(at="2027-02-28T10:00:00Z", on="2027-02-28")
    found = flips(ask("at", "in_next", value=1, unit="month"), ada, NOW, NOW + timedelta(days=200))
    assert found == [
        (at(2027, 1, 28, 10), True),
        (at(2027, 1, 29), False),
        (at(2027, 1, 29, 10), True),
        (at(2027, 1, 30), False),
        (at(2027, 1, 30, 10), True),
        (at(2027, 1, 31), False),
        (at(2027, 1, 31, 10), True),
        (at(2027, 2, 28, 10) + TICK, False),
    ]
    found = flips(ask("on", "in_next", value=1, unit="month"), ada, NOW, NOW + timedelta(days=200))
    assert found == [(at(2027, 1, 28), True), (at(2027, 3, 1), False)]


def test_between_ago_includes_both_ends_in_either_order(appointment):
    appointment("new", on="2026-11-13", at="2026-11-12T12:00:00.000001Z")
    appointment("ten", on="2026-11-12", at="2026-11-12T12:00:00Z")
    appointment("thirty", on="2026-10-23", at="2026-10-23T12:00:00Z")
    appointment("old", on="2026-10-22", at="2026-10-23T11:59:59.999999Z")
    for both in ([30, 10], [10, 30]):
        assert names(ask("on", "between_ago", value=both, unit="day")) == {"ten", "thirty"}
        assert names(ask("at", "between_ago", value=both, unit="day")) == {"ten", "thirty"}
    ada = appointment(on="2026-11-20", at="2026-11-20T09:00:00Z")
    end = NOW + timedelta(days=90)
    assert flips(ask("on", "between_ago", value=[30, 10], unit="day"), ada, NOW, end) == [
        (at(2026, 11, 30), True),
        (at(2026, 12, 21), False),
    ]
    assert flips(ask("at", "between_ago", value=[2, 1], unit="month"), ada, NOW, end) == [
        (at(2026, 12, 20, 9), True),
        (at(2027, 1, 20, 9) + TICK, False),
    ]


def test_calendar_units_hold_days_to_come_too_and_begin_with_the_fiscal_year(appointment):
    appointment("june", on="2026-06-30")
    appointment("july", on="2026-07-01")
    appointment("january", on="2027-01-01")
    appointment("sunday", on="2026-11-22", at="2026-11-22T23:30:00Z")
    appointment("monday", on="2026-11-23", at="2026-11-23T00:30:00Z")
    assert names(ask("on", "in_this", unit="week")) == {"sunday"}
    assert names(ask("on", "in_next_unit", unit="week")) == {"monday"}
    assert names(ask("on", "in_next_unit", value="year")) == {"january"}
    assert names(ask("on", "in_this", unit="year")) == {"june", "july", "sunday", "monday"}
    assert names(ask("at", "in_this", unit="day", zone="Europe/Rome")) == set()
    assert names(ask("at", "in_next_unit", unit="day", zone="Europe/Rome")) == {"sunday", "monday"}
    account_with(fiscal_start_month=7)
    assert names(ask("on", "in_this", unit="year")) == {"july", "january", "sunday", "monday"}
    assert names(ask("on", "in_previous", unit="year")) == {"june"}
    assert names(ask("on", "in_previous", unit="quarter")) == {"july"}


def test_calendar_units_change_at_local_midnight(appointment):
    ada = appointment(at="2026-12-15T12:00:00Z")
    account_with(time_zone="Europe/Rome")
    end = NOW + timedelta(days=365)
    ask_month = {"property": "at", "unit": "month"}
    begins, ends = at(2026, 12, 1, zone="Europe/Rome"), at(2027, 1, 1, zone="Europe/Rome")
    assert flips(ask_month | {"op": "in_this"}, ada, NOW, end) == [(begins, True), (ends, False)]
    assert flips(ask_month | {"op": "in_previous"}, ada, NOW, end) == [
        (ends, True),
        (at(2027, 2, 1, zone="Europe/Rome"), False),
    ]
    assert flips(ask_month | {"op": "in_next_unit"}, ada, NOW, end) == [(begins, False)]


def test_the_contacts_own_zone_decides_when_its_day_is_today(appointment):
    tokyo = appointment("tokyo", on="2026-11-23")
    tokyo.time_zone = "Asia/Tokyo"
    tokyo.save()
    odd = appointment("odd", on="2026-11-23")
    odd.time_zone = "Mars/Olympus"
    odd.save()
    late = at(2026, 11, 22, 16)
    assert names(ask("on", "in_this", unit="day", zone="contact"), late) == {"tokyo"}
    asked = ask("on", "in_this", unit="day", zone="contact")
    assert flips(asked, tokyo, NOW, NOW + timedelta(days=3))[0] == (at(2026, 11, 22, 15), True)
    assert flips(asked, odd, NOW, NOW + timedelta(days=3))[0] == (at(2026, 11, 23), True)


def test_anniversaries_come_every_year_and_leap_days_on_the_28th():
    born(today=date(1990, 11, 22), tomorrow=date(1990, 11, 23), baby=date(2026, 11, 22), coming=date(2030, 11, 22))
    assert names(ask("birth_date", "anniversary_today")) == {"today", "baby", "coming"}
    leap = ContactFactory(first_name="leap", birth_date=date(2004, 2, 29))
    assert flips(ask("birth_date", "anniversary_today"), leap, NOW, at(2028, 6, 1)) == [
        (at(2027, 2, 28), True),
        (at(2027, 3, 1), False),
        (at(2028, 2, 29), True),
        (at(2028, 3, 1), False),
    ]


def test_the_last_anniversary_counts_from_the_day_itself():
    born(today=date(1990, 11, 22), week=date(1990, 11, 15), older=date(1990, 11, 14), coming=date(2030, 11, 20))
    assert names(ask("birth_date", "anniversary_in_last", value=7, unit="day")) == {"today", "week"}
    baby = ContactFactory(first_name="baby", birth_date=date(2026, 12, 1))
    assert flips(ask("birth_date", "anniversary_in_last", value=1, unit="month"), baby, NOW, at(2028, 6, 1)) == [
        (at(2026, 12, 1), True),
        (at(2027, 1, 2), False),
        (at(2027, 12, 1), True),
        (at(2028, 1, 2), False),
    ]


def test_months_and_weekdays_are_named_by_number_or_in_english():
    born(sunday=date(2026, 11, 22), monday=date(2026, 11, 23), may=date(2026, 5, 1))
    assert names(ask("birth_date", "month_is", value=[11])) == {"sunday", "monday"}
    assert names(ask("birth_date", "month_is", value="May")) == {"may"}
    assert names(ask("birth_date", "weekday_is", value=["sunday", 1])) == {"sunday", "monday"}
    read = load(ask("birth_date", "month_is", value=["may", 5, "JUNE"]), catalogue.current())
    assert dump(read)["value"] == [5, 6]


@pytest.mark.parametrize(
    ("more", "pointer"),
    [
        ({"op": "month_is", "value": [0]}, "/value/0"),
        ({"op": "month_is", "value": []}, "/value"),
        ({"op": "month_is", "value": "Maius"}, "/value"),
        ({"op": "weekday_is", "value": 8}, "/value"),
        ({"op": "weekday_is", "value": 1, "unit": "day"}, "/unit"),
        ({"op": "in_this", "unit": "hour"}, "/unit"),
        ({"op": "in_this", "value": "fortnight"}, "/value"),
        ({"op": "in_this", "value": "day", "unit": "day"}, "/value"),
        ({"op": "between_ago", "value": [0, 0], "unit": "day"}, "/value"),
        ({"op": "between_ago", "value": [1, -1], "unit": "day"}, "/value/1"),
        ({"op": "between_ago", "value": [1, 2], "unit": "hour"}, "/unit"),
        ({"op": "between_ago", "value": 5, "unit": "day"}, "/value"),
        ({"op": "in_next", "value": 0, "unit": "day"}, "/value"),
        ({"op": "in_next", "value": 1, "unit": "quarter"}, "/unit"),
        ({"op": "anniversary_today", "value": 1}, "/value"),
        ({"op": "anniversary_in_last", "value": 1, "unit": "minute"}, "/unit"),
        ({"op": "in_this", "unit": "day", "zone": "Mars/Olympus"}, "/zone"),
    ],
)
def test_what_no_calendar_knows_is_refused(more, pointer):
    with pytest.raises(InvalidInput) as caught:
        load({"property": "birth_date", **more}, catalogue.current())
    assert [problem.pointer for problem in caught.value.problems] == [pointer]
