"""Lists over HTTP, as other programs rely on them."""

import json
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from rest_framework.test import APIClient

from crmseg.access import account
from crmseg.access.services import create_key
from crmseg.common import clock
from crmseg.common.actor import SYSTEM
from segments.engine import build, drain
from segments.models import LedgerEntry, Segment

from .factories import ContactFactory
from .moving import backdate

pytestmark = pytest.mark.django_db
ITALIANS = {"all": [{"property": "country", "op": "is", "value": "IT"}]}
HEADERS = {"HTTP_AUTHORIZATION": ""}


@pytest.fixture
def api():
    return caller("full")


def caller(scope):
    _key, text = create_key(name=scope, scope=scope, actor=SYSTEM)
    return APIClient(HTTP_AUTHORIZATION=f"Bearer {text}", raise_request_exception=False)


def make(api, **given):
    response = api.post("/api/v1/segments/", {"name": "Italians", **given})
    assert response.status_code == 201, response.content
    return response.json()


def build_all():
    while build.run_waiting():
        pass


def pointers(response):
    return [problem["pointer"] for problem in response.json()["problems"]]


def test_an_active_list_is_building_until_everybody_was_looked_at(api):
    ada = ContactFactory(email="ada@example.org", country="IT")
    ContactFactory(country="FR")
    made = make(api, definition=ITALIANS, description="Who lives there")
    assert (made["kind"], made["state"], made["version"], made["size"]) == ("active", "building", 1, 0)
    build_all()
    url = f"/api/v1/segments/{made['id']}/"
    found = api.get(url).json()
    assert (found["state"], found["size"], found["definition"]) == ("live", 1, ITALIANS)
    assert found["fresh_as_of"]
    members = api.get(url + "members/").json()
    assert members["next"] is None
    (member,) = members["results"]
    assert member["contact"] | {"id": ada.pk, "email": "ada@example.org", "external_id": None} == member["contact"]
    assert member["entered_at"]


def test_a_new_definition_is_a_new_version_while_the_old_members_stay(api):
    ContactFactory(country="IT")
    ContactFactory(country="FR")
    made = make(api, definition=ITALIANS)
    build_all()
    url = f"/api/v1/segments/{made['id']}/"
    both = {"property": "country", "op": "is_known"}
    changed = api.patch(url, {"definition": both}).json()
    assert (changed["version"], changed["live_version"], changed["state"], changed["size"]) == (2, 1, "building", 1)
    build_all()
    assert api.get(url).json()["size"] == 2
    versions = api.get(url + "versions/").json()["results"]
    assert [(row["version"], row["definition"]) for row in versions] == [(2, both), (1, ITALIANS)]
    assert api.patch(url, {"description": "Europeans"}).json()["version"] == 2


def test_every_problem_of_a_definition_is_said_where_it_is(api):
    wrong = {
        "all": [
            {"property": "contry", "op": "is", "value": "IT"},
            {"not": {"property": "age", "op": "gte", "value": "old"}},
            {"event": "Order Completed", "op": "gte", "value": -1},
        ]
    }
    at = ["/definition/all/0/property", "/definition/all/1/not/value", "/definition/all/2/value"]
    for response in (
        api.post("/api/v1/segments/", {"name": "x", "definition": wrong}),
        api.post("/api/v1/segments/preview/", {"definition": wrong}),
    ):
        assert response.status_code == 400
        assert response["Content-Type"] == "application/problem+json"
        assert pointers(response) == at
        assert "Did you mean “country”?" in response.json()["problems"][0]["message"]
    validated = api.post("/api/v1/segments/validate/", {"definition": wrong})
    assert validated.status_code == 200
    assert validated.json()["valid"] is False
    assert pointers(validated) == at


def test_validate_warns_and_preview_counts(api):
    ada = ContactFactory(country="IT")
    definition = {"any": [ITALIANS, {"event": "Never Seen", "op": "did"}]}
    validated = api.post("/api/v1/segments/validate/", {"definition": definition}).json()
    assert (validated["valid"], validated["problems"]) == (True, [])
    assert [warning["pointer"] for warning in validated["warnings"]] == ["/definition/any/1/event"]
    found = api.post("/api/v1/segments/preview/", {"definition": definition}).json()
    assert (found["count"], found["exact"], [row["id"] for row in found["sample"]]) == (1, True, [ada.pk])
    assert found["took_ms"] >= 0
    assert len(found["warnings"]) == 1


def test_members_of_a_static_list_are_put_in_and_taken_out(api):
    ada, bob = ContactFactory(), ContactFactory()
    made = make(api, kind="static")
    assert (made["state"], made["definition"]) == ("live", None)
    url = f"/api/v1/segments/{made['id']}/members/"
    added = api.post(url, {"contact_ids": [ada.pk, bob.pk, 10**9]})
    assert added.status_code == 200
    assert added.json()["added"] == 2
    assert pointers(added) == ["/contact_ids/2"]
    assert [row["contact"]["id"] for row in api.get(url).json()["results"]] == [ada.pk, bob.pk]
    assert api.delete(url, {"contact_ids": [bob.pk]}).json()["removed"] == 1
    assert [row["contact"]["id"] for row in api.get(url).json()["results"]] == [ada.pk]
    of_ada = api.get(f"/api/v1/contacts/{ada.pk}/segments/").json()["results"]
    assert [row["segment"]["name"] for row in of_ada] == ["Italians"]
    api.post(f"/api/v1/segments/{made['id']}/archive/")
    assert api.get(f"/api/v1/contacts/{ada.pk}/segments/").json()["results"] == []


def test_members_of_an_active_list_are_not_moved_by_hand(api):
    made = make(api, definition=ITALIANS)
    url = f"/api/v1/segments/{made['id']}/members/"
    assert api.post(url, {"contact_ids": [1]}).status_code == 409
    assert api.delete(url, {"contact_ids": [1]}).status_code == 409


def test_the_feed_is_read_to_its_head_and_goes_on_from_there(api):
    people = [ContactFactory(country="IT") for _ in range(3)]
    made = make(api, definition=ITALIANS)
    build_all()
    first = api.get("/api/v1/segments/changes/?limit=2").json()
    assert [row["change"] for row in first["results"]] == ["entered", "entered"]
    keys = {"cursor", "segment", "contact", "change", "at", "cause", "version", "quiet"}
    assert first["results"][0].keys() == keys
    second = api.get(first["next"]).json()
    assert second["next"] is None
    (last,) = second["results"]
    drain.drain()
    assert (last["segment"], last["version"], last["cause"]) == (made["id"], 1, "build")
    people[0].country = "FR"
    people[0].save()
    drain.drain()
    own = api.get(f"/api/v1/segments/{made['id']}/changes/", {"after": str(last["cursor"])}).json()
    assert [(row["contact"], row["change"]) for row in own["results"]] == [(people[0].pk, "left")]
    assert own["results"][0]["cause"] == "attribute:country"
    hers = api.get(f"/api/v1/segments/{made['id']}/changes/", {"contact": people[0].pk}).json()
    assert [row["change"] for row in hers["results"]] == ["entered", "left"]
    assert pointers(api.get("/api/v1/segments/changes/", {"contact": "Ada"})) == ["/contact"]
    for wrong in ("x", "-1", "1.5", "9" * 30):
        response = api.get("/api/v1/segments/changes/", {"after": wrong})
        assert response.status_code == 400
        assert pointers(response) == ["/after"]


def test_the_past_is_told_by_day_and_by_instant(api):
    ada, bob = ContactFactory(), ContactFactory()
    made = make(api, kind="static")
    url = f"/api/v1/segments/{made['id']}/"
    api.post(url + "members/", {"contact_ids": [ada.pk, bob.pk]})
    backdate(clock.now() - timedelta(days=2))
    api.delete(url + "members/", {"contact_ids": [bob.pk]})
    days = api.get(url + "history/?days=3").json()["results"]
    assert [(row["size"], row["entered"], row["left"]) for row in days] == [(2, 2, 0), (2, 0, 0), (1, 0, 1)]
    yesterday = (clock.now() - timedelta(days=1)).isoformat()
    then = api.get(url + "members/", {"at": yesterday}).json()["results"]
    assert [row["contact"]["id"] for row in then] == [ada.pk, bob.pk]
    assert api.get(url + "members/", {"at": "yesterday"}).status_code == 400


def test_a_day_means_its_end_in_the_account_s_zone(api):
    settings = account.current()
    settings.time_zone = "America/New_York"
    settings.save()
    account.forget()
    ada = ContactFactory()
    made = make(api, kind="static")
    url = f"/api/v1/segments/{made['id']}/members/"
    api.post(url, {"contact_ids": [ada.pk]})
    LedgerEntry.objects.update(at=datetime(2026, 1, 31, 23, 30, tzinfo=ZoneInfo("America/New_York")))
    sizes = [len(api.get(url, {"at": day}).json()["results"]) for day in ("2026-01-30", "2026-01-31", "2026-02-01")]
    assert sizes == [0, 1, 1]
    assert pointers(api.get(url, {"at": "2026-02-30"})) == ["/at"]
    account.forget()


def test_lists_in_use_and_lists_that_reach_themselves_are_refused(api):
    inner = make(api, definition=ITALIANS)
    outer = make(api, name="Outer", definition={"segment": inner["id"], "op": "in"})
    deleted = api.delete(f"/api/v1/segments/{inner['id']}/")
    assert deleted.status_code == 409
    assert "Outer" in deleted.json()["problems"][0]["message"]
    cycle = api.patch(f"/api/v1/segments/{inner['id']}/", {"definition": {"segment": outer["id"], "op": "in"}})
    assert cycle.status_code == 400
    assert "Italians → Outer → Italians" in cycle.json()["problems"][0]["message"]
    assert api.delete(f"/api/v1/segments/{outer['id']}/").status_code == 204
    assert api.get(f"/api/v1/segments/{outer['id']}/").status_code == 404


def test_lists_become_static_and_active_again(api):
    ContactFactory(country="IT")
    made = make(api, definition=ITALIANS)
    build_all()
    url = f"/api/v1/segments/{made['id']}/"
    static = api.patch(url, {"kind": "static"}).json()
    assert (static["kind"], static["size"], static["definition"]) == ("static", 1, ITALIANS)
    active = api.patch(url, {"kind": "active"}).json()
    assert (active["kind"], active["state"]) == ("active", "building")


def test_what_was_changed_in_the_meantime_is_not_overwritten(api):
    made = make(api, kind="static")
    url = f"/api/v1/segments/{made['id']}/"
    etag = api.get(url)["ETag"]
    assert api.patch(url, {"name": "First"}, headers={"If-Match": etag}).status_code == 200
    assert api.patch(url, {"name": "Second"}, headers={"If-Match": etag}).status_code == 412


@pytest.mark.parametrize(
    ("given", "at"),
    [
        ({}, ["/name"]),
        ({"name": ""}, ["/name"]),
        ({"name": 7}, ["/name"]),
        ({"name": "x" * 201}, ["/name"]),
        ({"name": "x", "kind": "dynamic"}, ["/kind"]),
        ({"name": "x", "kind": "active"}, ["/definition"]),
        ({"name": "x", "kind": "static", "definition": ITALIANS}, ["/definition"]),
        ({"name": "x", "definition": []}, ["/definition"]),
        ({"name": "x", "definition": {"all": []}}, ["/definition/all"]),
        ({"name": "x", "descripton": "y"}, ["/descripton"]),
        ({"name": "x", "description": 7}, ["/description"]),
        ({"name": "x", "owner": "nobody@example.org"}, ["/owner"]),
        ({"name": "x", "review_on": "soon"}, ["/review_on"]),
        ({"name": "x", "snapshot_of": 10**30}, ["/snapshot_of"]),
        ({"name": "x", "snapshot_every": 10**30}, ["/snapshot_every"]),
    ],
)
def test_what_is_no_list_is_refused_with_its_place(api, given, at):
    response = api.post("/api/v1/segments/", given)
    assert response.status_code == 400, response.content
    assert pointers(response) == at
    assert not Segment.objects.exists()


def deep(levels):
    return '{"definition": ' + '{"not": ' * levels + "null" + "}" * (levels + 1)


HOSTILE = [
    deep(2000),
    deep(300),
    '{"definition": {"property": "age", "op": "gt", "value": NaN}}',
    '{"definition": {"property": "age", "op": "gt", "value": 1e400}}',
    '{"definition": {"property": "city", "op": "is", "value": "\\u0000"}}',
    '{"definition": {"property": "city", "op": "is", "value": "\\ud800"}}',
    '{"definition": {"property": {}, "op": [], "value": {}}}',
    '{"definition": {"event": "\\u0000", "op": "did"}}',
    '{"definition": {"segment": true, "op": "in"}}',
    '{"definition": {"segment": 99999999999999999999999, "op": "in"}}',
    '{"definition": {"all": {"0": 1}}}',
    '{"definition": null}',
    '{"definition": {"event": "A", "op": "did", "window": {"last": 1e99, "unit": "day"}}}',
    '{"definition": {"event": "A", "op": "did", "where": {"any": []}}}',
    "[1, 2]",
    "{",
]


@pytest.mark.parametrize("body", HOSTILE)
def test_hostile_definitions_are_answered_calmly(api, body):
    sent = {"data": body, "content_type": "application/json"}
    assert api.generic("POST", "/api/v1/segments/preview/", **sent).status_code == 400
    named = body.replace('{"definition"', '{"name": "x", "definition"', 1)
    saved = api.generic("POST", "/api/v1/segments/", named, content_type="application/json")
    assert saved.status_code in {400, 201}
    validated = api.generic("POST", "/api/v1/segments/validate/", **sent)
    assert validated.status_code == 200
    assert validated.json()["valid"] is False
    assert validated.json()["problems"]


def test_reading_keys_ask_and_do_not_write():
    reader = caller("read")
    assert reader.get("/api/v1/segments/").status_code == 200
    assert reader.post("/api/v1/segments/preview/", {"definition": ITALIANS}).status_code == 200
    assert reader.post("/api/v1/segments/validate/", {"definition": ITALIANS}).status_code == 200
    assert reader.post("/api/v1/segments/", {"name": "x", "kind": "static"}).status_code == 403
    assert caller("ingest").get("/api/v1/segments/").status_code == 403
    assert APIClient().get("/api/v1/segments/").status_code == 401


def test_lists_are_paged_and_narrowed(api):
    for number in range(5):
        make(api, name=f"List {number}", kind="static")
    first = api.get("/api/v1/segments/?limit=3").json()
    second = api.get(first["next"]).json()
    assert [row["name"] for row in first["results"] + second["results"]] == [f"List {n}" for n in range(5)]
    assert second["next"] is None
    assert api.get("/api/v1/segments/?kind=active").json()["results"] == []
    assert api.get("/api/v1/segments/?kind=x").status_code == 400
    for path in ("0", "99999999999999999999", "x", "12/nothing"):
        assert api.get(f"/api/v1/segments/{path}/").status_code == 404


def test_a_read_list_can_be_sent_back_whole(api):
    made = make(api, definition=ITALIANS)
    response = api.put(f"/api/v1/segments/{made['id']}/", json.loads(json.dumps(made | {"goal": "Win them back"})))
    assert response.status_code == 200, response.content
    assert (response.json()["goal"], response.json()["version"]) == ("Win them back", 1)
