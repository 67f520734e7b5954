"""The page that tests a contact against a list: what people read there, and the ways that lead to it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from contacts.models import Contact
from crmseg.access.models import Role, User
from crmseg.common import clock
from crmseg.common.actor import SYSTEM
from segments import catalogue, services
from segments.engine import build
from segments.engine.explain import explain_definition
from segments.models import Segment
from segments.views.explaining import rows

from .factories import ContactFactory, EventFactory

pytestmark = pytest.mark.django_db
ITALIAN = {"property": "country", "op": "is", "value": "IT"}
BUYER = {"event": "Order Completed", "op": "gte", "value": 3, "window": {"last": 30, "unit": "day"}}


@pytest.fixture
def viewer(client: Client) -> Client:
    client.force_login(User.objects.create_user("vera@example.org", "correct horse battery", role=Role.VIEWER))
    return client


def live(definition: Any, name: str = "Buyers in Italy") -> Segment:
    segment = services.create_segment(name=name, kind="active", definition=definition, actor=SYSTEM)
    while build.run_waiting():
        pass
    return Segment.objects.get(pk=segment.pk)


def page(client: Client, segment: Segment, **query: Any) -> str:
    response = client.get(reverse("segments:explain", args=[segment.pk]), query)
    assert response.status_code == 200
    return response.content.decode()


@pytest.fixture
def ada() -> Contact:
    made = ContactFactory(first_name="Ada", last_name="Rossi", country="FR")
    EventFactory.create_batch(2, contact=made, occurred_at=clock.now() - timedelta(days=3))
    return made


def test_the_page_says_what_holds_what_decided_it_and_what_is_missing(viewer, ada):
    html = page(viewer, live({"all": [ITALIAN | {"label": "From Italy"}, BUYER]}), contact=ada.pk)
    for said in ("Is not in this list", "Country is “IT”", "“FR”", "From Italy", "2 that count", "All of these"):
        assert said in html
    assert "one more Order Completed before" in html
    assert html.count('class="explain-truth explain-no"') == 3


def test_a_member_is_said_to_be_one_since_when(viewer):
    bob = ContactFactory(country="IT")
    html = page(viewer, live(ITALIAN), contact=bob.pk)
    assert "Is in this list" in html
    assert "time alone will not turn" in html


def test_people_are_found_by_name_in_a_part_of_the_page(viewer, ada):
    segment = live(ITALIAN)
    url = reverse("segments:explain", args=[segment.pk])
    found = viewer.get(url, {"q": "ross"}, headers={"HX-Request": "true", "HX-Target": "explain-found"})
    html = found.content.decode()
    assert f"?contact={ada.pk}" in html
    assert "<html" not in html
    assert "Nobody is called “zzz”" in page(viewer, segment, q="zzz")


def test_a_pin_and_a_static_list_are_told(viewer, ada):
    segment = live(ITALIAN)
    services.pin(segment.pk, [ada.pk], direction="in", reason="A friend of the house", actor=SYSTEM)
    html = page(viewer, segment, contact=ada.pk)
    assert "always in, whatever the rule says" in html
    assert "A friend of the house" in html
    by_hand = services.create_segment(name="By hand", kind="static", actor=SYSTEM)
    assert "This list is static" in page(viewer, by_hand, contact=ada.pk)


def test_nobody_is_not_found(viewer):
    segment = live(ITALIAN)
    for contact in ("999999", "x", "9" * 30):
        response = viewer.get(reverse("segments:explain", args=[segment.pk]), {"contact": contact})
        assert response.status_code == 404


def test_the_page_of_a_contact_leads_here(viewer):
    bob = ContactFactory(country="IT")
    segment = live(ITALIAN)
    html = viewer.get(reverse("contacts:contact", args=[bob.pk])).content.decode()
    assert f"{reverse('segments:explain', args=[segment.pk])}?contact={bob.pk}#explain-title" in html
    response = viewer.get(reverse("segments:explain_contact"), {"list": segment.pk, "contact": bob.pk}, follow=True)
    assert "Is in this list" in response.content.decode()
    assert viewer.get(reverse("segments:explain_contact"), {"list": "x", "contact": bob.pk}).status_code == 404


def test_lists_of_children_open_and_close_as_often(viewer, ada):
    definition = {"all": [{"any": [ITALIAN, {"not": {"all": [BUYER]}}]}, {"not": {"not": ITALIAN}}, BUYER]}
    told = rows(explain_definition(definition, ada.pk)["tree"], catalogue.current(), {})
    assert [row.opens for row in told] == [True, True, False, True, True, False, True, True, False, False]
    assert sum(row.opens for row in told) == sum(len(row.closes) for row in told)
    html = page(viewer, live(definition), contact=ada.pk)
    tree = html[html.index('<ul class="explain-tree"') :]
    tree = tree[: tree.index("</section>")]
    assert tree.count("<ul") == tree.count("</ul>")
    assert tree.count("<li") == tree.count("</li>")


def test_two_hundred_levels_are_shown(viewer, ada):
    definition: dict[str, Any] = ITALIAN
    for _ in range(199):
        definition = {"not": definition}
    assert "Country is “IT”" in page(viewer, live(definition), contact=ada.pk)
