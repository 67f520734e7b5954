"""Whatever is typed into whatever field of whatever page, the answer is a page, never a failure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from itertools import islice

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from rest_framework.test import APIClient

from crmseg.access import account, services
from crmseg.access.models import Account, TwoFactor, User
from crmseg.common.actor import SYSTEM

from .test_platform_hostile import BODIES

pytestmark = pytest.mark.django_db
ELSEWHERE = ("api/", "admin/", "accounts/", "metrics", "healthz", "readyz", "favicon", "first-steps/sample-data")
TEXTS = [
    "\x00", "a\x00b", "\ud800", "", " ", "x" * 5000, "İΣςß\U0001f600\u202e", "<script>alert(1)</script>", "{{ 7|add }",
    "{% if", "-1", "9" * 30, "1e999999", "NaN", "0001-01-01", "2026-02-30", "[" * 2000, '{"all": []}',
    '{"a": "\\u0000"}', "'\"\\;--",
]  # fmt: skip
FILES = [
    b"",
    b"\x00\x01\xff\xfe" * 200,
    b"email\n" + b"\xff" * 99,
    b",".join([b"c"] * 1000) + b"\n1\n",
    b'"' * 5000,
    b"a,b\r\n" * 3,
]
QUERY_NAMES = ("q", "sort", "page", "view", "kind", "state", "segment", "before", "at", "from", "days", "next", "stage")
FIELD_NAMES = (
    "name",
    "value",
    "op",
    "property",
    "event",
    "kind",
    "definition",
    "path",
    "row",
    "unit",
    "ids",
    "mapping",
)
SHARE = 17


class Forms(HTMLParser):
    """The forms of a page: where each goes, how, and its fields with what they hold."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.forms: list[tuple[str, str, dict[str, str]]] = []
        self.select = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        own = {name: value or "" for name, value in attributes}
        if tag == "form":
            self.forms.append((own.get("action", ""), own.get("method", "get").lower(), {}))
        elif self.forms and tag in ("input", "textarea", "select", "button") and own.get("name"):
            self.forms[-1][2].setdefault(own["name"], own.get("value", ""))
            self.select = own["name"] if tag == "select" else ""
        elif (
            self.forms and tag == "option" and self.select and ("selected" in own or not self.forms[-1][2][self.select])
        ):
            self.forms[-1][2][self.select] = own.get("value", "")


@pytest.fixture
def world():
    """Something behind every address: a person, a contact, lists, a campaign, a key."""
    ada = User.objects.create_superuser("ada@example.org", "correct horse battery")
    _key, text = services.create_key(name="shop", scope="full", actor=SYSTEM)
    api = APIClient(HTTP_AUTHORIZATION=f"Bearer {text}")
    made = {}
    for where in ("attributes", "companies", "contacts", "segments", "campaigns"):
        body = dict(BODIES[f"{where}/"])
        if where == "segments":
            body["definition"] = {"property": "country", "op": "is_known"}
            body.pop("owner")
        if where == "campaigns":
            body |= {"include": [made["segments"]], "exclude": []}
        answer = api.post(f"/api/v1/{where}/", body, format="json")
        assert answer.status_code == 201, answer.content
        made[where] = answer.json().get("id")
    client = Client(raise_request_exception=False)
    client.force_login(ada)
    return client, made | {"person": ada.pk, "key": text[:8]}


@pytest.fixture
def some(pytestconfig):
    """Of many requests, one in SHARE; all of them with --full."""
    step = 1 if pytestconfig.getoption("--full") else SHARE
    return lambda requests: islice(requests, 0, None, step)


def addresses(patterns: list[URLPattern | URLResolver] | None = None, before: str = "") -> Iterator[str]:
    """Every address of the pages, with its parameters in angle brackets."""
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        here = before + str(pattern.pattern).lstrip("^").rstrip("$")
        if isinstance(pattern, URLResolver):
            yield from addresses(pattern.url_patterns, here)
        elif not here.startswith(ELSEWHERE):
            yield "/" + here


def filled(address: str, made: dict[str, object]) -> str:
    word = address.split("/")[1]
    own = {"lists": "segments", "settings": "person"}.get(word, word)
    if "prefix" in address:
        own = "key"
    return re.sub(r"<[^>]+>", lambda _: str(made.get(own, 1)), address)


def check(answer, *asked):
    assert answer.status_code < 500, (asked, answer.status_code)


def test_every_page_opens_or_refuses(world):
    client, made = world
    found = [*addresses()]
    assert len(found) > 40
    for address in found:
        check(client.get(filled(address, made)), address)
        for text in ("0", "9" * 18, "9" * 30, "x", "-1", "%00", "%ED%A0%80"):
            check(client.get(re.sub(r"<[^>]+>", text, address)), address, text)


def test_every_query_of_every_page_may_be_anything(world, some):
    client, made = world
    asked = ((address, name, text) for address in addresses() for name in QUERY_NAMES for text in TEXTS)
    for address, name, text in some(asked):
        check(client.get(filled(address, made), {name: text.replace("\ud800", "%ED%A0%80")}), address, name, text)


def test_every_field_of_every_form_may_be_anything(world, some):
    client, made = world
    asked = (request for address in addresses() for request in spoilt(client, filled(address, made)))
    sent = 0
    for where, method, data, files in some(asked):
        sent += 1
        ask = client.post if method == "post" else client.get
        check(ask(where, data | files), where, {name: value[:80] for name, value in data.items()})
        # Or the pages that follow would only lead to the second factor.
        Account.objects.update(require_mfa=TwoFactor.NOBODY)
        account.forget()
    assert sent > 100


def spoilt(client, address):
    """The forms of a page as requests, each with one field replaced."""
    page = client.get(address)
    if page.status_code != 200 or "text/html" not in page["Content-Type"]:
        return
    for action, method, fields in Forms(page.content.decode()).forms:
        where = action or address
        if where.startswith(("/accounts/", "/language/", "/admin/")):
            continue
        for name in fields:
            if name == "file":
                for content in FILES:
                    yield where, method, {**fields, "file": ""}, {"file": SimpleUploadedFile("a.csv", content)}
            elif name != "csrfmiddlewaretoken":
                for text in TEXTS:
                    yield where, method, {**fields, name: text.encode("utf-8", "replace").decode()}, {}


def test_every_address_that_is_posted_to_may_get_anything(world, some):
    client, made = world
    asked = ((address, name, text) for address in addresses() for name in FIELD_NAMES for text in TEXTS)
    for address, name, text in some(asked):
        data = {name: text.encode("utf-8", "replace").decode()}
        check(client.post(filled(address, made), data), address, name, text)
