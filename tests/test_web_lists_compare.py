"""Lists side by side: whom they share and who moved between them, held against counting one by one."""

from __future__ import annotations

import random
from datetime import date, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
import time_machine
from django.http import QueryDict
from django.urls import reverse

from crmseg.access.models import Role, User
from crmseg.access.services import create_key
from crmseg.common import clock
from crmseg.common.actor import SYSTEM
from segments import catalogue, selectors, services
from segments.definition.load import load
from segments.engine import build
from segments.engine.preview import preview
from segments.insights import movements, overlap
from segments.insights.choice import Choice, read_choice, read_ids
from segments.insights.people import people, spending
from segments.models import Membership, Segment

from .factories import AttributeFactory, CompanyFactory, ContactFactory, EventFactory

pytestmark = pytest.mark.django_db
PARTS = ("compare_growth", "compare_overlap", "compare_movements", "compare_people")


@pytest.fixture
def marketer(client):
    user = User.objects.create_user("mara@example.org", "correct horse battery", role=Role.MARKETER)
    client.force_login(user)
    return user


@pytest.fixture
def viewer(client):
    client.force_login(User.objects.create_user("vera@example.org", "correct horse battery", role=Role.VIEWER))


def static(name, contacts=()):
    made = services.create_segment(name=name, kind="static", actor=SYSTEM)
    services.add_members(made.pk, [contact.pk for contact in contacts], actor=SYSTEM)
    return made


def drawn_lists(draw, contacts, number=4):
    return [static(f"List {place}", draw.sample(contacts, draw.randint(0, 20))) for place in range(number)]


def members_of(segment):
    return set(Membership.objects.filter(segment=segment).values_list("contact_id", flat=True))


def get(client, view, status=200, /, **query):
    response = client.get(reverse(f"segments:{view}"), query)
    assert response.status_code == status
    return response.content.decode().replace("\xa0", " ")


def ids(*segments):
    return ",".join(str(one.pk) for one in segments)


@pytest.mark.parametrize("seed", range(3))
def test_every_combination_is_counted_as_one_would_by_hand(seed):
    draw = random.Random(seed)
    contacts = [ContactFactory() for _ in range(30)]
    lists = drawn_lists(draw, contacts, 6)
    found = overlap.combinations([one.pk for one in lists], overlap.count_masks([one.pk for one in lists]))
    by_hand: dict[tuple[int, ...], int] = {}
    inside = {one.pk: members_of(one) for one in lists}
    for contact in contacts:
        key = tuple(pk for pk, people in inside.items() if contact.pk in people)
        by_hand[key] = by_hand.get(key, 0) + 1
    by_hand.pop((), None)
    assert {one.inside: one.count for one in found} == by_hand
    for one in found:
        choice = Choice(within=one.inside, without=one.outside)
        assert choice.contacts().count() == one.count == preview(choice.definition(), clock.now()).count


@pytest.mark.parametrize("seed", range(3))
def test_movements_are_those_between_the_members_of_then_and_of_now(seed):
    draw = random.Random(100 + seed)
    contacts = [ContactFactory() for _ in range(25)]
    start = clock.now()
    with time_machine.travel(start - timedelta(days=60), tick=True):
        lists = drawn_lists(draw, contacts)
    for days in (40, 20, 10, 5):
        with time_machine.travel(start - timedelta(days=days), tick=True):
            for one in lists:
                some = [contact.pk for contact in draw.sample(contacts, 8)]
                (services.add_members if draw.random() < 0.5 else services.remove_members)(one.pk, some, actor=SYSTEM)
    since = movements.beginning(30, clock.now(), "UTC")
    then = {one.pk: set(selectors.members_at(one.pk, since).values_list("pk", flat=True)) for one in lists}
    by_hand: dict[tuple[int, int], int] = {}
    for contact in contacts:
        before = sum(1 << place for place, one in enumerate(lists) if contact.pk in then[one.pk])
        after = sum(1 << place for place, one in enumerate(lists) if contact.pk in members_of(one))
        if before or after:
            by_hand[before, after] = by_hand.get((before, after), 0) + 1
    numbers = [one.pk for one in lists]
    found = movements.flows(numbers, since)
    assert {(flow.before, flow.after): flow.count for flow in found} == by_hand
    assert any(flow.moved for flow in found)
    for flow in found[:5]:
        choice = Choice(
            within=overlap.lists_in(flow.after, numbers),
            without=overlap.lists_in(~flow.after, numbers),
            was_in=overlap.lists_in(flow.before, numbers),
            was_out=overlap.lists_in(~flow.before, numbers),
            at=since,
        )
        assert choice.contacts().count() == flow.count == preview(choice.definition(), clock.now()).count


def test_a_choice_survives_its_own_address():
    choice = Choice(within=(3, 5), any_of=(7,), without=(9,), was_in=(3,), was_out=(5,), at=clock.now(), stage="")
    assert read_choice(QueryDict(choice.query)) == choice
    assert read_choice(QueryDict("in=x&at=never&was=3")).asks_nothing
    assert read_ids("4,4,x,5,-1,²,6,7,8,9,10") == (4, 5, 6, 7, 8, 9)


def test_growth_is_entered_less_left_and_a_new_list_has_none():
    ada, bob = ContactFactory(), ContactFactory()
    with time_machine.travel(clock.now() - timedelta(days=20), tick=True):
        old = static("Old", [ada])
    services.add_members(old.pk, [bob.pk], actor=SYSTEM)
    services.remove_members(old.pk, [ada.pk], actor=SYSTEM)
    new = static("New", [bob])
    lists = list(Segment.objects.all())
    week, month = (movements.growth(lists, days, clock.now()) for days in (7, 30))
    assert (week[old.pk].entered, week[old.pk].left, week[old.pk].change, week[old.pk].since_size) == (1, 1, 0, 1)
    assert month[old.pk].since_size is None
    assert week[new.pk].since_size is None


def test_averages_are_of_those_who_are_known_and_say_how_many():
    AttributeFactory(key="household", type="number", label="Household")
    young = ContactFactory(birth_date=date(2000, 6, 1), budget=100, attributes={"household": 2})
    older = ContactFactory(birth_date=date(1980, 6, 1), lifecycle_stage="customer", company=CompanyFactory(employees=9))
    silent = ContactFactory(attributes={"household": "many"}, lifecycle_stage="customer")
    both, one = static("Both", [young, older, silent]), static("One", [young])
    EventFactory(contact=young, amount=1050, currency="USD")
    EventFactory(contact=young, amount=50, currency="EUR")
    EventFactory(contact=older, amount=450, currency="USD", occurred_at=clock.now() - timedelta(days=400))
    numbers = [both.pk, one.pk]
    with time_machine.travel("2026-11-22T00:00:00Z", tick=False):
        found = people(numbers, clock.now(), "UTC")
    means = {str(row.label): [(mean.value, mean.known) for mean in row.means] for row in found.measured}
    assert means == {
        "Age": [(36, 2), (26, 1)],
        "Budget": [(100, 1), (100, 1)],
        "Employees of the company": [(9, 1), (None, 0)],
        "Household": [(2, 1), (2, 1)],
    }
    stages = {row.stage: row.counts for row in found.stages}
    assert (stages["customer"], stages["lead"], stages[""]) == ([2, 0], [0, 0], [1, 1])
    orders, revenue = spending(numbers, clock.now(), "USD")
    assert [float(mean.value) for mean in orders.means] == [pytest.approx(2 / 3), 2]
    assert [float(mean.value) for mean in revenue.means] == [3.5, 10.5]


def test_the_page_says_all_of_it_and_every_number_leads_to_its_people(client, marketer):
    ada = ContactFactory(first_name="Ada", lifecycle_stage="customer")
    bob, cleo = ContactFactory(first_name="Bob"), ContactFactory(first_name="Cleo")
    one, other = static("Buyers", [ada, bob]), static("Readers", [ada, cleo])
    html = get(client, "compare", ids=ids(one, other))
    for word in ("Buyers", "Readers", "Size and growth", "Who moved between them", "Leave “Buyers” out"):
        assert word in html
    overlapping = get(client, "compare_overlap", ids=ids(one, other))
    for word in ("In at least one of them", "In all of them", "Only in “Buyers”", "50 %", "Every combination"):
        assert word in overlapping
    assert "0 people are in other of these lists" in get(client, "compare_movements", ids=ids(one, other))
    services.remove_members(one.pk, [bob.pk], actor=SYSTEM)
    services.add_members(other.pk, [bob.pk], actor=SYSTEM)
    left = get(client, "compare_movements", ids=ids(one, other))
    assert "That is when “Readers” began" in left
    assert "In none of them" not in left
    services.add_members(one.pk, [bob.pk], actor=SYSTEM)
    services.remove_members(other.pk, [bob.pk], actor=SYSTEM)
    assert "Customer" in get(client, "compare_people", ids=ids(one, other))
    assert "3 entered, 1 left" in get(client, "compare_growth", ids=ids(one, other))
    shared = get(client, "compare_members", **{"in": ids(one, other)})
    assert ("Ada" in shared, "Bob" in shared, "Buyers and Readers" in shared) == (True, False, True)
    only = get(client, "compare_members", **{"in": ids(one), "out": ids(other)})
    assert ("Bob" in only, "Ada" in only) == (True, False)
    customers = get(client, "compare_members", **{"in": ids(one), "stage": "customer"})
    assert ("Ada" in customers, "Bob" in customers) == (True, False)


def test_lists_are_added_and_left_out_by_addresses_that_can_be_shared(client, marketer):
    one, other = static("One"), static("Other")
    response = client.get(reverse("segments:compare"), {"ids": ids(one), "add": other.pk, "days": "90"})
    assert response.status_code == 302
    assert parse_qs(urlsplit(response.url).query) == {"ids": [ids(one, other)], "days": ["90"]}
    assert "One more list" in get(client, "compare", ids=ids(one))
    assert "Choose two to six lists" in get(client, "compare", ids="999,x")


def test_what_lists_share_becomes_an_active_list_or_a_copy_with_one_click(client, marketer):
    ada, bob = ContactFactory(), ContactFactory()
    one, other = static("Buyers", [ada, bob]), static("Readers", [ada])
    save = reverse("segments:compare_save")
    client.post(f"{save}?{Choice(within=(one.pk, other.pk)).query}", {"kind": "active"})
    while build.run_waiting():
        pass
    active = Segment.objects.get(kind="active")
    assert (active.name, members_of(active)) == ("Buyers and Readers", {ada.pk})
    assert load(active.definition, catalogue.current())
    client.post(f"{save}?{Choice(within=(one.pk,), without=(other.pk,)).query}", {"kind": "static"})
    copied = Segment.objects.get(name="Buyers, not Readers")
    assert (copied.kind, members_of(copied)) == ("static", {bob.pk})
    client.post(f"{save}?{Choice(any_of=(one.pk, other.pk)).query}", {"kind": "static", "name": "Everybody"})
    assert members_of(Segment.objects.get(name="Everybody")) == {ada.pk, bob.pk}
    client.post(f"{save}?{Choice(within=(one.pk, other.pk)).query}", {"kind": "static"})
    assert Segment.objects.filter(name="Buyers and Readers (2)").exists()


def test_those_who_only_read_see_everything_and_save_nothing(client, viewer):
    one, other = static("One", [ContactFactory()]), static("Other")
    for part in PARTS:
        assert "<form" not in get(client, part, ids=ids(one, other))
    assert "Save as an active list" not in get(client, "compare_members", **{"in": ids(one)})
    save = client.post(f"{reverse('segments:compare_save')}?{Choice(within=(one.pk,)).query}", {"kind": "static"})
    assert save.status_code == 403


def test_lists_of_nobody_and_lists_that_are_gone_are_said_so(client, marketer):
    one, other = static("One"), static("Other")
    assert "Nobody is in any of these lists now." in get(client, "compare_overlap", ids=ids(one, other))
    assert "Nobody moved" in get(client, "compare_movements", ids=ids(one, other))
    assert "no age, budget" in get(client, "compare_people", ids=ids(one, other))
    get(client, "compare_members", 302, **{"in": "99999"})


def test_the_number_of_queries_does_not_grow_with_lists_or_combinations(
    client, marketer, django_assert_max_num_queries
):
    contacts = [ContactFactory() for _ in range(20)]
    lists = drawn_lists(random.Random(5), contacts, 6)
    for part in PARTS:
        with django_assert_max_num_queries(16):
            get(client, part, ids=ids(*lists))


def test_the_api_compares_two_to_six_lists(client):
    ada, bob = ContactFactory(lifecycle_stage="lead"), ContactFactory()
    one, other = static("One", [ada, bob]), static("Other", [ada])
    _key, secret = create_key(name="reader", scope="read", actor=SYSTEM)
    headers = {"Authorization": f"Bearer {secret}"}
    said = client.get("/api/v1/segments/compare/", {"ids": ids(one, other)}, headers=headers).json()
    assert (said["union"], said["intersection"]) == (2, 1)
    counts = {tuple(row["lists"]): row["count"] for row in said["combinations"]}
    assert counts == {(one.pk, other.pk): 1, (one.pk,): 1}
    assert said["movements"] == []
    assert {row["stage"]: row["counts"] for row in said["stages"]}["lead"] == [1, 1]
    assert said["lists"][0]["growth"][1] == {"days": 30, "entered": 2, "left": 0, "change": 2}
    for wrong in ({"ids": str(one.pk)}, {"ids": f"{one.pk},999999"}, {"ids": ids(one, other), "days": "8"}, {}):
        refused = client.get("/api/v1/segments/compare/", wrong, headers=headers)
        assert refused.status_code == 400, wrong
        assert refused.json()["problems"]
