"""Definitions that cannot be followed are refused with every problem at its place; hostile ones quickly."""

from __future__ import annotations

import contextlib
import re
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction

from contacts.fields import FieldType
from contacts.models import Contact
from crmseg.common import clock, json
from crmseg.common.actor import SYSTEM
from crmseg.common.problems import InvalidInput
from segments import catalogue, services
from segments.definition import check, depends
from segments.definition.describe import sentence
from segments.definition.dump import dump
from segments.definition.load import load
from segments.definition.nodes import active
from segments.definition.operators import OPERATORS
from segments.definition.schema import Catalogue, ListedSegment
from segments.definition.sql import Params
from segments.engine import build, drain, plain
from segments.engine.preview import preview
from segments.models import Membership
from segments.scoring import schema as scoring
from segments.scoring.load import load as load_scheme

from .definition_worlds import TICK, attributes
from .factories import ContactFactory, EventFactory

ITALIANS = {"property": "country", "op": "is", "value": "IT"}
ORDERED = {"event": "Order Completed", "op": "did"}


@pytest.fixture(scope="module")
def known(django_db_setup, django_db_blocker):
    """A catalogue with attributes of every type, and no list."""
    with django_db_blocker.unblock(), transaction.atomic():
        attributes()
        found = catalogue.current()
        transaction.set_rollback(True)
    return found


def problems(definition: object, known: Catalogue, **options: Any) -> dict[str, str]:
    """What is wrong with the definition, by pointer."""
    with pytest.raises(InvalidInput) as refused:
        load(definition, known, **options)
    found = refused.value.problems
    for problem in found:
        assert json.is_storable(problem.pointer + problem.message)
        assert len(problem.pointer + problem.message) < 1000
    return {problem.pointer: problem.message for problem in found}


@pytest.mark.parametrize(
    ("definition", "pointer", "said"),
    [
        (None, "", "not a condition"),
        ([], "", "not a condition"),
        ("all", "", "not a condition"),
        ({}, "", "not a condition"),
        ({"al": [ITALIANS]}, "", "“all”"),
        ({"all": ITALIANS}, "/all", "Expected a list"),
        ({"all": []}, "/all", "empty"),
        ({"any": []}, "/any", "empty"),
        ({"not": []}, "/not", "not a condition"),
        ({"all": [ITALIANS], "any": [ITALIANS]}, "", "all, any"),
        (ITALIANS | {"label": 7}, "/label", "text"),
        (ITALIANS | {"off": "yes"}, "/off", "true or false"),
        (ITALIANS | {"off": True}, "", "switched off"),
        ({"any": [{"all": [ITALIANS | {"off": True}]}, {"not": ORDERED | {"off": True}}]}, "", "switched off"),
        (ITALIANS | {"valeu": "FR"}, "/valeu", "“value”"),
        ({"property": 7, "op": "is"}, "/property", "name of a property"),
        ({"property": "contry", "op": "is", "value": "IT"}, "/property", "Did you mean “country”?"),
        ({"property": "company.industri", "op": "is", "value": "x"}, "/property", "“company.industry”"),
        ({"property": "c_numbre", "op": "gt", "value": 1}, "/property", "“c_number”"),
        ({"property": "country", "op": "iss", "value": "IT"}, "/op", "Did you mean"),
        ({"property": "country", "value": "IT"}, "", "“op”"),
        ({"property": "country", "op": ["is"], "value": "IT"}, "/op", "operator"),
        ({"property": "country", "op": "gt", "value": 3}, "/op", "does not apply to country"),
        ({"property": "age", "op": "contains", "value": "3"}, "/op", "gte"),
        ({"property": "country", "op": "is"}, "", "needs a “value”"),
        ({"property": "country", "op": "is", "value": 7}, "/value", "Expected a text"),
        ({"property": "country", "op": "is", "value": None}, "/value", "Expected a text"),
        ({"property": "country", "op": "is_known", "value": "IT"}, "/value", "takes no “value”"),
        ({"property": "country", "op": "is", "value": "IT", "unit": "day"}, "/unit", "takes no “unit”"),
        ({"property": "country", "op": "is_any_of", "value": "IT"}, "/value", "list with at least one"),
        ({"property": "country", "op": "is_any_of", "value": []}, "/value", "list with at least one"),
        ({"property": "country", "op": "is_any_of", "value": ["IT", 7]}, "/value/1", "Expected a text"),
        ({"property": "age", "op": "gt", "value": "18"}, "/value", "Expected a number"),
        ({"property": "age", "op": "gt", "value": True}, "/value", "Expected a number"),
        ({"property": "age", "op": "gt", "value": float("nan")}, "/value", "number"),
        ({"property": "age", "op": "gt", "value": float("inf")}, "/value", "number"),
        ({"property": "age", "op": "gt", "value": Decimal("sNaN")}, "/value", "number"),
        ({"property": "age", "op": "gt", "value": Decimal("1E+400")}, "/value", "number"),
        ({"property": "age", "op": "gt", "value": 10**5000}, "/value", "number"),
        ({"property": "age", "op": "between", "value": [30, 18]}, "/value", "larger than the second"),
        ({"property": "age", "op": "between", "value": [18]}, "/value", "two values"),
        ({"property": "birth_date", "op": "on", "value": "2026-02-30"}, "/value", "2026-01-31"),
        ({"property": "birth_date", "op": "on", "value": "2026-01-31T10:00:00Z"}, "/value", "2026-01-31"),
        ({"property": "created_at", "op": "before", "value": "soon"}, "/value", "ISO 8601"),
        ({"property": "created_at", "op": "before", "value": "99999-01-01"}, "/value", "ISO 8601"),
        ({"property": "created_at", "op": "before", "value": "0001-01-01T00:00:00+14:00"}, "/value", "ISO 8601"),
        ({"property": "created_at", "op": "between", "value": ["2026-02-01", "2026-01-01"]}, "/value", "larger"),
        ({"property": "created_at", "op": "in_last", "value": 7}, "", "unit"),
        ({"property": "created_at", "op": "in_last", "value": 7, "unit": "days"}, "/unit", "day"),
        ({"property": "created_at", "op": "in_last", "value": 0, "unit": "day"}, "/value", "1 or more"),
        ({"property": "created_at", "op": "in_last", "value": 1.5, "unit": "day"}, "/value", "whole number"),
        ({"property": "created_at", "op": "in_last", "value": 10**9, "unit": "year"}, "/value", "thousand years"),
        ({"property": "birth_date", "op": "in_last", "value": 3, "unit": "hour"}, "/unit", "day"),
        ({"property": "birth_date", "op": "anniversary_in_next", "value": 3, "unit": "minute"}, "/unit", "day"),
        ({"property": "lifecycle_stage", "op": "is", "value": "costumer"}, "/value", "customer"),
        ({"property": "lifecycle_stage", "op": "at_least", "value": "Customer"}, "/value", "customer"),
        ({"property": "c_enum", "op": "is_any_of", "value": ["S", "XXL"]}, "/value/1", "XL"),
        (ITALIANS | {"unknown": 1}, "/unknown", "true or false"),
        (ITALIANS | {"zone": "Mars/Olympus"}, "/zone", "time zone"),
        (ITALIANS | {"zone": 7}, "/zone", "time zone"),
        ({"event": "", "op": "did"}, "/event", "name of an event"),
        ({"event": 7, "op": "did"}, "/event", "name of an event"),
        ({"event": "x", "op": "didnt"}, "/op", "“did_not”"),
        ({"event": "x", "op": "contains", "value": "3"}, "/op", "gte"),
        ({"event": "x", "op": "gte", "value": -1}, "/value", "0 or more"),
        ({"event": "x", "op": "gte", "value": 2.5}, "/value", "whole number"),
        ({"event": "x", "op": "gte"}, "", "needs a “value”"),
        ({"event": "x", "op": "did", "value": 3}, "/value", "takes no"),
        ({"event": "x", "op": "did", "of": "revenue"}, "/of", "leave “of” out"),
        ({"event": "x", "op": "gt", "measure": "sum", "value": 3}, "/of", "revenue"),
        ({"event": "x", "op": "gt", "measure": "median", "of": "y", "value": 3}, "/measure", "avg"),
        ({"event": "x", "op": "did", "measure": "sum", "of": "y"}, "/op", "gt"),
        (
            {"event": "x", "op": "gt", "measure": "sum", "of": "revenue", "value": 3, "currency": "EURO"},
            "/currency",
            "EUR",
        ),
        (
            {"event": "x", "op": "gt", "measure": "sum", "of": "revenue", "value": 3, "currency": "ßßß"},
            "/currency",
            "EUR",
        ),
        ({"event": "x", "op": "did", "window": 7}, "/window", "last"),
        ({"event": "x", "op": "did", "window": {}}, "/window", "last"),
        ({"event": "x", "op": "did", "window": {"last": 0, "unit": "day"}}, "/window/last", "1 or more"),
        ({"event": "x", "op": "did", "window": {"last": 1, "unit": "moon"}}, "/window/unit", "month"),
        (
            {"event": "x", "op": "did", "window": {"last": 1, "unit": "day", "from": "2026-01-01"}},
            "/window/from",
            "here",
        ),
        (
            {"event": "x", "op": "did", "window": {"from": "2026-02-01", "to": "2026-01-01"}},
            "/window/to",
            "before it begins",
        ),
        ({"event": "x", "op": "did", "window": {"from": "then"}}, "/window/from", "ISO 8601"),
        ({"event": "x", "op": "did", "where": {}}, "/where", "list of conditions"),
        ({"event": "x", "op": "did", "where": []}, "/where", "empty"),
        ({"event": "x", "op": "did", "where": [ORDERED]}, "/where/0", "own properties"),
        ({"event": "x", "op": "did", "where": [{"not": {"segment": 1, "op": "in"}}]}, "/where/0/not", "own properties"),
        (
            {"event": "x", "op": "did", "where": [{"property": "a", "op": "gt", "value": "b"}]},
            "/where/0/value",
            "number",
        ),
        ({"segment": 999, "op": "in"}, "/segment", "no list 999"),
        ({"segment": "7", "op": "in"}, "/segment", "number of a list"),
        ({"segment": True, "op": "in"}, "/segment", "number of a list"),
        ({"segment": 1, "op": "joined"}, "/op", "not_in"),
    ],
)
def test_what_is_wrong_is_said_at_its_place(known, definition, pointer, said):
    found = problems(definition, known)
    assert said in found.get(pointer, ""), found


def test_all_problems_are_found_at_once(known):
    wrong = {
        "all": [{"property": "contry", "op": "is"}, {"not": {"event": "", "op": "did"}}, ITALIANS | {"value": 7}, 3]
    }
    assert set(problems(wrong, known)) == {"/all/0/property", "/all/1/not/event", "/all/2/value", "/all/3"}


def test_a_key_with_slashes_and_tildes_is_escaped_in_its_pointer(known):
    assert set(problems(ITALIANS | {"a/b~c": 1}, known)) == {"/a~1b~0c"}


@pytest.mark.parametrize("text", ["a\x00b", "a\ud800b", "\udfff"])
@pytest.mark.parametrize(
    "definition",
    [
        lambda text: ITALIANS | {"value": text},
        lambda text: {"property": "country", "op": "is_any_of", "value": [text]},
        lambda text: ITALIANS | {"label": text},
        lambda text: ITALIANS | {"property": text},
        lambda text: ITALIANS | {"op": text},
        lambda text: ITALIANS | {text: 1},
        lambda text: ITALIANS | {"zone": text},
        lambda text: {"property": "created_at", "op": "before", "value": text},
        lambda text: {"event": text, "op": "did"},
        lambda text: {"event": "x", "op": "gt", "measure": "sum", "of": text, "value": 1},
        lambda text: {"event": "x", "op": "gt", "measure": "sum", "of": "y", "value": 1, "currency": text},
        lambda text: {"event": "x", "op": "did", "where": [{"property": text, "op": "is_known"}]},
        lambda text: {"event": "x", "op": "did", "window": {text: 1}},
        lambda text: {"event": "x", "op": "did", "window": {"from": text}},
        lambda text: {text: []},
    ],
)
def test_text_that_cannot_be_stored_is_refused_everywhere(known, definition, text):
    assert problems(definition(text), known)


@pytest.mark.parametrize(
    "value", [None, True, 7, 1.5, "x", [], {}, [[]], [None], {"a": 1}, [{}], float("nan"), "2026-01-31"]
)
def test_whatever_stands_in_whatever_place_it_is_read_or_refused(known, value):
    complete = [
        ITALIANS | {"unknown": True, "case": True, "zone": "UTC", "label": "x", "off": False},
        {"property": "created_at", "op": "in_last", "value": 7, "unit": "day"},
        {"property": "age", "op": "between", "value": [1, 2]},
        ORDERED | {"window": {"last": 1, "unit": "day"}, "where": [ITALIANS]},
        {
            "event": "x",
            "op": "gt",
            "measure": "sum",
            "of": "y",
            "value": 1,
            "currency": "EUR",
            "window": {"to": "2026-01-01"},
        },
        {"segment": 1, "op": "in"},
        {"all": [ITALIANS]},
        {"not": ITALIANS},
    ]
    asked = [
        {"property": key, "op": op, "value": value} for op in OPERATORS for key in ("c_text", "c_tags", "c_date", "age")
    ]
    for definition in [*asked, *({**one, key: value} for one in complete for key in one)]:
        with contextlib.suppress(InvalidInput):
            tree = load(definition, known)
            assert load(dump(tree), known) == tree
            plain.matching(tree, Params("UTC"))


def nested(levels: int) -> Any:
    definition: Any = ITALIANS
    for level in range(levels - 1):
        definition = {"not": definition} if level % 2 else {"all": [definition]}
    return definition


@pytest.mark.parametrize("levels", [201, 2_000, 100_000])
def test_nesting_deeper_than_200_is_refused_at_once(known, levels):
    definition = nested(levels)
    assert "200" in problems(definition, known)[""]


@pytest.mark.django_db
def test_200_levels_are_saved_described_and_followed(known):
    ada = ContactFactory(country="IT")
    segment = services.create_segment(name="Deep", kind="active", definition=nested(200), actor=SYSTEM)
    assert build.run_waiting() == 1
    tree = load(nested(200), known)
    assert dump(tree) == nested(200) == segment.definition
    assert sentence(tree, known).count("ot (") == 99
    assert check.warnings(tree, known) == []
    assert preview(nested(200), clock.now()).count == 0
    drain.drain()
    assert not Membership.objects.filter(contact_id=ada.pk).exists()


def test_deep_where_counts_as_depth(known):
    definition: Any = {"property": "a", "op": "is_known"}
    for _ in range(250):
        definition = {"not": definition}
    assert "200" in problems({"event": "x", "op": "did", "where": [definition]}, known)[""]


@pytest.mark.django_db
def test_a_thousand_conditions_and_ten_thousand_values_are_no_ceiling(known):
    ada = ContactFactory(country="IT", city="City 9999")
    EventFactory(contact=ada)
    events = [
        {"event": "Order Completed", "op": "gte", "value": 1, "window": {"last": n, "unit": "day"}}
        for n in range(1, 501)
    ]
    cities = {"property": "city", "op": "is_any_of", "value": [f"City {n}" for n in range(10_000)]}
    names = [{"property": "first_name", "op": "is_not", "value": f"Name {n}", "unknown": True} for n in range(500)]
    definition = {"all": [*events, cities, *names]}
    segment = services.create_segment(name="Wide", kind="active", definition=definition, actor=SYSTEM)
    assert build.run_waiting() == 1
    assert set(Membership.objects.filter(segment=segment).values_list("contact_id", flat=True)) == {ada.pk}
    assert preview({"all": [*events[:20], cities, *names]}, clock.now()).sample == [ada.pk]
    assert sentence(load(definition, known), known)


@pytest.mark.parametrize(
    "definition",
    [
        {"all": [{"property": f"contry{n}", "op": "is", "value": "x"} for n in range(9_000)]},
        {"any": [{"property": "country", "op": f"iss{n}"} for n in range(9_000)]},
        {"all": [ITALIANS] * 1_000_000},
        {f"alll{n}": 1 for n in range(100_000)},
        ITALIANS | {f"valuee{n}": 1 for n in range(100_000)},
        {"property": "c" * 10_000_000, "op": "is", "value": "x"},
        {"property": "country", "op": "i" * 10_000_000, "value": "x"},
        ITALIANS | {"value": "x" * 10_000_000},
        ITALIANS | {"label": "x" * 10_000_000},
        ITALIANS | {"zone": "x" * 10_000_000},
        {"event": "x" * 10_000_000, "op": "did"},
        {"event": "x", "op": "did", "where": [{"property": "x" * 10_000_000, "op": "is_known"}]},
        {"event": "x", "op": "gt", "measure": "sum", "of": "x" * 10_000_000, "value": 1},
        {"property": "country", "op": "is_any_of", "value": ["x"] * 1_000_000},
        {"property": "country", "op": "is_any_of", "value": [[]] * 90_000},
        {"property": "created_at", "op": "before", "value": "2026-01-31T" + "0" * 10_000_000},
        {"property": "created_at", "op": "in_last", "value": 10**4000, "unit": "day"},
        {"segment": 10**4000, "op": "in"},
        ORDERED | {"window": {f"las{n}": 1 for n in range(100_000)}},
    ],
    ids=range(19),
)
def test_huge_input_is_refused_and_read_no_further(known, definition):
    assert problems(definition, known)


def test_an_object_that_contains_itself_is_refused(known):
    circle: dict[str, Any] = {}
    circle["not"] = circle
    wide: dict[str, Any] = {"all": []}
    wide["all"] += [wide, wide, wide]
    assert "200" in problems(circle, known)[""]
    assert "200" in problems(wide, known)[""]


@pytest.mark.django_db
def test_a_list_may_not_reach_itself_and_the_way_is_named():
    first = services.create_segment(name="First", kind="active", definition=ITALIANS, actor=SYSTEM)
    second = services.create_segment(
        name="Second", kind="active", definition={"segment": first.pk, "op": "in"}, actor=SYSTEM
    )
    third = services.create_segment(
        name="Third",
        kind="active",
        definition={"any": [{"segment": second.pk, "op": "not_in"}, {"segment": first.pk, "op": "in"}]},
        actor=SYSTEM,
    )
    own = problems({"segment": first.pk, "op": "in"}, catalogue.current(), reader_of=first.pk)
    assert own["/segment"] == "A list cannot depend on itself: First → First."
    both = problems(
        {"all": [{"segment": third.pk, "op": "in"}, {"segment": second.pk}]}, catalogue.current(), reader_of=first.pk
    )
    assert "First → Third → " in both["/all/0/segment"]
    assert "First → Second → First" in both["/all/1/segment"]
    with pytest.raises(InvalidInput):
        services.update_segment(first.pk, definition={"segment": third.pk, "op": "in"}, actor=SYSTEM)
    assert build.run_waiting() == 3


@pytest.mark.django_db
def test_lists_nest_twenty_deep():
    ada = ContactFactory(country="IT")
    inner = services.create_segment(name="List 0", kind="active", definition=ITALIANS, actor=SYSTEM)
    for number in range(1, 21):
        inner = services.create_segment(
            name=f"List {number}", kind="active", definition={"segment": inner.pk, "op": "in"}, actor=SYSTEM
        )
    build.run_waiting()
    assert Membership.objects.filter(contact_id=ada.pk).count() == 21
    ada.country = "FR"
    ada.save()
    drain.drain()
    assert Membership.objects.filter(contact_id=ada.pk).count() == 0


def test_lists_reached_by_very_many_ways_are_walked_once(known):
    ladder = {n: ListedSegment(n, f"List {n}", frozenset({n + 1, n + 2})) for n in range(1, 2_000)}
    load({"segment": 1, "op": "in"}, replace(known, segments=ladder), reader_of=5_000)


def test_an_event_never_seen_is_a_warning_at_its_place(known):
    tree = load({"all": [ORDERED, {"not": {"event": "Order Complete", "op": "did"}}]}, known)
    warning = check.warnings(tree, replace(known, event_types=frozenset({"Order Completed"})))
    assert [(one.pointer, "Order Complete" in one.message) for one in warning] == [("/all/1/not/event", True)]


@pytest.mark.django_db
def test_a_day_begins_at_its_first_instant_where_clocks_show_midnight_twice():
    EventFactory()  # Havana turns its clocks back from 01:00 to 00:00, so the day has 25 hours
    first, last = datetime(2026, 11, 1, 4, tzinfo=UTC), datetime(2026, 11, 2, 5, tzinfo=UTC)
    for created, on in ((first - TICK, 0), (first, 1), (first + TICK, 1), (last - TICK, 1), (last, 0)):
        Contact.objects.update(created_at=created)
        day = {"property": "created_at", "op": "on", "value": "2026-11-01", "zone": "America/Havana"}
        assert preview(day, clock.now()).count == on, created


@pytest.mark.django_db
def test_what_is_off_in_a_where_is_as_if_absent():
    ada = ContactFactory()
    EventFactory(contact=ada, properties={"category": "Shoes"})
    hats = {"property": "category", "op": "is", "value": "Hats"}
    shoes = {"property": "category", "op": "is", "value": "Shoes"}
    assert preview(ORDERED | {"where": [shoes, hats | {"off": True}]}, clock.now()).count == 1
    assert preview(ORDERED | {"where": [{"not": {"all": [hats | {"off": True}]}}]}, clock.now()).count == 1
    assert preview(ORDERED | {"where": [shoes, hats]}, clock.now()).count == 0


def test_instants_without_an_offset_are_meant_in_the_zone_of_the_condition(known):
    condition = {"property": "created_at", "op": "before", "value": "2026-01-31T09:00:00", "zone": "America/New_York"}
    assert dump(load(condition, known))["value"] == "2026-01-31T14:00:00Z"


def test_the_last_day_of_a_range_is_whole(known):
    for range_ in (["2026-01-31T10:00:00Z", "2026-01-31"], ["2026-01-31", "2026-01-31T10:00:00Z"]):
        load({"property": "created_at", "op": "between", "value": range_}, known)
        load(ORDERED | {"window": dict(zip(("from", "to"), range_, strict=True))}, known)


def test_every_operator_says_what_it_is_for():
    for operator in OPERATORS.values():
        assert str(operator.label)
        assert operator.types <= frozenset(FieldType)
        assert operator.types or operator.measures or operator.lists or operator.consents


def test_what_a_definition_reads_is_named_by_keys(known):
    tree = active(
        load(
            {
                "all": [
                    ITALIANS,
                    {"property": "company.industry", "op": "is_known"},
                    {"property": "age", "op": "gt", "value": 1},
                    ORDERED,
                ]
            },
            known,
        )
    )
    assert tree is not None
    assert depends.keys(tree) == {
        "attribute:country",
        "attribute:company.industry",
        "company:*",
        "attribute:age",
        "event:Order Completed",
        "clock",
    }


def documented(heading: str) -> tuple[list[str], list[str]]:
    """The examples of the documentation before this heading, and those after it."""
    page = (Path(__file__).parent.parent / "docs" / "definition-language.md").read_text()
    before, after = (re.findall(r"```json\n(.*?)```", part, re.DOTALL) for part in page.split(f"\n## {heading}\n"))
    return before, after


def test_every_definition_of_the_documentation_is_read(known):
    definitions, _scores = documented("Scores")
    assert len(definitions) > 10
    for example in definitions:
        tree = load(json.loads(example.encode()), known)
        assert load(dump(tree), known) == tree


def test_every_score_model_of_the_documentation_is_read_as_it_is_written(known):
    _definitions, models = documented("Scores")
    assert models
    for example in models:
        model = json.loads(example.encode())
        assert scoring.dump(load_scheme(model, known)) == model
