"""Why somebody is in a list or not: what the API says of every node, and what would turn the answer."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from rest_framework.test import APIClient

from contacts.models import Contact, EventType
from crmseg.access.services import create_key
from crmseg.common import clock
from crmseg.common.actor import SYSTEM
from segments import services
from segments.engine import build, drain
from segments.models import Pin, Segment

from .factories import CompanyFactory, ConsentFactory, ContactFactory, EventFactory

pytestmark = pytest.mark.django_db
ITALIAN = {"property": "country", "op": "is", "value": "IT"}
FRENCH = {"property": "country", "op": "is", "value": "FR"}
BUYER = {"event": "Order Completed", "op": "gte", "value": 3, "window": {"last": 30, "unit": "day"}}
DAY = timedelta(days=1)


@pytest.fixture
def api() -> APIClient:
    _key, text = create_key(name="full", scope="read", actor=SYSTEM)
    return APIClient(HTTP_AUTHORIZATION=f"Bearer {text}", raise_request_exception=False)


def of_definition(api: APIClient, definition: Any, contact: Contact) -> dict[str, Any]:
    given = {"definition": definition, "contact": contact.pk}
    response = api.post("/api/v1/segments/explain/", given, format="json")
    assert response.status_code == 200, response.content
    found: dict[str, Any] = response.json()
    return found


def ordered(contact: Contact, *days_ago: float, **given: Any) -> list[int]:
    return [EventFactory(contact=contact, occurred_at=clock.now() - days * DAY, **given).pk for days in days_ago]


def live(definition: Any, name: str = "List") -> Segment:
    segment = services.create_segment(name=name, kind="active", definition=definition, actor=SYSTEM)
    while build.run_waiting():
        pass
    return Segment.objects.get(pk=segment.pk)


def test_every_node_says_its_truth_and_what_decided_it(api):
    ada = ContactFactory(country="FR")
    orders = ordered(ada, 1, 5, 40)
    found = of_definition(api, {"all": [ITALIAN, {"any": [BUYER, {"not": FRENCH}]}]}, ada)
    assert (found["rule"], found["contact"]) == (False, ada.pk)
    tree = found["tree"]
    assert (tree["pointer"], tree["kind"], tree["sentence"], tree["holds"]) == ("", "all", "All of these", False)
    country, group = tree["children"]
    assert (country["pointer"], country["holds"], country["sentence"]) == ("/all/0", False, "Country is “IT”")
    assert country["evidence"] == {"values": {"country": "FR"}}
    events, opposite = group["children"]
    assert (events["pointer"], events["kind"], events["holds"]) == ("/all/1/any/0", "event", False)
    assert events["evidence"]["measured"] == 2
    assert [one["id"] for one in events["evidence"]["events"]] == orders[:2]
    assert opposite["children"][0]["pointer"] == "/all/1/any/1/not"
    assert (opposite["holds"], opposite["children"][0]["holds"]) == (False, True)


def test_what_is_switched_off_is_shown_without_a_truth(api):
    ada = ContactFactory(country="IT")
    found = of_definition(api, {"all": [ITALIAN | {"label": "Italians"}, FRENCH | {"off": True}]}, ada)
    assert found["rule"] is True
    on, off = found["tree"]["children"]
    assert (on["label"], on["holds"]) == ("Italians", True)
    assert (off["off"], off["holds"], off["children"]) == (True, None, [])


def test_a_list_tells_member_rule_and_pin_apart(api):
    ada, bob = ContactFactory(country="IT"), ContactFactory(country="FR")
    segment = live(ITALIAN)
    url = f"/api/v1/segments/{segment.pk}/explain/"
    inside, outside = api.get(f"{url}{ada.pk}/").json(), api.get(f"{url}{bob.pk}/").json()
    assert [(one["member"], one["rule"], one["pinned"]) for one in (inside, outside)] == [
        (True, True, None),
        (False, False, None),
    ]
    assert inside["version"] == 1
    assert inside["entered_at"]
    services.pin(segment.pk, [bob.pk], direction="in", reason="A friend", actor=SYSTEM)
    drain.drain()
    pinned = api.get(f"{url}{bob.pk}/").json()
    assert (pinned["member"], pinned["rule"], pinned["pinned"]) == (True, False, "in")
    assert pinned["pin"]["reason"] == "A friend"
    assert Pin.objects.count() == 1


def test_a_static_list_has_members_and_no_rule(api):
    ada = ContactFactory()
    segment = services.create_segment(name="Static", kind="static", actor=SYSTEM)
    services.add_members(segment.pk, [ada.pk], actor=SYSTEM)
    found = api.get(f"/api/v1/segments/{segment.pk}/explain/{ada.pk}/").json()
    assert (found["member"], found["rule"], found["tree"]) == (True, None, None)


def test_nobody_and_nothing_are_404(api):
    ada, segment = ContactFactory(), live(ITALIAN)
    assert api.get(f"/api/v1/segments/{segment.pk}/explain/{ada.pk + 1}/").status_code == 404
    assert api.get(f"/api/v1/segments/{segment.pk + 1}/explain/{ada.pk}/").status_code == 404
    given = {"definition": ITALIAN, "contact": 2**70}
    assert api.post("/api/v1/segments/explain/", given, format="json").status_code == 404
    static = services.create_segment(name="Static", kind="static", actor=SYSTEM)
    assert api.get(f"/api/v1/segments/{static.pk}/explain/{ada.pk + 1}/").status_code == 404


def test_what_cannot_be_read_is_refused_at_its_place(api):
    ada = ContactFactory()
    wrong = {"definition": {"property": "contry", "op": "is", "value": "IT"}, "contact": ada.pk}
    response = api.post("/api/v1/segments/explain/", wrong, format="json")
    assert (response.status_code, response.json()["problems"][0]["pointer"]) == (400, "/definition/property")
    nothing = api.post("/api/v1/segments/explain/", {"contact": "ada"}, format="json")
    assert {problem["pointer"] for problem in nothing.json()["problems"]} == {"", "/contact"}


# When time alone turns an answer


def test_the_instant_at_which_time_alone_turns_the_answer(api):
    ada = ContactFactory()
    EventFactory(contact=ada, occurred_at=clock.now() - 2 * DAY)
    latest = EventFactory(contact=ada, occurred_at=clock.now() - DAY).occurred_at
    bought = {"event": "Order Completed", "op": "did", "window": {"last": 30, "unit": "day"}}
    found = of_definition(api, {"any": [bought, ITALIAN]}, ada)
    assert found["rule"] is True
    expected = latest + 30 * DAY + timedelta(microseconds=1)
    assert datetime.fromisoformat(found["flips_at"]) == expected
    assert found["tree"]["children"][1]["flips_at"] is None
    assert found["looked_until"] is None


def test_a_list_that_is_asked_turns_the_answer_when_its_own_rule_does(api):
    ada = ContactFactory()
    event = EventFactory(contact=ada, occurred_at=clock.now() - DAY)
    inner = live({"event": "Order Completed", "op": "did", "window": {"last": 2, "unit": "day"}}, "Inner")
    found = of_definition(api, {"not": {"segment": inner.pk}}, ada)
    assert found["rule"] is False
    expected = event.occurred_at + 2 * DAY + timedelta(microseconds=1)
    assert datetime.fromisoformat(found["flips_at"]) == expected


# The nearest change


def nearest(api: APIClient, definition: Any, contact: Contact) -> str:
    return str(of_definition(api, definition, contact)["nearest"])


def test_missing_events_are_counted_and_have_until_the_first_one_no_longer_counts(api):
    ada = ContactFactory()
    ordered(ada, 1, 5)
    said = nearest(api, BUYER, ada)
    assert said.startswith("One more Order Completed before ")
    assert nearest(api, BUYER | {"value": 5}, ada).startswith("3 more Order Completed before ")
    assert nearest(api, BUYER, ContactFactory()) == "3 more Order Completed"


def test_missing_money_is_an_amount(api):
    ada = ContactFactory()
    EventFactory(contact=ada, amount=20_000, currency="USD", properties={"revenue": 200})
    spent = {"event": "Order Completed", "measure": "sum", "of": "revenue", "op": "gte", "value": 500}
    assert nearest(api, spent, ada) == "$300.00 more revenue of Order Completed"


def test_attributes_are_said_as_they_would_have_to_be(api):
    ada = ContactFactory(country="FR")
    assert nearest(api, ITALIAN, ada) == "Country is “IT”"
    assert nearest(api, {"not": FRENCH}, ada) == "Country is not “FR”"
    assert (
        nearest(api, {"all": [ITALIAN, {"reachable": "email"}]}, ada) == "Country is “IT” and can be reached by e-mail"
    )
    assert nearest(api, {"any": [BUYER, ITALIAN]}, ada) == "Country is “IT”"


def test_what_time_alone_will_do_soon_is_a_matter_of_waiting(api):
    ada = ContactFactory()
    ordered(ada, 29)
    quiet = {"event": "Order Completed", "op": "did_not", "window": {"last": 30, "unit": "day"}}
    assert nearest(api, quiet, ada).startswith("Wait until ")


def test_of_several_the_cheapest_are_enough(api):
    ada = ContactFactory(country="FR")
    third = {"property": "email", "op": "is_known"}
    group = {"at_least": 2, "of": [ITALIAN, BUYER, third]}
    assert nearest(api, group, ada) == "Country is “IT”"


def test_what_cannot_be_turned_says_nothing(api):
    ada = ContactFactory()
    everybody = {"bucket": [0, 0], "of": 1}
    assert of_definition(api, everybody, ada)["nearest"] is None
    assert of_definition(api, {"all": [ITALIAN, FRENCH]}, ada)["nearest"] is None


# Every kind of leaf


def test_every_kind_of_leaf_brings_its_evidence(api):
    company = CompanyFactory(industry="Retail")
    ada, bob = (
        ContactFactory(country="IT", company=company, birth_date="1990-05-01", phone="+39011") for _ in range(2)
    )
    ConsentFactory(contact=ada)
    inner = live(ITALIAN, "Inner")
    first, second = ordered(ada, 3, 2, properties={"category": "Shoes", "cart": "A"})
    EventFactory(contact=ada, type__name="Cart Updated", occurred_at=clock.now() - 4 * DAY, properties={"cart": "A"})
    shoes = [{"property": "category", "op": "is", "value": "Shoes"}]
    window = {"last": 9, "unit": "day"}
    steps = [{"event": "Cart Updated"}, {"event": "Order Completed", "where": shoes}]
    nodes = [
        {"property": "company.industry", "op": "is", "value": "Retail"},
        {"property": "age", "op": "gte", "value": 18},
        {"property": "first_name", "op": "is", "value": {"property": "city"}, "unknown": True},
        {"event": "Order Completed", "op": "did", "where": shoes},
        {"event": "Order Completed", "occurrence": "first", "in": window},
        {"event": "Order Completed", "occurrence": 2, "in": window},
        {"sequence": steps, "same": "cart"},
        {"segment": inner.pk, "op": "in"},
        {"segment": inner.pk, "op": "joined_in", "window": window},
        {"consent": "email", "op": "subscribed"},
        {"reachable": "email"},
        {"colleagues": "any", "of": ITALIAN},
        {"bucket": [0, 0], "of": 1},
        {"property": "country", "op": "updated_in"},
    ]
    found = of_definition(api, {"any": nodes}, ada)["tree"]["children"]
    evidence = [one["evidence"] for one in found]
    assert [one["holds"] for one in found] == [True] * 13 + [False]
    assert evidence[0]["values"] == {"company.industry": "Retail"}
    assert evidence[1]["values"]["birth_date"] == "1990-05-01"
    assert evidence[2]["values"] == {"first_name": None, "city": None}
    assert evidence[3]["events"][0] == {
        "id": second,
        "event": "Order Completed",
        "occurred_at": evidence[3]["events"][0]["occurred_at"],
        "properties": {"category": "Shoes"},
    }
    assert [one["id"] for one in evidence[4]["events"]] == [first]
    assert [one["id"] for one in evidence[5]["events"]] == [second]
    assert [step["count"] for step in evidence[6]["steps"]] == [1, 2]
    assert evidence[7]["entered_at"]
    assert evidence[8]["ledger"][0]["change"] == "entered"
    assert evidence[9]["consent"]["status"] == "subscribed"
    assert evidence[10]["values"] == {"email": ada.email}
    assert evidence[11]["colleagues"] == {"of": 1, "matching": 1, "ids": [bob.pk]}
    assert evidence[12]["bucket"] == 0
    assert evidence[13]["changes"] == []


def test_a_thousand_conditions_are_explained_one_by_one(api):
    ada = ContactFactory(country="IT")
    EventType.objects.get_or_create(name="Order Completed")
    ordered(ada, 1, 2, 3)
    events = [BUYER | {"window": {"last": n, "unit": "day"}} for n in range(1, 501)]
    cities = [{"property": "city", "op": "is", "value": f"City {n}"} for n in range(499)]
    found = of_definition(api, {"all": [*events, {"any": cities}]}, ada)
    assert len(found["tree"]["children"]) == 501
    assert [one["holds"] for one in found["tree"]["children"][:4]] == [False, False, False, True]


def test_two_hundred_levels_are_explained(api):
    ada = ContactFactory(country="IT")
    definition: dict[str, Any] = ITALIAN
    for level in range(199):
        definition = {"not": definition} if level % 2 else {"all": [definition]}
    assert of_definition(api, definition, ada)["rule"] is False


def test_saving_returns_the_warnings_of_the_definition():
    _key, text = create_key(name="writer", scope="full", actor=SYSTEM)
    writer = APIClient(HTTP_AUTHORIZATION=f"Bearer {text}")
    made = writer.post("/api/v1/segments/", {"name": "None", "definition": {"all": [ITALIAN, FRENCH]}}, format="json")
    assert [one["pointer"] for one in made.json()["warnings"]] == ["/definition"]
    url = f"/api/v1/segments/{made.json()['id']}/"
    assert writer.patch(url, {"definition": ITALIAN}, format="json").json()["warnings"] == []


def test_the_schema_describes_it(api):
    paths = api.get("/api/schema/?format=json").json()["paths"]
    assert "get" in paths["/api/v1/segments/{id}/explain/{contact_id}/"]
    assert "post" in paths["/api/v1/segments/explain/"]
