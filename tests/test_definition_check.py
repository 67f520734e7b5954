"""What is allowed and probably not meant: always true, always false, without effect; said where it is and why."""

from __future__ import annotations

from typing import Any

import pytest

from contacts.fields import FieldType
from segments import catalogue
from segments.definition import check
from segments.definition.load import load
from segments.definition.schema import Catalogue, ListedSegment, Property

EVENT = "Order Completed"


@pytest.fixture(scope="module")
def known() -> Catalogue:
    own = {
        "c_tags": Property("c_tags", FieldType.MULTI_ENUM, label="Tags"),
        "c_paid": Property("c_paid", FieldType.BOOLEAN, label="Paid"),
        "c_date": Property("c_date", FieldType.DATE, label="Date"),
    }
    lists = {1: ListedSegment(1, "One", frozenset()), 2: ListedSegment(2, "Two", frozenset())}
    return Catalogue(catalogue.standard() | own, frozenset({EVENT}), lists)


def country(op: str, value: Any = None, **more: Any) -> dict[str, Any]:
    return {"property": "country", "op": op, **({} if value is None else {"value": value}), **more}


def asks(key: str, op: str, value: Any = None, **more: Any) -> dict[str, Any]:
    return {"property": key, "op": op, **({} if value is None else {"value": value}), **more}


def bought(op: str, value: Any = None, last: int | None = None, **more: Any) -> dict[str, Any]:
    window = {"window": {"last": last, "unit": "day"}} if last else {}
    return {"event": EVENT, "op": op, **({} if value is None else {"value": value}), **window, **more}


def within(op: str, n: int, unit: str = "day") -> dict[str, Any]:
    return asks("created_at", op, n, unit=unit)


IT, FR = country("is", "IT"), country("is", "FR")


def warned(definition: object, known: Catalogue) -> dict[str, str]:
    return {problem.pointer: problem.message for problem in check.warnings(load(definition, known), known)}


NEVER = [
    {"all": [IT, FR]},
    {"all": [IT, country("is_not", "IT")]},
    {"all": [country("is", "IT", case=True), country("is", "it", case=True)]},
    {"all": [country("is_any_of", ["IT", "FR"]), country("is_none_of", ["it", "fr", "de"])]},
    {"all": [country("is_known"), country("is_unknown")]},
    {"all": [IT, country("is_unknown")]},
    {"all": [asks("age", "gt", 5), asks("age", "lt", 3)]},
    {"all": [asks("age", "gt", 5), asks("age", "lt", 6)]},
    {"all": [asks("budget", "gte", 5), asks("budget", "between", [1, 4.99])]},
    {"all": [asks("c_paid", "is_true"), asks("c_paid", "is_false")]},
    {"all": [asks("lifecycle_stage", "at_least", "customer"), asks("lifecycle_stage", "at_most", "lead")]},
    {"all": [asks("lifecycle_stage", "is", "lead"), asks("lifecycle_stage", "at_least", "customer")]},
    {"all": [asks("c_tags", "contains_all", ["a", "b"]), asks("c_tags", "contains_none", ["B"])]},
    {"all": [asks("c_tags", "contains_all", ["a", "b"]), asks("c_tags", "size_lte", 1)]},
    {"all": [asks("city", "contains", "rom"), asks("city", "not_contains", "rom")]},
    {"all": [within("in_last", 7), within("more_than_ago", 30)]},
    {"all": [within("in_last", 7), within("not_in_last", 30)]},
    {"all": [within("in_last", 1, "month"), within("more_than_ago", 2, "month")]},
    {"all": [asks("created_at", "before", "2026-01-01"), asks("created_at", "after", "2026-01-01T12:00:00Z")]},
    {"all": [asks("c_date", "on", "2026-01-01"), asks("c_date", "not_on", "2026-01-01")]},
    {"all": [asks("birth_date", "month_is", 3), asks("birth_date", "month_is", [4, 5])]},
    {"all": [bought("did", last=7), bought("did_not", last=30)]},
    {"all": [bought("gte", 3, last=7), bought("lte", 2, last=7)]},
    {"all": [bought("gte", 12, last=7), bought("lt", 12)]},
    {"all": [bought("did"), bought("lt", 1)]},
    {"all": [bought("gt", 5, measure="sum", of="revenue"), bought("lt", 3, measure="sum", of="revenue")]},
    {"all": [{"segment": 1, "op": "in"}, {"segment": 1, "op": "not_in"}]},
    {"all": [{"segment": 1, "op": "not_in"}, {"segment": 1, "op": "member_for", "value": 3, "unit": "day"}]},
    {"all": [{"consent": "email", "op": "subscribed"}, {"consent": "email", "op": "never"}]},
    {"all": [{"reachable": "email"}, {"consent": "email", "op": "unsubscribed"}]},
    {"all": [{"colleagues": "any", "of": IT}, {"colleagues": "none", "of": IT}]},
    {"all": [{"bucket": [0, 4], "of": 10}, {"bucket": [5, 9], "of": 10}]},
    {"all": [IT, {"any": [FR, {"all": [country("is", "DE"), bought("did")]}]}]},
    {"not": {"any": [IT, {"not": IT}]}},
    {"at_least": 3, "of": [IT, FR]},
    {"at_least": 2, "of": [IT, FR, country("is", "DE")]},
    {"all": [asks("company.employees", "gt", 5), asks("company.employees", "is_unknown")]},
    bought("lt", 0),
]


@pytest.mark.parametrize("definition", NEVER, ids=str)
def test_what_can_never_hold_is_said_at_the_whole_and_its_opposite_too(known, definition):
    assert warned(definition, known)[""].startswith("Nobody can ever match this.")
    assert warned({"not": definition}, known)[""].startswith("Everybody matches this.")


POSSIBLE = [
    {"all": [country("is_not", "IT"), country("is_not", "FR")]},
    {"all": [country("contains", "I"), country("contains", "T")]},
    {"all": [country("is", "IT", unknown=True), country("is", "FR", unknown=True)]},
    {"all": [asks("budget", "gt", 5), asks("budget", "lt", 6)]},
    {"all": [bought("did", last=30), bought("did_not", last=7)]},
    {"all": [bought("gte", 3, last=30), bought("lte", 2, last=7)]},
    {"all": [bought("did"), bought("did_not", where=[asks("category", "is", "Shoes")])]},
    {"all": [bought("did", window={"ago": [30, 10], "unit": "day"}), bought("did_not", last=9)]},
    {"all": [within("in_last", 31), within("more_than_ago", 1, "month")]},
    {"all": [{"segment": 1, "op": "in"}, {"segment": 2, "op": "not_in"}]},
    {"all": [{"consent": "email"}, {"consent": "sms", "op": "unsubscribed"}]},
    {"any": [IT, bought("did")]},
    {"all": [asks("c_tags", "contains_any", ["a", "b"]), asks("c_tags", "contains_none", ["a"])]},
    {"all": [country("is", "Straße"), country("is_not", "STRASSE")]},
    {"colleagues": "all", "of": {"not": IT}},
    {"any": [IT, FR | {"off": True}]},
    country("is_none_of", ["IT", "FR"], unknown=True),
]


@pytest.mark.parametrize("definition", POSSIBLE, ids=str)
def test_what_may_be_meant_is_not_warned_about(known, definition):
    assert warned(definition, known) == {}


def test_the_reason_names_what_excludes_each_other(known):
    found = warned({"all": [bought("did", last=7), IT, bought("did_not", last=30)]}, known)
    said = "“Order Completed happened in the last 7 days” and “Order Completed did not happen in the last 30 days”"
    assert found == {"": f"Nobody can ever match this. {said} exclude each other."}


def test_a_part_that_is_always_the_same_is_said_at_its_place_and_not_again_above(known):
    contradiction = {"all": [IT, FR]}
    found = warned({"any": [bought("did"), contradiction]}, known)
    assert found == {"/any/1": "“Country is “IT”” and “Country is “FR”” exclude each other."}
    found = warned({"all": [bought("did"), contradiction]}, known)
    assert set(found) == {"", "/all/1"}
    assert found[""] == "Nobody can ever match this."


def test_counts_of_conditions_that_cannot_be_reached_are_said_as_such(known):
    assert "only 2 conditions here: never 3" in warned({"at_least": 3, "of": [IT, bought("did")]}, known)[""]
    assert "None of these conditions has to hold" in warned({"at_least": 0, "of": [IT]}, known)[""]


@pytest.mark.parametrize(
    ("definition", "pointer", "reason"),
    [
        ({"all": [IT, bought("did"), IT]}, "/all/2", "twice"),
        ({"all": [IT, country("is_not", "FR")]}, "/all/1", "always so where"),
        ({"all": [country("is", "it", case=True), IT]}, "/all/1", "always so where"),
        ({"any": [country("is_any_of", ["IT", "FR"]), IT]}, "/any/1", "already"),
        ({"all": [bought("gte", 3), bought("did")]}, "/all/1", "always so where"),
        ({"all": [bought("did", last=30), bought("did", last=7)]}, "/all/0", "always so where"),
        ({"any": [bought("did", last=30), bought("did", last=7)]}, "/any/1", "already"),
        ({"all": [asks("age", "gt", 30), asks("age", "gt", 18)]}, "/all/1", "always so where"),
        ({"any": [bought("did"), {"all": [IT, {"any": [IT, FR]}]}]}, "/any/1/all/1", "always so where"),
        ({"all": [bought("gte", 0), IT]}, "/all/0", "always true"),
    ],
    ids=str,
)
def test_parts_without_effect_are_said(known, definition, pointer, reason):
    found = warned(definition, known)
    assert list(found) == [pointer]
    assert reason in found[pointer]


def test_alternatives_that_take_every_known_value_are_questioned(known):
    negatives = [country("is_not", "IT"), country("is_not", "FR")]
    assert "Did you mean “all of”?" in warned({"any": [*negatives, bought("did")]}, known)[""]
    assert warned({"all": negatives}, known) == {}


def test_the_inside_of_events_and_colleagues_is_looked_at(known):
    shoes, hats = asks("category", "is", "Shoes"), asks("category", "is", "Hats")
    found = warned({"all": [IT, bought("did", where=[shoes, hats])]}, known)
    assert found["/all/1/where"].startswith("No event can ever match this.")
    found = warned({"colleagues": "any", "of": {"any": [IT, {"all": [IT, FR]}]}}, known)
    assert set(found) == {"/of/any/1"}
    steps = [{"event": EVENT}, {"event": EVENT, "where": [shoes, hats]}]
    assert set(warned({"sequence": steps}, known)) == {"/sequence/1/where"}


def test_what_is_doubtful_about_properties_of_an_event_stands_at_their_place(known):
    shoes, some = asks("category", "is", "Shoes"), asks("category", "is_any_of", ["Shoes", "Hats"])
    assert set(warned(bought("did", where=[shoes, some]), known)) == {"/where/1"}
    assert set(warned(bought("did", where=[{"any": [shoes, some]}]), known)) == {"/where/0/any/0"}
    never = {"all": [shoes, asks("category", "is", "Hats")]}
    assert set(warned(bought("did", where=[{"any": [asks("sku", "is", "A"), never]}]), known)) == {"/where/0/any/1"}
    item = {"any_item": "products", "of": {"any": [asks("sku", "is", "A"), never]}}
    assert set(warned(bought("did", where=[item]), known)) == {"/where/0/of/any/1"}
    assert set(warned(bought("did", where=[asks("sku", "is", "A"), item]), known)) == {"/where/1/of/any/1"}


def test_events_never_seen_are_said_wherever_they_stand(known):
    steps = [{"event": EVENT}, {"event": "Ordr"}]
    definition = {"any": [{"sequence": steps}, {"colleagues": "any", "of": {"event": "Odr", "op": "did"}}]}
    assert set(warned(definition, known)) == {"/any/0/sequence/1/event", "/any/1/of/event"}


def test_a_window_that_has_not_begun_is_said(known):
    found = warned(bought("did", window={"from": "2999-01-01"}), known)
    assert "begins on January 1, 2999" in found["/window"]


def test_what_is_switched_off_is_not_looked_at(known):
    assert warned({"all": [IT, FR | {"off": True}, bought("did")]}, known) == {}


def test_a_thousand_conditions_are_checked_together(known):
    names = [asks("first_name", "is_not", f"Name {n}") for n in range(400)]
    windows = [bought("did", last=n) for n in range(1, 301)]
    tags = [asks("c_tags", "contains_any", [f"t{n}"]) for n in range(100)]
    groups = [{"any": [country("is", f"C{n}"), asks("age", "gt", n)]} for n in range(100)]
    tree = load({"all": [*names, *windows, *tags, *groups]}, known)
    said = {problem.pointer for problem in check.warnings(tree, known)}
    assert "/all/800" in said, "whoever is above 98 in any case is above 0"
