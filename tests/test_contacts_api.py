"""Contacts, companies, attributes, events and imports as programs see them."""

from __future__ import annotations

import json
import random
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from rest_framework.test import APIClient

from contacts import importing
from contacts.models import AttributeHistory, ConsentHistory, Contact, Event, EventType
from crmseg.access.models import ApiKey
from crmseg.common import json as exact

from .factories import AttributeFactory, CompanyFactory, ContactFactory, EventFactory

pytestmark = pytest.mark.django_db


def caller(scope: str = "full") -> APIClient:
    _key, secret = ApiKey.objects.create_key(name=scope, scope=scope)
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {secret}")
    return client


@pytest.fixture
def api() -> APIClient:
    return caller()


def body(response):
    return exact.loads(response.content)


def pointers(response) -> set[str]:
    assert response["Content-Type"] == "application/problem+json"
    return {problem["pointer"] for problem in body(response)["problems"]}


def test_a_contact_is_created_read_changed_and_deleted(api):
    AttributeFactory(key="score", type="number")
    sent = {
        "email": "Ada@Example.org",
        "first_name": "Ada",
        "birth_date": "1990-12-10",
        "budget": 19.99,
        "location": {"lat": 42.36, "lon": -71.06},
        "attributes": {"score": 0.1},
        "consent": {"email": "subscribed"},
    }
    response = api.post("/api/v1/contacts/", sent)
    made = body(response)
    assert response.status_code == 201
    assert (made["email"], made["budget"], made["attributes"]) == (
        "Ada@example.org",
        Decimal("19.99"),
        {"score": Decimal("0.1")},
    )
    assert made["consent"] == {"email": "subscribed"}
    assert (made["external_id"], made["company"], made["interests"]) == (None, None, None)
    assert isinstance(made["age"], int)
    assert {"id", "phone", "lifecycle_stage", "marital_status", "created_at", "updated_at"} <= made.keys()

    address = f"/api/v1/contacts/{made['id']}/"
    assert body(api.get(address)) == made
    changed = body(api.patch(address, {"first_name": "", "budget": None, "attributes": {"score": None}}))
    assert (changed["first_name"], changed["budget"], changed["attributes"]) == (None, None, {})
    assert changed["birth_date"] == "1990-12-10"
    replaced = body(api.put(address, {"email": "ada@example.org"}))
    assert (replaced["birth_date"], replaced["location"], replaced["consent"]["email"]) == (None, None, "subscribed")
    assert api.delete(address).status_code == 204
    assert api.get(address).status_code == api.patch(address, {}).status_code == api.delete(address).status_code == 404


def test_a_twin_is_a_conflict_and_a_stranger_is_not_found(api):
    ada = ContactFactory(email="ada@example.org")
    response = api.post("/api/v1/contacts/", {"email": "ADA@example.org"})
    assert (response.status_code, pointers(response)) == (409, {"/email"})
    assert api.get(f"/api/v1/contacts/{2**63}/").status_code == 404
    assert api.get(f"/api/v1/contacts/{ada.pk}/").status_code == 200


def test_an_update_of_what_somebody_else_changed_is_refused(api):
    ada = ContactFactory()
    address = f"/api/v1/contacts/{ada.pk}/"
    seen = api.get(address)["ETag"]
    assert api.patch(address, {"city": "Rome"}, HTTP_IF_MATCH=seen).status_code == 200
    assert api.patch(address, {"city": "Milan"}, HTTP_IF_MATCH=seen).status_code == 412
    assert Contact.objects.get().city == "Rome"


def test_a_repeated_creation_with_one_idempotency_key_creates_once(api):
    for _ in range(2):
        response = api.post("/api/v1/contacts/", {"email": "ada@example.org"}, HTTP_IDEMPOTENCY_KEY="k1")
        assert response.status_code == 201
    assert Contact.objects.count() == 1


def test_contacts_are_found_by_address_external_id_and_words(api):
    ada = ContactFactory(email="Ada@example.org", external_id="7", first_name="Ada")
    ContactFactory(first_name="Bob")
    for query in ("email=ADA@EXAMPLE.ORG", "external_id=7", "q=ada", "email=ada@example.org&external_id=7"):
        assert [row["id"] for row in body(api.get(f"/api/v1/contacts/?{query}"))["results"]] == [ada.pk]
    assert body(api.get("/api/v1/contacts/?email=nobody@example.org"))["results"] == []
    assert pointers(api.get("/api/v1/contacts/?emial=x")) == {"/emial"}
    assert api.get("/api/v1/contacts/?segment=987654").status_code == 400


def test_pages_hold_everybody_once(api):
    made = {ContactFactory().pk for _ in range(5)}
    address, seen = "/api/v1/contacts/?limit=2", []
    while address:
        page = body(api.get(address))
        seen += [row["id"] for row in page["results"]]
        address = page["next"]
    assert len(seen) == 5
    assert set(seen) == made


def test_a_batch_lands_its_good_rows_and_points_at_the_bad(api):
    ContactFactory(email="ada@example.org")
    response = api.post(
        "/api/v1/contacts/batch/",
        {"contacts": [{"email": "ada@example.org", "city": "Rome"}, {"email": "bob@example.org"}, {"email": "x"}]},
    )
    assert response.status_code == 200
    answer = body(response)
    assert (answer["created"], answer["updated"], answer["unchanged"]) == (1, 1, 0)
    assert [problem["pointer"] for problem in answer["problems"]] == ["/contacts/2/email"]
    assert body(api.post("/api/v1/contacts/batch/", {"contacts": [{"email": "bob@example.org"}]}))["problems"] == []


@pytest.mark.parametrize("sent", [{}, {"contacts": []}, {"contacts": "x"}, [], {"contacts": [{}] * 10_001}])
def test_what_is_no_batch_is_refused(api, sent):
    assert api.post("/api/v1/contacts/batch/", sent).status_code == 400


def test_events_arrive_once_and_are_read_newest_first(api):
    ada = ContactFactory(email="ada@example.org")
    event = {
        "contact": {"email": "ada@example.org"},
        "event": "Order Completed",
        "occurred_at": "2026-01-31T10:00:00Z",
        "properties": {"revenue": 19.99, "products": [{"sku": "a"}]},
        "message_id": "m1",
    }
    sent = {"events": [event, event, {**event, "contact": {"id": 10**12}, "message_id": "m2"}]}
    answer = body(caller("ingest").post("/api/v1/events/batch/", sent))
    assert (answer["created"], answer["duplicates"]) == (1, 1)
    assert [problem["pointer"] for problem in answer["problems"]] == ["/events/2/contact"]
    later = {"contact": {"id": ada.pk}, "event": "Page Viewed"}
    assert body(api.post("/api/v1/events/batch/", {"events": [later]}))["problems"] == []
    rows = body(api.get(f"/api/v1/contacts/{ada.pk}/events/?limit=1"))
    assert [row["event"] for row in rows["results"]] == ["Page Viewed"]
    rows = body(api.get(rows["next"]))
    assert rows["next"] is None
    assert rows["results"][0]["amount"] == Decimal("19.99")
    assert rows["results"][0]["properties"] == {"revenue": Decimal("19.99"), "products": [{"sku": "a"}]}


def test_the_timeline_is_paged(api):
    ada = ContactFactory()
    for _ in range(3):
        EventFactory(contact=ada)
    api.patch(f"/api/v1/contacts/{ada.pk}/", {"city": "Rome", "consent": {"email": "subscribed"}})
    address, kinds = f"/api/v1/contacts/{ada.pk}/timeline/?limit=2", []
    while address:
        page = body(api.get(address))
        kinds += [row["kind"] for row in page["results"]]
        address = page["next"]
    assert sorted(kinds) == ["attribute", "consent", "event", "event", "event"]
    assert api.get(f"/api/v1/contacts/{ada.pk}/timeline/?before=x").status_code == 400


def test_everything_kept_is_given_and_forgotten(api):
    ada = ContactFactory(email="ada@example.org", company=CompanyFactory())
    event = {"contact": {"id": ada.pk}, "event": "Order Completed", "message_id": "m1"}
    api.post("/api/v1/events/batch/", {"events": [event]})
    api.patch(f"/api/v1/contacts/{ada.pk}/", {"email": "ada2@example.org", "consent": {"email": "subscribed"}})
    given = body(api.get(f"/api/v1/contacts/{ada.pk}/export/"))
    assert given["contact"]["email"] == "ada2@example.org"
    assert [event["event"] for event in given["events"]] == ["Order Completed"]
    assert "ada@example.org" in [row["old"] for row in given["attribute_history"]]
    assert given["consent_history"][0]["new"] == "subscribed"

    assert api.post(f"/api/v1/contacts/{ada.pk}/erase/").status_code == 204
    assert [m for m in (Contact, Event, AttributeHistory, ConsentHistory) if m.objects.exists()] == []
    assert api.post(f"/api/v1/contacts/{ada.pk}/erase/").status_code == 404


def test_companies_come_and_go(api):
    made = body(api.post("/api/v1/companies/", {"name": "Acme", "domain": "Acme.example", "revenue": 10.5}))
    assert (made["domain"], made["revenue"], made["employees"]) == ("acme.example", Decimal("10.5"), None)
    address = f"/api/v1/companies/{made['id']}/"
    assert body(api.patch(address, {"industry": "Retail"}))["industry"] == "Retail"
    assert body(api.put(address, {"name": "Acme"}))["domain"] is None
    assert api.post("/api/v1/companies/", {"nmae": "x"}).status_code == 400
    assert [row["name"] for row in body(api.get("/api/v1/companies/?q=acm"))["results"]] == ["Acme"]
    assert api.delete(address).status_code == 204


def test_attributes_have_exactly_their_five_keys(api):
    sent = {"key": "plan", "label": "Plan", "type": "enum", "options": ["free", "pro"], "group": "Product"}
    response = api.post("/api/v1/attributes/", sent)
    assert (response.status_code, body(response)) == (201, sent)
    assert body(api.get("/api/v1/attributes/")) == {"results": [sent], "next": None}
    changed = body(api.patch("/api/v1/attributes/plan/", {"label": "Tariff", "group": None}))
    assert changed == {**sent, "label": "Tariff", "group": None}
    assert api.post("/api/v1/attributes/", sent).status_code == 409
    assert api.delete("/api/v1/attributes/plan/").status_code == 204
    assert api.get("/api/v1/attributes/plan/").status_code == 404


@pytest.mark.parametrize(
    ("room", "sent", "change"),
    [
        ("attributes", {"key": "plan", "type": "enum", "options": ["free"]}, {"label": "Tariff"}),
        ("event-types", {"name": "Workshop Attended"}, {"description": "Came"}),
        ("topics", {"key": "offers", "labels": {"it": "Offerte", "fr": "Offres"}}, {"label": "Deals"}),
    ],
)
def test_what_the_account_declares_is_not_changed_over_a_change_that_was_not_seen(api, room, sent, change):
    made = api.post(f"/api/v1/{room}/", sent)
    address = f"/api/v1/{room}/{body(made).get('id') or sent['key']}/"
    seen = made["ETag"]
    assert api.get(address)["ETag"] == seen
    saved = api.patch(address, change, HTTP_IF_MATCH=seen)
    assert (saved.status_code, saved["ETag"] == seen) == (200, False)
    assert api.patch(address, {}, HTTP_IF_MATCH=seen).status_code == 412
    assert api.delete(address, HTTP_IF_MATCH=seen).status_code == 412
    assert api.delete(address, HTTP_IF_MATCH=saved["ETag"]).status_code == 204


def test_companies_have_attributes_of_their_own(api):
    api.post("/api/v1/attributes/", {"key": "tier", "type": "number", "entity": "company"})
    assert body(api.get("/api/v1/attributes/"))["results"] == []
    shown = body(api.get("/api/v1/attributes/tier/?entity=company"))
    assert (shown["key"], shown["options"], shown["entity"]) == ("tier", [], "company")
    made = body(api.post("/api/v1/companies/", {"name": "Acme", "attributes": {"tier": 1}}))
    assert made["attributes"] == {"tier": 1}


def test_event_types_are_described_and_kept_while_events_are(api):
    made = body(api.post("/api/v1/event-types/", {"name": "Workshop Attended"}))
    address = f"/api/v1/event-types/{made['id']}/"
    assert body(api.patch(address, {"description": "Came"}))["description"] == "Came"
    assert api.patch(address, {"name": "Else"}).status_code == 400
    assert api.post("/api/v1/event-types/", {"name": "Workshop Attended"}).status_code == 409
    EventFactory(type=EventType.objects.get())
    assert api.delete(address).status_code == 409


@pytest.mark.django_db(transaction=True)
def test_a_file_is_posted_tried_run_and_its_problems_read(api):
    text = "Mail,Name,Città\nada@example.org,Ada Lovelace,Rome\nnonsense,Bob,Oslo\n"
    sent = {"file": SimpleUploadedFile("people.csv", text.encode()), "dry_run": "true"}
    response = api.post("/api/v1/imports/", sent, format="multipart")
    assert response.status_code == 201
    made = body(response)
    assert made["mapping"] == {"Mail": "email", "Name": "full_name", "Città": "city"}
    address = f"/api/v1/imports/{made['id']}/"
    importing.run(made["id"])
    tried = body(api.get(address))
    assert (tried["state"], tried["created"], tried["refused"], tried["progress"]) == ("done", 1, 1, 1)
    assert not Contact.objects.exists()
    problem = body(api.get(f"{address}problems/"))["results"][0]
    assert (problem["row"], problem["column"], problem["value"]) == (3, "Mail", "nonsense")
    assert problem["cells"] == ["nonsense", "Bob", "Oslo"]

    assert body(api.post(f"{address}start/"))["state"] == "queued"
    importing.run(made["id"])
    assert body(api.get(address))["created"] == 1
    assert Contact.objects.get().city == "Rome"
    assert api.post(f"{address}start/").status_code == api.post(f"{address}cancel/").status_code == 409


@pytest.mark.parametrize(
    ("sent", "at"),
    [
        ({}, {"/file"}),
        ({"file": "x"}, {"/file"}),
        ({"mapping": "[", "file": b"email\na@b.org\n"}, {"/mapping"}),
        ({"mapping": '{"x": "email"}', "file": b"email\na@b.org\n"}, {"/mapping/x"}),
        ({"mapping": '{"email": "emial"}', "file": b"email\na@b.org\n"}, {"/mapping/email"}),
        ({"mapping": '{"a\\u0000": "email"}', "file": b"email\na@b.org\n"}, {"/mapping"}),
        ({"dry_run": "perhaps", "file": b"email\na@b.org\n", "dryrun": "1"}, {"/dry_run", "/dryrun"}),
        ({"file": b"city\nRome\n"}, {"/mapping"}),
        ({"static_list_id": "987654", "file": b"email\na@b.org\n"}, {"/static_list_id"}),
        ({"encoding": "klingon", "file": b"email\na@b.org\n"}, {"/encoding"}),
        ({"file": b"\x00\x01\x02" * 50}, {""}),
        ({"file": b"PK\x03\x04abc"}, {""}),
        ({"file": (",".join(f"c{n}" for n in range(1000)) + "\nx\n").encode()}, {""}),
        ({"file": b"email\n"}, {""}),
    ],
)
def test_files_that_cannot_be_imported_are_problems(api, sent, at):
    if isinstance(sent.get("file"), bytes):
        sent = {**sent, "file": SimpleUploadedFile("people.csv", sent["file"])}
    response = api.post("/api/v1/imports/", sent, format="multipart")
    assert response.status_code == 400
    assert {problem["pointer"] for problem in json.loads(response.content)["problems"]} == at


@pytest.mark.parametrize(
    ("address", "sent"),
    [
        ("contacts/", {"external_id": "LONG"}),
        ("contacts/", {"email": "LONG@example.org"}),
        (
            "contacts/",
            {"email": "a@b.org", "phone": "LONG", "country": "LONG", "time_zone": "LONG", "language": "LONG"},
        ),
        ("contacts/", {"email": "a@b.org", "company": {"name": "LONG"}}),
        ("contacts/", {"email": "a@b.org", "consent": {"email": {"status": "subscribed", "topic": "LONG"}}}),
        ("companies/", {"name": "LONG"}),
        ("companies/", {"domain": "LONG"}),
        ("attributes/", {"key": "LONG", "type": "text"}),
        ("attributes/", {"key": "plan", "type": "text", "label": "LONG"}),
        ("event-types/", {"name": "LONG"}),
    ],
)
def test_what_no_index_could_hold_is_a_problem(api, address, sent):
    noise = "".join(random.Random(1).choices("abcdefghijklmnopqrstuvwxyz0123456789", k=9_000))
    assert api.post(f"/api/v1/{address}", json.loads(json.dumps(sent).replace("LONG", noise))).status_code == 400


def test_a_long_text_is_kept_where_it_may_be_long(api):
    noise = "".join(random.Random(2).choices("abcdefghijklmnopqrstuvwxyz 0123456789é", k=9_000))
    assert api.post("/api/v1/contacts/", {"first_name": noise, "job_title": noise, "city": noise}).status_code == 201


def test_read_keys_read_and_ingest_keys_only_send_events():
    assert caller("read").get("/api/v1/contacts/").status_code == 200
    assert caller("read").post("/api/v1/contacts/", {"email": "a@b.org"}).status_code == 403
    assert caller("ingest").get("/api/v1/contacts/").status_code == 403
    assert caller("ingest").post("/api/v1/contacts/batch/", {"contacts": [{}]}).status_code == 403
    assert APIClient().get("/api/v1/contacts/").status_code == 401


HOSTILE = [
    b"{",
    b"[]",
    b'"x"',
    b"null",
    b'{"email": "\\u0000@x.org"}',
    b'{"first_name": "\\ud800"}',
    b'{"budget": NaN}',
    b'{"budget": 1e999}',
    b'{"first_name": ' + b"[" * 2000 + b"]" * 2000 + b"}",
    b'{"first_name": {"a": 1}, "interests": "x", "location": [1, 2], "consent": 5, "company": [], "attributes": 7}',
    b'{"\\u0000": 1}',
    b'{"birth_date": 5, "phone": true, "lifecycle_stage": [], "budget": {}, "values": {"a": 1}}',
]


@pytest.mark.parametrize("sent", HOSTILE)
@pytest.mark.parametrize(
    "address", ["contacts/", "companies/", "attributes/", "event-types/", "contacts/batch/", "events/batch/"]
)
def test_hostile_bodies_are_problems(api, address, sent):
    response = api.post(f"/api/v1/{address}", sent, content_type="application/json")
    assert response.status_code == 400
    assert body(response)["problems"]
