"""What a property was: by the recorded changes of the contact, or of its present company."""

from __future__ import annotations

from datetime import timedelta

import pytest

from contacts.models import AttributeHistory, Company, CompanyHistory, Contact
from crmseg.common.problems import InvalidInput
from segments import catalogue
from segments.definition import depends
from segments.definition.dump import dump
from segments.definition.load import load

from .asking import NOW, flips, matching, names
from .factories import AttributeFactory, CompanyFactory, ContactFactory

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def ask(property, op, **more):
    return {"property": property, "op": op, **more}


def change(contact, key, old, new, ago):
    AttributeHistory.objects.create(contact_id=contact.pk, key=key, old=old, new=new, at=NOW - ago, actor="test")


def refused(definition):
    with pytest.raises(InvalidInput) as caught:
        load(definition, catalogue.current())
    return {problem.pointer for problem in caught.value.problems}


@pytest.fixture
def moved(db):
    rome = ContactFactory(first_name="moved", city="Rome")
    change(rome, "city", "Milan", "Rome", 5 * DAY)
    change(rome, "city", None, "Milan", 40 * DAY)
    ContactFactory(first_name="stayed", city="Rome")
    ContactFactory(first_name="unknown")
    return rome


def test_updated_in_is_a_change_in_the_window_and_not_updated_in_everybody_else(moved):
    week = {"last": 7, "unit": "day"}
    assert names(ask("city", "updated_in", window=week)) == {"moved"}
    assert names(ask("city", "updated_in", window={"ago": [45, 35], "unit": "day"})) == {"moved"}
    assert names(ask("city", "updated_in", window={"last": 4, "unit": "day"})) == set()
    assert names(ask("city", "not_updated_in", window=week)) == {"stayed", "unknown"}
    assert names(ask("city", "updated_in")) == {"moved"}
    assert names(ask("country", "updated_in")) == set()


def test_a_window_may_be_written_in_three_ways():
    read = [
        dump(load(ask("city", "updated_in", **more), catalogue.current()))
        for more in (
            {"window": {"last": 7, "unit": "day"}},
            {"value": {"last": 7, "unit": "day"}},
            {"value": 7, "unit": "day"},
        )
    ]
    assert read == [ask("city", "updated_in", window={"last": 7, "unit": "day"})] * 3


def test_ever_was_looks_at_now_and_at_both_sides_of_every_change(moved):
    assert names(ask("city", "ever_was", value="rome")) == {"moved", "stayed"}
    assert names(ask("city", "ever_was", value="MILAN")) == {"moved"}
    assert names(ask("city", "ever_was", value="MILAN", case=True)) == set()
    assert names(ask("city", "never_was", value="Rome")) == {"unknown"}


def test_changed_names_either_side_or_both_and_null_is_unknown(moved):
    assert names(ask("city", "changed", value={"from": "milan", "to": "ROME"})) == {"moved"}
    assert names(ask("city", "changed", value={"from": "Rome"})) == set()
    assert names(ask("city", "changed", value={"from": None})) == {"moved"}
    assert names(ask("city", "changed", value={"from": None, "to": "Rome"})) == set()
    assert names(ask("city", "changed", value={"to": "Milan", "window": {"last": 30, "unit": "day"}})) == set()
    assert names(ask("city", "changed")) == {"moved"}
    flat = ask("city", "changed", **{"from": None, "window": {"this": "year"}})
    assert dump(load(flat, catalogue.current())) == ask(
        "city", "changed", value={"from": None, "window": {"this": "year"}}
    )


def test_values_of_every_type_are_compared_as_their_type():
    for key in ("number", "boolean", "date", "datetime", "multi_enum"):
        AttributeFactory(key=f"a_{key}", type=key)
    was = {
        "a_number": 19.990, "a_boolean": False, "a_date": "2026-01-31", "a_datetime": "2026-01-31T12:00:00+02:00",
        "a_multi_enum": ["Golf", "wine"],
    }  # fmt: skip
    ada = ContactFactory(first_name="Ada")
    for key, value in was.items():
        change(ada, key, value, "junk", DAY)
    change(ada, "budget", None, 20, DAY)
    change(ada, "interests", ["a"], None, DAY)
    for key, value in (
        ("a_number", 19.99), ("a_boolean", False), ("a_date", "2026-01-31"), ("a_datetime", "2026-01-31"),
        ("a_datetime", "2026-01-31T10:00:00Z"), ("a_multi_enum", "golf"), ("budget", 20), ("interests", "A"),
    ):  # fmt: skip
        assert names(ask(key, "ever_was", value=value)) == {"Ada"}, key
    assert names(ask("a_boolean", "ever_was", value=True)) == set()
    assert names(ask("a_number", "changed", value={"from": 19.99, "to": None})) == {"Ada"}
    assert names(ask("a_multi_enum", "changed", value={"from": ["WINE", "golf"]})) == {"Ada"}
    assert names(ask("a_multi_enum", "changed", value={"from": ["wine"]})) == set()
    assert names(ask("a_multi_enum", "changed", value={"from": "wine"})) == {"Ada"}
    assert names(ask("location", "updated_in")) == set()


def test_the_database_records_what_companies_were():
    company = CompanyFactory(industry="Retail", revenue=5, attributes={"tier": "S"})
    AttributeFactory(entity="company", key="tier")
    ContactFactory(first_name="Ada", company=company)
    ContactFactory(first_name="Eve", company=CompanyFactory(industry="Retail"))
    ContactFactory(first_name="Bob")
    assert not CompanyHistory.objects.exists()
    Company.objects.filter(pk=company.pk).update(industry="Banking", attributes={"tier": "M"}, revenue="7.50")
    Company.objects.filter(pk=company.pk).update(industry="Banking")
    rows = CompanyHistory.objects.filter(company_id=company.pk).order_by("key").values_list("key", "old", "new")
    assert [(key, str(old), str(new)) for key, old, new in rows] == [
        ("industry", "Retail", "Banking"),
        ("revenue", "5", "7.5"),
        ("tier", "S", "M"),
    ]
    CompanyHistory.objects.update(at=NOW - DAY)
    assert names(ask("company.industry", "ever_was", value="retail")) == {"Ada", "Eve"}
    assert names(ask("company.industry", "updated_in", value=2, unit="day")) == {"Ada"}
    assert names(ask("company.tier", "changed", value={"from": "S", "to": "m"})) == {"Ada"}
    assert names(ask("company.industry", "never_was", value="Retail")) == {"Bob"}


def test_a_change_leaves_its_window_at_its_instant_and_counts_only_once_it_has_come(moved):
    end = NOW + 60 * DAY
    assert flips(ask("city", "updated_in", value=7, unit="day"), moved, NOW, end) == [
        (NOW + 2 * DAY + timedelta(microseconds=1), False)
    ]
    change(moved, "city", "Rome", "Bari", -DAY)
    assert flips(ask("city", "ever_was", value="Bari"), moved, NOW, end) == [(NOW + DAY, True)]
    assert flips(ask("city", "changed", value={"to": "Bari"}), moved, NOW, end) == [(NOW + DAY, True)]
    assert flips(ask("city", "not_updated_in", window={"last": 3, "unit": "day"}), moved, NOW, end) == [
        (NOW + DAY, False),
        (NOW + 4 * DAY + timedelta(microseconds=1), True),
    ]


def test_history_reads_the_key_of_its_property():
    tree = load(ask("company.industry", "ever_was", value="Retail"), catalogue.current())
    assert depends.keys(tree) == {"attribute:company.industry", "company:*", "clock"}


def test_junk_in_the_history_is_unknown_and_never_an_error():
    ada = ContactFactory(first_name="Ada", birth_date="2000-01-01")
    AttributeFactory(key="score", type="number")
    for junk in ("", "x", [], {}, {"v": 1}, True, 10**300, "2026-99-99"):
        for key in ("birth_date", "budget", "interests", "score", "city", "location"):
            change(ada, key, junk, junk, DAY)
    for key, value in (("birth_date", "2000-01-02"), ("budget", 1), ("interests", "q"), ("score", 1), ("city", "q")):
        assert matching(ask(key, "ever_was", value=value)) == set()
        assert matching(ask(key, "changed", value={"from": value, "to": None})) == set()
    assert names(ask("birth_date", "changed", value={"to": None})) == {"Ada"}
    assert Contact.objects.get().first_name == "Ada"


def test_what_was_never_recorded_cannot_be_asked():
    assert refused(ask("age", "updated_in")) == {"/property"}
    assert refused(ask("created_at", "ever_was", value="2026-01-01")) == {"/property"}
    assert refused(ask("location", "ever_was", value={"lat": 1, "lon": 1})) == {"/op"}
    assert refused(ask("location", "changed", value={"from": "x"})) == {"/value/from"}
    assert refused(ask("city", "updated_in", unknown=True)) == {"/unknown"}
    assert refused(ask("city", "updated_in", window={"since_first": 1, "unit": "day"})) == {"/window/since_first"}
    assert refused(ask("city", "updated_in", value={"last": 0, "unit": "day"})) == {"/value/last"}
    assert refused(ask("city", "ever_was")) == {""}
    assert refused(ask("lifecycle_stage", "ever_was", value="boss")) == {"/value"}
    assert refused(ask("lifecycle_stage", "changed", value={"to": "boss"})) == {"/value/to"}
    assert refused(ask("city", "changed", value={"form": "Rome"})) == {"/value/form"}
    assert refused(ask("city", "changed", value={"from": "a"}, to="b")) == {"/value"}
    assert refused(ask("city", "is", value="Rome", window={"last": 1, "unit": "day"})) == {"/window"}
    where = [ask("city", "ever_was", value="Rome")]
    assert refused({"event": "Order Completed", "op": "did", "where": where}) == {"/where/0/property"}
