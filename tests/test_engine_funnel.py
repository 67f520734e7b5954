"""Counting by condition, and counting many conditions at once: exact, and the same as one by one."""

from datetime import timedelta

import pytest

from contacts.models import Contact
from crmseg.common import clock
from segments import catalogue
from segments.definition.load import load
from segments.engine import everyone, funnel, patience, preview
from segments.engine.reasons import reasons

from .factories import ConsentFactory, ContactFactory, EventFactory

pytestmark = pytest.mark.django_db
ITALY = {"property": "country", "op": "is", "value": "IT"}
ROME = {"property": "city", "op": "is", "value": "Rome"}
ORDERED = {"event": "Order Completed", "op": "gte", "value": 2, "window": {"last": 30, "unit": "day"}}


@pytest.fixture
def people():
    now = clock.now()
    for place in range(12):
        contact = ContactFactory(
            country="IT" if place % 2 else "FR",
            city="Rome" if place % 3 == 0 else "Paris",
            email=f"p{place}@example.org",
        )
        for number in range(place % 4):
            EventFactory(
                contact=contact,
                occurred_at=now - timedelta(days=1 + 9 * number),
                properties={"category": "Shoes" if number else "Hats", "revenue": 10 * number},
            )
        if place % 4 == 0:
            ConsentFactory(contact=contact, channel="email", topic="")
    return list(Contact.objects.order_by("pk"))


def count(definition):
    known = catalogue.current()
    return funnel.funnel(load(definition, known), known, clock.now())


def alone(definition):
    return preview.preview(definition, clock.now()).count


def test_each_condition_says_how_many_it_keeps_and_how_many_remain_after_it(people):
    found = count({"all": [ITALY, ROME, ORDERED]})
    kept = found.kept
    assert [kept[f"/all/{place}"].alone for place in range(3)] == [alone(one) for one in (ITALY, ROME, ORDERED)]
    assert [kept[f"/all/{place}"].after for place in range(3)] == [
        alone(ITALY),
        alone({"all": [ITALY, ROME]}),
        alone({"all": [ITALY, ROME, ORDERED]}),
    ]
    assert kept[""].alone == found.count == alone({"all": [ITALY, ROME, ORDERED]})
    assert found.everyone == 12


@pytest.mark.parametrize(
    ("group", "key"),
    [
        (lambda *c: {"any": [*c]}, "/any"),
        (lambda *c: {"not": {"any": [*c]}}, "/not/any"),
        (lambda *c: {"at_least": 2, "of": [*c]}, "/of"),
        (lambda *c: {"not": {"all": [*c]}}, "/not/all"),
    ],
)
def test_what_remains_is_what_the_group_would_hold_if_it_ended_there(people, group, key):
    conditions = (ITALY, ROME, ORDERED)
    found = count(group(*conditions))
    assert [found.kept[f"{key}/{place}"].after for place in range(1, 3)] == [
        alone(group(*conditions[: place + 1])) for place in range(1, 3)
    ]
    assert found.count == alone(group(*conditions))


def test_groups_are_counted_like_conditions_and_what_is_off_is_left_out(people):
    inner = {"any": [ROME, ORDERED | {"off": True}]}
    found = count({"all": [ITALY, inner]})
    assert found.kept["/all/1"].alone == alone(ROME)
    assert found.kept["/all/1/any/0"].after == alone(ROME)
    assert "/all/1/any/1" not in found.kept


def test_the_reach_is_of_those_who_match_and_agreed(people):
    found = count(ITALY)
    assert found.reach == {channel: alone({"all": [ITALY, {"reachable": channel}]}) for channel in found.reach}
    assert count({"not": ITALY}).reach["email"] == 3


def test_too_many_conditions_are_not_counted_one_by_one_but_the_reach_is(people):
    many = [ITALY, *({"property": "city", "op": "is_not", "value": f"City {n}"} for n in range(funnel.MOST))]
    found = count({"all": many})
    assert found.kept is None
    assert found.count == alone(ITALY)
    assert count({"not": {"all": [{"not": ITALY}, *many[1:]]}}).count == alone(ITALY)


def test_without_any_contact_everything_is_nought(db):
    found = count({"all": [ITALY, ORDERED]})
    assert (found.count, found.everyone, found.kept["/all/0"].alone) == (0, 0, 0)


MANY = [
    {"event": "Order Completed", "op": "gte", "value": 1 + n % 3, "window": {"last": 1 + 2 * n, "unit": "day"}}
    for n in range(everyone.FEW)
] + [
    {"event": "Order Completed", "op": "did_not", "where": [{"property": "category", "op": "is", "value": "Shoes"}]},
    {"event": "Order Completed", "measure": "sum", "of": "revenue", "op": "lt", "value": 30},
    {"event": "Cart Updated", "op": "did"},
    {"event": "Order Completed", "occurrence": "first", "in": {"last": 20, "unit": "day"}},
    {"event": "Order Completed", "op": "gte", "value": 2, "window": {"since_first": 10, "unit": "day"}},
    {"event": "Order Completed", "op": "did", "window": {"this": "month"}, "zone": "contact"},
    ITALY,
]


@pytest.mark.parametrize("group", [lambda c: {"any": c}, lambda c: {"all": c}, lambda c: {"at_least": 9, "of": c}])
def test_gathered_conditions_count_the_same_people_as_each_by_itself(people, monkeypatch, group):
    now, definition = clock.now(), group([{"not": one} if place % 5 == 0 else one for place, one in enumerate(MANY)])
    gathered = preview.preview(definition, now)
    monkeypatch.setattr(preview, "is_many", lambda tree: False)
    apart = preview.preview(definition, now)
    assert (gathered.count, gathered.sample) == (apart.count, apart.sample)
    assert count(definition).count == apart.count


@pytest.mark.parametrize("condition", MANY, ids=str)
def test_every_kind_of_gathered_condition_is_right_by_itself(people, condition):
    found = count({"all": [condition, ITALY]})
    assert found.kept["/all/0"].alone == alone(condition)


def test_a_question_that_takes_too_long_is_given_up(db):
    with pytest.raises(patience.TookTooLong), patience.asking("mara", 0.05) as cursor:
        cursor.execute("SELECT pg_sleep(5)")


def test_the_reasons_are_what_let_her_in_and_what_she_did_comes_first(people):
    known = catalogue.current()
    tree = load({"all": [ITALY, {"any": [ROME, ORDERED, {"property": "email", "op": "is_known"}]}]}, known)
    found = reasons(tree, known, [one.pk for one in people], clock.now())
    ada = found[people[3].pk]  # Italian, from Rome, three orders
    assert [reason.evidence["values"] for reason in ada] == [{"country": "IT"}, {"city": "Rome"}]
    bea = found[people[7].pk]  # Italian, from Paris, three orders
    assert bea[0].evidence["count"] == 3
    assert bea[1].evidence["values"] == {"country": "IT"}
