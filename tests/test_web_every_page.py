"""Every address of the product, asked by everybody: it answers what their role promises, and answers in one voice.

The addresses are found, not listed: a page that is added tomorrow is asked, too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from django.core.files.base import ContentFile
from django.http import HttpResponse
from django.test import Client
from django.urls import NoReverseMatch, URLPattern, URLResolver, get_resolver, reverse

from contacts import importing
from crmseg.access import services as access
from crmseg.access.models import Role, User
from crmseg.common.actor import SYSTEM
from segments import services as segments

from .factories import AttributeFactory, ContactFactory, EventFactory

pytestmark = pytest.mark.django_db
ROOMS = ("web", "access", "jobs", "contacts", "segments", "campaigns")
# These do something when they are opened, or lead out of the shell.
NOT_ASKED = {"access:first_steps", "access:forgotten", "campaigns:unsubscribe"}
NAMED_BY_QUERY = {
    "contacts:events-tail",
    "segments:branches",
    "segments:explain_contact",
    "segments:pin_contact",
}
# What only administrators may see.
FOR_ADMINS = re.compile(r"^/settings/(?!$|profile/|consent|topics|suppressions)")
LEFT_OVER = re.compile(r"\{%|%\(\w+\)s|>None<|Promise object|<bound method|__proxy__")


@dataclass(frozen=True)
class Address:
    name: str
    wants: tuple[str, ...]

    def of(self, known: dict[str, object]) -> str | None:
        try:
            return reverse(self.name, kwargs={want: known.get(want, 1) for want in self.wants})
        except NoReverseMatch:
            return None


def addresses() -> list[Address]:
    return sorted(_walk(get_resolver(), ""), key=lambda address: address.name)


def _walk(resolver: URLResolver, room: str) -> Iterator[Address]:
    for pattern in resolver.url_patterns:
        if isinstance(pattern, URLResolver):
            yield from _walk(pattern, pattern.namespace or room)
        elif isinstance(pattern, URLPattern) and pattern.name and room in ROOMS:
            name = f"{room}:{pattern.name}"
            if name not in NOT_ASKED:
                yield Address(name, tuple(pattern.pattern.converters))


@pytest.fixture
def people() -> dict[str, Client]:
    clients = {}
    for role in Role.values:
        clients[role] = Client(raise_request_exception=False)
        clients[role].force_login(User.objects.create_user(f"{role}@example.org", role=role))
    return clients


def a_small_world() -> dict[str, object]:
    """One of everything that can have a page, and what addresses call it."""
    event, attribute = EventFactory(), AttributeFactory()
    contact = ContactFactory(first_name="Ada", last_name="Lovelace", company=event.contact.company)
    definition = {"property": "country", "op": "is", "value": "IT"}
    segment = segments.create_segment(name="Italians", kind="active", definition=definition, actor=SYSTEM)
    sender = User.objects.first()
    key, _text = access.create_key(name="shop", scope="read", actor=SYSTEM)
    imported = importing.receive(ContentFile(b"email\nada@example.org\n"), name="people.csv")
    return {
        "contact_id": contact.pk,
        "company_id": getattr(contact.company, "pk", 1),
        "segment_id": segment.pk,
        "type_id": event.type_id,
        "entity": attribute.entity,
        "key": attribute.key,
        "user_id": getattr(sender, "pk", 1),
        "prefix": key.prefix,
        "import_id": imported.pk,
        "number": 1,
    }


def faults_of(answer: HttpResponse, url: str, role: str) -> list[str]:
    """What is wrong with an answer, whatever it is about."""
    if answer.status_code not in {200, 204, 302, 400, 403, 404, 405, 409}:
        return [f"{answer.status_code}"]
    closed = FOR_ADMINS.match(url) and role != Role.ADMIN
    if closed and answer.status_code not in {403, 405}:
        return [f"{answer.status_code} where only administrators may look"]
    if answer.status_code == 403 and (role == Role.ADMIN or url == "/"):
        return ["403 for an administrator"]
    if getattr(answer, "streaming", False) or not answer.get("Content-Type", "").startswith("text/html"):
        return []
    # What waits in a template is on the page only once it is copied.
    text, faults = re.sub(r"<template\b.*?</template>", "", answer.content.decode(), flags=re.S), []
    if answer.status_code == 200 and "<html" in text:
        if len(re.findall(r"<h1[\s>]", text)) != 1:
            faults.append(f"{len(re.findall(r'<h1', text))} headings of the first level")
        if not re.search(r"<title>\s*[^\s·]", text):
            faults.append("no title")
        ids = re.findall(r'\sid="([^"]+)"', text)
        if twice := {one for one in ids if ids.count(one) > 1}:
            faults.append(f"ids twice: {sorted(twice)[:3]}")
    if not url.startswith("/campaigns/") and (found := LEFT_OVER.search(text)):  # they teach Liquid there
        faults.append(f"left over: {found[0]}")
    return faults


def walk(people: dict[str, Client], known: dict[str, object]) -> list[str]:
    faults = []
    for address in addresses():
        url = address.of(known)
        if url is None:
            continue
        seen: dict[str, int] = {}
        for role, client in people.items():
            answer = client.get(url)
            seen[role] = answer.status_code
            faults += [f"{address.name} {url} for {role}: {fault}" for fault in faults_of(answer, url, role)]
        opened = [role for role, status in seen.items() if status == 200]
        higher = list(Role.values)[Role.values.index(opened[0]) :] if opened else []
        if any(seen[role] == 403 for role in higher):
            faults.append(f"{address.name} {url}: {seen}: who may more sees less")
        if not address.wants and 404 in seen.values() and address.name not in NAMED_BY_QUERY:
            faults.append(f"{address.name} {url}: 404 although it names nothing")
    return faults


def told(faults: list[str]) -> None:
    assert not faults, "\n".join(faults)


def test_every_page_answers_everybody_on_an_empty_database(people: dict[str, Client]):
    told(walk(people, {}))


def test_every_page_answers_everybody_in_a_small_world(people: dict[str, Client]):
    told(walk(people, a_small_world()))


@pytest.mark.parametrize("language", ["it", "fr", "es"])
def test_every_page_answers_in_every_language(people: dict[str, Client], language: str):
    User.objects.update(language=language)
    told(walk({"admin": people["admin"]}, a_small_world()))


def test_strangers_see_no_page(client: Client):
    User.objects.create_user("ada@example.org", role="admin")
    shown = []
    for address in addresses():
        url = address.of({})
        if url and client.get(url).status_code not in {302, 403, 404, 405}:
            shown.append(url)
    assert shown == []


def test_the_walk_finds_the_pages_of_every_room():
    names = {address.name for address in addresses()}
    assert {name.partition(":")[0] for name in names} >= {"web", "access", "contacts", "segments", "campaigns"}
    assert len(names) > 80
