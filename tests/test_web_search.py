"""The search of the shell: things of every room, pages and actions, by keyboard and without scripts."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from crmseg.access.models import Role, User
from crmseg.web import highlights, navigation

from .factories import ContactFactory

pytestmark = pytest.mark.django_db
PART = {"HX-Request": "true"}


def signed_in(role: str) -> Client:
    client = Client()
    client.force_login(User.objects.create_user(f"{role}@example.org", role=role))
    return client


def asked(client: Client, query: str) -> str:
    return client.get("/search/", {"q": query}, headers=PART).content.decode()


def test_actions_and_places_are_at_hand_before_anything_is_written():
    text = asked(signed_in("marketer"), "")
    assert "New active list" in text
    assert 'href="/lists/compare/"' in text


def test_actions_are_offered_to_those_who_may():
    assert "/lists/new/" in asked(signed_in("marketer"), "new list")
    for role in ("viewer", "service", "sales"):
        assert "/lists/new/" not in asked(signed_in(role), "new list")


def test_pages_of_the_settings_are_found_by_what_they_are_for():
    admin = signed_in("admin")
    for query, address in {
        "time zone": "/settings/account/",
        "invite": "/settings/people/",
        "who changed": "/settings/audit/",
        "recovery": "/accounts/2fa/",
        "token": "/settings/keys/",
    }.items():
        assert f'href="{address}"' in asked(admin, query), query
    assert "/settings/keys/" not in asked(signed_in("marketer"), "token")


def test_what_was_looked_for_is_marked():
    ContactFactory(first_name="Ada", last_name="Lovelace")
    assert re.search(r"<mark>Love</mark>lace", asked(signed_in("viewer"), "love"), re.I)


def test_marks_never_let_markup_through():
    assert highlights.mark("<b>Ada & Co", "b <") == "<mark>&lt;</mark><mark>b</mark>&gt;Ada &amp; Co"
    assert highlights.mark("a.c abc", "a.c") == "<mark>a.c</mark> abc"
    assert highlights.mark("<i>", "") == "&lt;i&gt;"


def test_results_are_the_options_of_a_list():
    text = asked(signed_in("viewer"), "lists")
    assert 'role="listbox"' in text
    names = re.findall(r'role="option" id="([^"]+)" aria-selected="false" tabindex="-1"', text)
    assert len(names) == len(set(names)) == text.count('role="option"') > 0


def test_without_scripts_the_search_has_a_page_of_its_own():
    ContactFactory(first_name="Ada", last_name="Lovelace")
    text = signed_in("viewer").get("/search/", {"q": "lovelace"}).content.decode()
    assert '<form class="toolbar" role="search"' in text
    assert "<mark>Lovelace</mark>" in text
    assert 'role="option"' not in text


def test_the_page_says_what_can_be_found_when_nothing_is():
    text = signed_in("viewer").get("/search/", {"q": "zzzzz"}).content.decode()
    assert "Nothing is called “zzzzz”." in text


def test_the_field_names_its_list_and_its_keys():
    text = signed_in("viewer").get("/search/").content.decode()
    field = re.search(r'<input type="search" id="top-search".*?>', text, re.S)
    assert field
    for said in ('role="combobox"', 'aria-expanded="false"', 'aria-controls="search-hits"', 'aria-keyshortcuts="/ '):
        assert said in field[0]


def test_every_role_sees_the_places_in_their_groups():
    for role in Role.values:
        text = signed_in(role).get("/search/").content.decode()
        shown = [place for place in navigation.PLACES if place.url]
        for place in shown:
            assert text.count(f'href="{place.url}"') >= 2, (role, place.url_name)
        assert 'aria-label="Data"' in text
