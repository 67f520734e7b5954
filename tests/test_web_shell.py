"""The shell of every page: who may see it, what it says to whom, and what it never does."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest
from django.contrib import messages
from django.contrib.messages.storage.fallback import FallbackStorage
from django.http import HttpResponse
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.test import Client, RequestFactory
from django.utils import translation

from contacts.models import Company
from crmseg.access.models import User
from crmseg.common import clock
from crmseg.common.problems import InvalidInput, Problem
from crmseg.web import formats, problems
from crmseg.web.middleware import PartialMiddleware
from crmseg.web.tables import Column, Table
from tests.factories import CompanyFactory

TEMPLATES = Path(__file__).resolve().parent.parent / "templates"
HOSTILE = "<script>alert('x')</script>"


@pytest.fixture
def ada() -> User:
    return User.objects.create_user("ada@example.org", "correct horse battery", role="marketer", name="Ada")


@pytest.fixture
def signed_in(client: Client, ada: User) -> Client:
    client.force_login(ada)
    return client


@pytest.mark.django_db
def test_strangers_are_asked_to_sign_in(client: Client, ada: User):
    answer = client.get("/")
    assert answer.status_code == 302
    assert answer["Location"].startswith("/accounts/login/?next=/")


@pytest.mark.django_db
def test_home_answers_on_an_empty_database(signed_in: Client):
    answer = signed_in.get("/")
    assert answer.status_code == 200
    assert 'class="skip-link"' in answer.content.decode()


@pytest.mark.django_db
def test_pages_allow_no_foreign_script_or_style(signed_in: Client):
    policy = signed_in.get("/")["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy


@pytest.mark.parametrize("path", sorted(TEMPLATES.rglob("*.html")), ids=lambda path: str(path.relative_to(TEMPLATES)))
def test_templates_hold_no_inline_style_script_or_handler(path: Path):
    text = path.read_text()
    assert not re.search(r"<style\b|\sstyle=|\son[a-z]+\s*=\s*[\"']|javascript:", text)
    for script in re.findall(r"<script\b[^>]*>", text):
        assert "src=" in script or 'type="application/json"' in script
    assert "|safe" not in text


@pytest.mark.parametrize("path", sorted(TEMPLATES.rglob("*.html")), ids=lambda path: str(path.relative_to(TEMPLATES)))
def test_a_button_that_stands_outside_its_form_is_told_to_whoever_sends_the_form(path: Path):
    # htmx listens to such a button only where its type is written down, and would leave out what it says.
    for button in re.findall(r"<button\b[^>]*>", path.read_text()):
        if re.search(r"\sform=\"[\w-]+\"", button) and " name=" in button:
            assert 'type="submit"' in button


@pytest.mark.django_db
def test_search_shows_a_hostile_query_as_text(signed_in: Client):
    text = signed_in.get("/search/", {"q": HOSTILE}).content.decode()
    assert "<script>alert" not in text
    assert "&lt;script&gt;" in text


@pytest.mark.django_db
def test_search_survives_what_no_name_holds(signed_in: Client):
    assert signed_in.get("/search/", {"q": "\x00"}).status_code == 400
    for query in ("%", "a" * 5_000, "'; --", "\\", "🙂🙂"):
        assert signed_in.get("/search/", {"q": query}).status_code == 200


@pytest.mark.django_db
def test_search_finds_companies_by_name(signed_in: Client):
    CompanyFactory(name=f"Analytical {HOSTILE}")
    text = signed_in.get("/search/", {"q": "analyt"}, headers={"HX-Request": "true"}).content.decode()
    assert "<mark>Analyt</mark>ical &lt;script&gt;" in text
    assert "<html" not in text


@pytest.mark.django_db
def test_the_language_is_kept_with_the_person(signed_in: Client, ada: User):
    answer = signed_in.post("/language/", {"language": "it", "next": "/search/"})
    assert answer["Location"] == "/search/"
    ada.refresh_from_db()
    assert ada.language == "it"
    assert '<html lang="it"' in signed_in.get("/").content.decode()


@pytest.mark.django_db
def test_the_language_form_leads_to_no_other_site(signed_in: Client):
    answer = signed_in.post("/language/", {"language": "xx", "next": "https://elsewhere.example/"})
    assert answer["Location"] == "/"


@pytest.mark.django_db
def test_an_address_without_a_page_says_so(signed_in: Client):
    answer = signed_in.get("/no-such-page/")
    assert answer.status_code == 404
    assert "There is nothing at this address" in answer.content.decode()


def test_the_page_of_a_failure_needs_no_database():
    assert "Something went wrong on our side" in render_to_string("500.html")


@pytest.mark.django_db
def test_messages_ride_along_with_parts(rf: RequestFactory):
    def view(request):
        messages.success(request, f"Saved {HOSTILE}")
        return HttpResponse("<p>part</p>")

    request = rf.get("/")
    request.htmx, request.session = True, {}
    request._messages = FallbackStorage(request)
    text = PartialMiddleware(view)(request).content.decode()
    assert text.startswith("<p>part</p>")
    assert 'hx-swap-oob="beforeend:#toasts"' in text
    assert "Saved &lt;script&gt;" in text


def test_a_redirect_takes_the_whole_window_along(rf: RequestFactory):
    request = rf.get("/")
    request.htmx = True
    answer = PartialMiddleware(lambda _request: redirect("/accounts/login/"))(request)
    assert (answer.status_code, answer["HX-Redirect"]) == (200, "/accounts/login/")


@pytest.mark.django_db
def test_a_table_sorts_and_pages_by_its_address(rf: RequestFactory):
    for name in "CABED":
        CompanyFactory(name=name)
    columns = {"name": Column("Name", order=("name",)), "domain": Column("Domain")}

    def table(query: str) -> Table:
        return Table(rf.get(f"/companies/?{query}"), Company.objects.all(), columns, sort="name", page_size=2)

    assert [row.name for row in table("").rows] == ["A", "B"]
    assert [row.name for row in table("sort=-name&page=2").rows] == ["C", "B"]
    assert (table("page=3").first, table("page=3").last, table("page=3").count) == (5, 5, 5)
    assert not table("page=3").has_next
    assert table("q=x&page=2").sort_url("name") == "/companies/?q=x&sort=-name"
    for nonsense in ("sort=password", "sort=domain", "sort=", "page=0", "page=-1", "page=many"):
        assert [row.name for row in table(nonsense).rows] == ["A", "B"]
    assert table("page=999999999999").rows == []


def test_problems_go_to_the_field_they_are_about():
    found = [Problem("/email", "Expected an e-mail address."), Problem("/attributes/a~1b", "Unknown.")]
    assert problems.by_field(InvalidInput(found).problems) == {
        "email": "Expected an e-mail address.",
        "attributes.a/b": "Unknown.",
    }


def test_numbers_and_moments_speak_the_readers_language():
    now = clock.now()
    with translation.override("en"):
        assert formats.number(1234567) == "1,234,567"
        assert formats.relative(now - timedelta(minutes=3), now) == "3 minutes ago"
        assert formats.percent(1, 30) == "3.3 %"
    with translation.override("it"):
        assert formats.number(1234567) == "1.234.567"
        assert formats.relative(now + timedelta(days=2), now) == "tra 2 giorni"
    assert formats.percent(1, 0) == "–"
    assert formats.number("many") == "many"
