"""Operators on properties of contacts: each true for some, false for others, and never for the unknown."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import connection

from contacts.models import Contact
from crmseg.common.problems import InvalidInput
from segments import catalogue
from segments.definition.dump import dump
from segments.definition.load import load

from .asking import NOW, matching, names
from .factories import AttributeFactory, CompanyFactory, ContactFactory, EventFactory

pytestmark = pytest.mark.django_db


def ask(property, op, **more):
    return {"property": property, "op": op, **more}


def refused(definition):
    with pytest.raises(InvalidInput) as caught:
        load(definition, catalogue.current())
    return {problem.pointer: str(problem.message) for problem in caught.value.problems}


def canonical(definition):
    return dump(load(definition, catalogue.current()))


class TestAgainstAnotherProperty:
    @pytest.fixture(autouse=True)
    def people(self, db):
        AttributeFactory(key="vip", type="boolean")
        AttributeFactory(key="insured", type="boolean")
        AttributeFactory(key="score", type="number")
        AttributeFactory(key="since", type="date")
        AttributeFactory(key="seen", type="datetime")
        AttributeFactory(key="likes", type="multi_enum")
        company = CompanyFactory(country="IT", revenue=500)
        ContactFactory(
            first_name="Same",
            last_name="SAME",
            country="it",
            budget=500,
            company=company,
            interests=["Golf", "wine"],
            attributes={
                "vip": True,
                "insured": True,
                "score": 500,
                "since": "2026-03-01",
                "seen": "2026-03-01T23:30:00Z",
                "likes": ["WINE", "golf", "golf"],
            },
        )
        ContactFactory(
            first_name="Other",
            last_name="Else",
            country="FR",
            budget=100,
            company=company,
            interests=["tea"],
            attributes={
                "vip": True,
                "insured": False,
                "score": 700,
                "since": "2026-02-01",
                "seen": "2026-03-01T23:30:00Z",
                "likes": ["wine"],
            },
        )
        ContactFactory(first_name="Half", budget=100, attributes={"vip": True})

    @pytest.mark.parametrize(
        ("left", "op", "right", "found"),
        [
            ("first_name", "is", "last_name", {"Same"}),
            ("first_name", "is_not", "last_name", {"Other"}),
            ("country", "is", "company.country", {"Same"}),
            ("company.country", "is_not", "country", {"Other"}),
            ("first_name", "contains", "last_name", {"Same"}),
            ("first_name", "not_starts_with", "last_name", {"Other"}),
            ("first_name", "ends_with", "last_name", {"Same"}),
            ("budget", "is", "score", {"Same"}),
            ("budget", "lt", "score", {"Other"}),
            ("budget", "gte", "company.revenue", {"Same"}),
            ("vip", "is", "insured", {"Same"}),
            ("vip", "is_not", "insured", {"Other"}),
            ("since", "on", "seen", {"Same"}),
            ("since", "before", "seen", {"Other"}),
            ("seen", "on", "since", {"Same"}),
            ("seen", "after", "since", {"Other"}),
            ("seen", "not_on", "since", {"Other"}),
            ("interests", "contains_any", "likes", {"Same"}),
            ("interests", "contains_none", "likes", {"Other"}),
            ("interests", "contains_all", "likes", {"Same"}),
            ("interests", "is_exactly", "likes", {"Same"}),
        ],
    )
    def test_both_sides_are_of_the_same_contact(self, left, op, right, found):
        assert names(ask(left, op, value={"property": right})) == found

    def test_with_unknown_either_unknown_side_is_enough(self):
        assert names(ask("budget", "lt", value={"property": "score"}, unknown=True)) == {"Other", "Half"}
        assert names(ask("vip", "is_not", value={"property": "insured"}, unknown=True)) == {"Other", "Half"}

    def test_the_day_of_an_instant_is_that_of_the_zone(self):
        assert names(ask("since", "on", value={"property": "seen"}, zone="Asia/Tokyo")) == set()
        assert names(ask("seen", "on", value={"property": "since"}, zone="Asia/Tokyo")) == set()

    def test_case_counts_only_when_asked_for(self):
        assert names(ask("first_name", "is", value={"property": "last_name"}, case=True)) == set()

    def test_age_can_stand_to_the_right(self):
        Contact.objects.filter(first_name="Half").update(birth_date=date(1996, 11, 22))
        Contact.objects.update(budget=30)
        assert names(ask("budget", "is", value={"property": "age"})) == {"Half"}

    def test_properties_of_different_kinds_are_refused(self):
        assert "not of one kind" in refused(ask("budget", "gt", value={"property": "city"}))["/value/property"]
        assert "no property" in refused(ask("budget", "gt", value={"property": "skore"}))["/value/property"]
        assert "score" in refused(ask("budget", "gt", value={"property": "scor"}))["/value/property"]
        assert "/value/too" in refused(ask("budget", "gt", value={"property": "score", "too": 1}))
        assert "/value" in refused(ask("budget", "between", value={"property": "score"}))
        assert "/op" in refused(ask("vip", "is", value=True))
        assert "/value/property" in refused(ask("lifecycle_stage", "at_least", value={"property": "country"}))

    def test_it_is_written_back_as_it_was_read(self):
        said = ask("vip", "is", value={"property": "insured"})
        assert canonical(said) == said


def test_properties_of_one_event_are_compared_with_each_other():
    same, other = ContactFactory(), ContactFactory()
    trip = {"paid": 20, "price": 20, "from": "Rome", "to": "ROME", "a": ["x"], "b": ["X"]}
    EventFactory(contact=same, occurred_at=NOW, properties=trip)
    EventFactory(contact=other, occurred_at=NOW, properties=trip | {"paid": 10, "to": "Bari", "b": "x"})

    def where(*conditions):
        return matching({"event": "Order Completed", "op": "did", "where": list(conditions)})

    assert where(ask("paid", "gte", value={"property": "price"})) == {same.pk}
    assert where(ask("from", "is_not", value={"property": "to"})) == {other.pk}
    assert where(ask("a", "is_exactly", value={"property": "b"})) == {same.pk}


def test_the_length_of_a_text_is_counted_in_characters():
    for name in ("Zoë", "Ada", "Eve", "Anna", "Alessandra"):
        ContactFactory(first_name=name)
    assert names(ask("first_name", "length_is", value=3)) == {"Zoë", "Ada", "Eve"}
    assert names(ask("first_name", "length_gt", value=3)) == {"Anna", "Alessandra"}
    assert names(ask("first_name", "length_gte", value=4)) == {"Anna", "Alessandra"}
    assert names(ask("first_name", "length_lt", value=4)) == {"Zoë", "Ada", "Eve"}
    assert names(ask("first_name", "length_lte", value=4, unknown=True)) == {"Zoë", "Ada", "Eve", "Anna"}
    assert refused(ask("first_name", "length_is", value=-1)).keys() == {"/value"}
    assert refused(ask("first_name", "length_is", value=1.5)).keys() == {"/value"}


def test_entries_are_compared_as_sets_and_counted_as_stored():
    ContactFactory(first_name="Two", interests=["Golf", "wine"])
    ContactFactory(first_name="Twice", interests=["golf", "golf"])
    ContactFactory(first_name="None", interests=[])
    assert names(ask("interests", "is_exactly", value=["WINE", "golf", "Golf"])) == {"Two"}
    assert names(ask("interests", "is_exactly", value=["golf"])) == {"Twice"}
    assert names(ask("interests", "is_exactly", value=["wine", "golf"], case=True)) == set()
    assert names(ask("interests", "size_is", value=2)) == {"Two", "Twice"}
    assert names(ask("interests", "size_gte", value=3)) == set()
    assert names(ask("interests", "size_lte", value=2)) == {"Two", "Twice"}
    assert names(ask("interests", "size_lte", value=2, unknown=True)) == {"Two", "Twice", "None"}


class TestPlaces:
    @pytest.fixture(autouse=True)
    def people(self, db):
        AttributeFactory(key="shop", type="location")
        ContactFactory(
            first_name="Rome", latitude=41.9028, longitude=12.4964, attributes={"shop": {"lat": 0, "lon": 180}}
        )
        ContactFactory(
            first_name="Milan", latitude=45.4642, longitude=9.19, attributes={"shop": {"lat": "x", "lon": 1}}
        )
        ContactFactory(first_name="Junk", latitude=95, longitude=1e300, attributes={"shop": {"lat": 1e300}})
        ContactFactory(first_name="Nowhere", attributes={"shop": "Rome"})

    def test_near_is_along_the_great_circle(self):
        rome = {"lat": 41.9028, "lon": 12.4964}
        assert names(ask("location", "within_km", value=rome | {"km": 0})) == {"Rome"}
        assert names(ask("location", "within_km", value=rome | {"km": 476})) == {"Rome"}
        assert names(ask("location", "within_km", value=rome | {"km": 478})) == {"Rome", "Milan"}
        assert names(ask("shop", "within_km", value={"lat": 0, "lon": -180, "km": 0.001})) == {"Rome"}

    def test_the_keys_may_stand_beside_each_other(self):
        said = ask("location", "within_km", lat=1, lon=-2.5, km=3)
        assert canonical(said) == ask("location", "within_km", value={"lat": 1, "lon": -2.5, "km": 3})

    def test_places_that_are_none_are_refused(self):
        assert "/value/lat" in refused(ask("location", "within_km", value={"lat": 91, "lon": 0, "km": 1}))
        assert "/km" in refused(ask("location", "within_km", lat=1, lon=0, km=-1))
        assert "/value" in refused(ask("location", "within_km", value=5))
        assert "" in refused(ask("location", "within_km"))
        assert "/lat" in refused(ask("city", "is", value="Rome", lat=1))


def test_junk_of_every_kind_is_unknown_and_never_an_error():
    types = ("text", "number", "boolean", "date", "datetime", "enum", "multi_enum", "location")
    for type in types:
        AttributeFactory(key=f"a_{type}", type=type, options=["x"] if type == "enum" else [])
    junk = (
        "", "x", [], [None, 1, {}], {}, 10**300, -1, True, "2026-99-99", "4713-01-01 BC", "9999-12-31", "infinity",
        "2026-01-01T00:00:00+99:99", "0001-01-01", {"lat": None, "lon": []}, {"lat": 1e300, "lon": 5},
    )  # fmt: skip
    for one in junk:
        ContactFactory(attributes={f"a_{type}": one for type in types}, time_zone=str(one)[:40])
    conditions = [
        *(ask(f"a_{kind}", op, value=5, unit=unit, zone=zone)
          for kind in ("date", "datetime")
          for op in ("in_last", "in_next", "more_than_ago", "anniversary_in_next", "anniversary_in_last")
          for unit in ("day", "month", "year")
          for zone in ("account", "contact", "Pacific/Apia")),
        *(ask(f"a_{kind}", op, unit=unit, zone="contact")
          for kind in ("date", "datetime")
          for op in ("in_this", "in_previous", "in_next_unit")
          for unit in ("day", "week", "month", "quarter", "year")),
        *(ask(f"a_{kind}", "between_ago", value=[0, 3], unit=unit, zone="contact")
          for kind in ("date", "datetime")
          for unit in ("day", "year")),
        *(ask(f"a_{kind}", "anniversary_today", zone="contact") for kind in ("date", "datetime")),
        *(ask(f"a_{kind}", "month_is", value=[1, 2]) for kind in ("date", "datetime")),
        ask("a_date", "on", value={"property": "a_datetime"}),
        ask("a_datetime", "on", value={"property": "a_date"}),
        ask("a_text", "matches", value="^.{2,}$"),
        ask("a_text", "length_gt", value=0),
        ask("a_multi_enum", "is_exactly", value=["x"]),
        ask("a_multi_enum", "size_gte", value=1),
        ask("a_location", "within_km", value={"lat": 0, "lon": 0, "km": 20_000}),
        ask("a_enum", "is", value={"property": "a_text"}),
        ask("a_number", "lt", value={"property": "age"}),
    ]  # fmt: skip
    matching({"any": conditions})
    for one in conditions:
        assert not matching(ask(one["property"], "is_unknown")) & matching(one)


@pytest.mark.parametrize("day", ["infinity", "-infinity", "4713-01-01 BC", "0001-01-01", "9999-12-31", "5874897-12-31"])
def test_days_that_no_calendar_holds_are_unknown_and_never_an_error(day):
    ContactFactory()
    instant = day if day != "5874897-12-31" else "294276-12-31"
    with connection.cursor() as cursor:
        cursor.execute("UPDATE contacts_contact SET birth_date = %s, created_at = %s", [day, instant])
    known = day in {"0001-01-01", "9999-12-31"}
    for key in ("birth_date", "created_at"):
        assert bool(matching(ask(key, "is_known"))) == known
        for op, more in (
            ("in_last", {"value": 1, "unit": "month"}),
            ("in_next", {"value": 1, "unit": "year"}),
            ("between_ago", {"value": [2, 1], "unit": "month"}),
            ("anniversary_today", {}),
            ("anniversary_in_last", {"value": 1, "unit": "week"}),
            ("in_this", {"unit": "quarter", "zone": "contact"}),
            ("weekday_is", {"value": 3}),
            ("ever_was", {"value": "2026-01-01"}),
        ):
            if op != "ever_was" or key == "birth_date":
                matching(ask(key, op, **more))
    assert matching(ask("age", "gte", value=0)) == (set() if day != "0001-01-01" else matching(ask("age", "is_known")))
