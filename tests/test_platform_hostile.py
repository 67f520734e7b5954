"""Whatever is sent to whatever address of the API, the answer is the resource or a problem, never a failure."""

from __future__ import annotations

import copy
import json
import re
from itertools import islice, product

import pytest
from django.db import connection
from drf_spectacular.generators import SchemaGenerator
from rest_framework.test import APIClient

from campaigns.models import Campaign
from contacts.models import AttributeDefinition, Company, Contact, EventType
from crmseg.access import throttling
from crmseg.access.models import User
from crmseg.access.services import create_key
from crmseg.common.actor import SYSTEM

pytestmark = pytest.mark.django_db

PURCHASE = {
    "event": "Order Completed",
    "op": "gte",
    "value": 3,
    "window": {"last": 30, "unit": "day"},
    "where": [{"property": "category", "op": "is", "value": "Shoes"}],
}
DEFINITION = {
    "all": [
        {"property": "country", "op": "is_any_of", "value": ["IT", "FR"], "unknown": True},
        {"property": "birth_date", "op": "in_last", "value": 3, "unit": "day"},
        {"property": "budget", "op": "between", "value": [1, 2.5]},
        {"any": [PURCHASE, {"not": {"segment": "<segments>", "op": "in"}}], "label": "any", "off": False},
        {"event": "Order Completed", "measure": "sum", "of": "revenue", "op": "gt", "value": 9.5,
         "window": {"from": "2026-01-01T00:00:00Z", "to": "2026-02-01T00:00:00Z"}},
    ]
}  # fmt: skip
CONTACT = {
    "external_id": "c1",
    "email": "ada@example.org",
    "phone": "+390612345678",
    "first_name": "Ada",
    "company": {"domain": "acme.example"},
    "lifecycle_stage": "lead",
    "birth_date": "1990-01-31",
    "budget": 19.99,
    "interests": ["art"],
    "location": {"lat": 41.9, "lon": 12.5},
    "consent": {"email": {"status": "subscribed", "method": "form", "text_shown": "yes", "topic": "news"}},
    "attributes": {"plan": "pro"},
}
EVENT = {
    "contact": {"email": "ada@example.org"},
    "event": "Order Completed",
    "occurred_at": "2026-01-31T12:00:00Z",
    "properties": {"revenue": 19.99, "currency": "EUR", "products": [{"sku": "a", "quantity": 1}]},
    "message_id": "m1",
}
BODIES = {
    "contacts/": CONTACT,
    "contacts/batch/": {"contacts": [CONTACT]},
    "companies/": {"name": "Acme", "domain": "acme.example", "employees": 5, "revenue": 10.5, "attributes": {}},
    "attributes/": {"key": "plan", "label": "Plan", "type": "enum", "options": ["pro", "free"], "group": "Sales"},
    "event-types/": {"name": "Order Completed", "description": "d"},
    "events/batch/": {"events": [EVENT]},
    "segments/": {"name": "Buyers", "kind": "active", "definition": DEFINITION, "description": "d",
                  "owner": "owner@example.org", "review_on": "2026-01-31"},
    "segments/preview/": {"definition": DEFINITION},
    "segments/validate/": {"definition": DEFINITION},
    "segments/{id}/members/": {"contact_ids": ["<contacts>"]},
    "campaigns/": {"name": "Hello", "subject": "Hi {{ contact.first_name }}", "body_text": "x", "body_html": "<p>x</p>",
                   "include": ["<segments>"], "exclude": ["<segments>"], "sender": "a@example.org", "topic": "news"},
}  # fmt: skip


def deep(levels: int) -> object:
    value: object = {"property": "country", "op": "is_known"}
    for _ in range(levels):
        value = {"not": value}
    return value


HOSTILE = [
    None, True, 0, -1, 10**30, 10**300, 0.1, 1e300, "", " ", "x" * 5000, "\x01\x7f\u202e", "İΣςß\U0001f600", "1e999999",
    "NaN", "9999-12-31T23:59:59.999999Z", "0001-01-01T00:00:00+14:00", "2026-02-30", "2026-13-01T00:00:00Z",
    "{{ contact }", "{% for", "{{ 'x' | times: 99999999999 }}", [], [[]], [None], [{}], ["x"] * 2000, {}, {"": 1},
    {"x": {"y": [1]}},     {"__proto__": "\\"}, deep(199), deep(230),
]  # fmt: skip
RAW = [
    b"", b"{", b"[]", b"null", b"NaN", b'{"a": Infinity}', b'"\\ud800"', b'{"definition": "\\u0000"}', b"\xff\xfe\x00",
    b'{"definition":' + b'{"not":' * 2000 + b"{}" + b"}" * 2001, b"[" * 900_000, b'{"name": 1e999999999}',
]  # fmt: skip
IDS = ["0", "999999999999999999", "99999999999999999999999", "-1", "x", "1.5", "%00", "%ED%A0%80", "١"]
SHARE = 11
"""One in so many bodies is sent, all of them with --full; prime to the number of values, so that each gets its turn."""
QUERY = [
    "\x00", "", "x", "-1", "9" * 24, "%", "'\"\\", "2026-13-45", "[]", "\u202e" * 300, "Infinity", "²", "1,2"
]  # fmt: skip
HEADERS = ["Idempotency-Key", "If-Match", "Accept", "Accept-Language", "Content-Type", "X-Request-Id"]


@pytest.fixture
def client(monkeypatch):
    monkeypatch.setattr(throttling, "REQUESTS", 10**9)
    _key, text = create_key(name="shop", scope="full", actor=SYSTEM)
    return APIClient(HTTP_AUTHORIZATION=f"Bearer {text}", raise_request_exception=False)


@pytest.fixture
def ids(client):
    """What is there, by the word its addresses begin with."""
    User.objects.create_superuser("owner@example.org", "a long password")
    made = {
        "contacts": Contact.objects.create(email="ada@example.org", external_id="c1"),
        "companies": Company.objects.create(name="Acme", domain="acme.example"),
        "attributes": AttributeDefinition.objects.create(
            key="plan", label="Plan", type="enum", options=["pro", "free"]
        ),
        "event-types": EventType.objects.create(name="Order Completed"),
        "campaigns": Campaign.objects.create(name="Hello"),
    }
    members = client.post("/api/v1/segments/", {"name": "By hand", "kind": "static"}, format="json")
    return {word: obj.pk for word, obj in made.items()} | {"segments": members.json()["id"]}


def at(path, ids, text=None):
    """The address of something that is there, or of `text`."""
    word = path.removeprefix("/api/v1/").partition("/")[0]
    own = ids.get(word, 1) if text is None else text
    other = ids["contacts"] if text is None else text
    return re.sub(r"\{(\w+)\}", lambda name: str(other if name[1] == "contact_id" else own), path)


def body_for(path, ids):
    """The body, naming what is there."""
    text = json.dumps(BODIES[path])
    return json.loads(re.sub(r'"<(\w+)>"', lambda word: str(ids[word[1]]), text))


def operations() -> list[tuple[str, str, list[str]]]:
    """Every method and path of the API, with the names of its query parameters."""
    schema = SchemaGenerator().get_schema(request=None, public=True)
    return [
        (method.upper(), path, [each["name"] for each in operation.get("parameters", []) if each["in"] == "query"])
        for path, methods in schema["paths"].items()
        for method, operation in methods.items()
    ]


def check(answer, *asked):
    assert answer.status_code < 500, (asked, answer.status_code)
    if answer.status_code >= 400:
        assert answer["Content-Type"] == "application/problem+json", (asked, answer["Content-Type"])
        assert answer.json()["problems"], asked
    assert connection.needs_rollback is False, asked


def variations(body, hostile):
    """The body with each of its values, and each of its groups, replaced in turn."""
    if isinstance(body, dict):
        for key, child in body.items():
            yield from ({**body, key: changed} for changed in variations(child, hostile))
    elif isinstance(body, list):
        for index, child in enumerate(body):
            yield from ([*body[:index], changed, *body[index + 1 :]] for changed in variations(child, hostile))
    yield copy.deepcopy(hostile)


@pytest.fixture
def some(pytestconfig):
    """Of many requests, one in SHARE; all of them with --full."""
    step = 1 if pytestconfig.getoption("--full") else SHARE
    return lambda requests: islice(requests, 0, None, step)


@pytest.mark.parametrize("path", BODIES)
def test_the_bodies_that_are_spoilt_below_are_good_as_they_are(client, ids, path):
    for room in (Contact, Company, AttributeDefinition, EventType) if "segments" not in path else ():
        room.objects.all().delete()
    if path.startswith("contacts/"):
        AttributeDefinition.objects.create(key="plan", label="Plan", type="enum", options=["pro", "free"])
    if path.startswith("events/"):
        Contact.objects.create(email="ada@example.org")
    answer = client.post(f"/api/v1/{at(path, ids)}", body_for(path, ids), format="json")
    assert answer.status_code < 300, answer.content
    assert not answer.data.get("problems"), answer.content


@pytest.mark.parametrize("path", BODIES)
def test_every_value_of_a_body_may_be_anything(client, ids, some, path):
    for body in some(body for hostile in HOSTILE for body in variations(body_for(path, ids), hostile)):
        data = json.dumps(body).encode()
        check(
            client.generic("POST", f"/api/v1/{at(path, ids)}", data, content_type="application/json"), path, data[:2000]
        )


def test_every_body_may_be_anything(client, ids):
    for method, path, _query in operations():
        if method != "GET":
            for data in RAW:
                where = at(path, ids)
                check(client.generic(method, where, data, content_type="application/json"), method, where, data[:80])
            check(client.generic(method, where, b"\x00\xff,a\r\n" * 99, content_type="text/csv"), method, where, "csv")


def test_every_address_may_be_anything(client, ids):
    for method, path, _query in operations():
        for text in IDS if "{" in path else ["1"]:
            where = at(path, ids, text)
            check(client.generic(method, where, b"{}", content_type="application/json"), method, where)


def test_every_query_may_be_anything(client, ids, some):
    always = {"limit", "cursor", "q", "after", "at", "email", "external_id", "segment"}
    asked = (
        (at(path, ids), name, text)
        for method, path, names in operations()
        if method == "GET"
        for name in sorted({*names, *always})
        for text in QUERY
    )
    for where, name, text in some(asked):
        check(client.get(where, {name: text}), where, name, text)


@pytest.mark.parametrize("header", HEADERS)
def test_every_header_may_be_anything(client, ids, some, header):
    texts = ("", " ", "x" * 5000, "é\xff", '"', 'W/"', "*", "a/b;q=x,*/*;q=9", "xx-yy-zz;q=1e9")
    for (method, path, _query), text in some(product(operations(), texts)):
        where = at(path, ids)
        headers = {"Content-Type": "application/json"} | {header: text}
        check(client.generic(method, where, b"{}", headers=headers), where, text)
