"""The pages of merging, of duplicates and of the undo of an import: who may, what they show, and the way back."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from contacts import duplicates, importing, services
from contacts.models import Contact, ContactImport, Duplicate
from crmseg.access.models import AuditEntry
from crmseg.common.actor import Actor

from .factories import AttributeFactory, CompanyFactory, ConsentFactory, ContactFactory, EventFactory
from .test_contacts_imports import load
from .test_web_contacts_pages import HOSTILE, HTMX, person, text_of

pytestmark = pytest.mark.django_db
BY = Actor("user", "Grace")


@pytest.fixture
def marketer(client: Client) -> Client:
    client.force_login(person("marketer"))
    return client


@pytest.fixture
def viewer(client: Client) -> Client:
    client.force_login(person("viewer"))
    return client


@pytest.fixture
def ada() -> Contact:
    return ContactFactory(email="ada@example.org", external_id="a1", first_name="Ada", last_name="King")


@pytest.fixture
def double() -> Contact:
    return ContactFactory(email="lovelace@example.org", first_name="Augusta", last_name="King", city="Ockham")


def test_the_other_is_searched_and_who_looks_alike_is_offered(marketer: Client, ada, double):
    Duplicate.objects.create(first_id=ada.pk, second_id=double.pk, reasons=["phone"], weight=1, found_at=ada.created_at)
    offered = text_of(marketer.get(f"/contacts/{ada.pk}/merge/"))
    assert f"?with={double.pk}" in offered
    assert "same phone" in offered
    ContactFactory(first_name="Somebody", last_name="Else")
    found = text_of(marketer.get(f"/contacts/{ada.pk}/merge/?q=else"))
    assert ("Somebody" in found, "Augusta" in found) == (True, False)
    assert f"?with={ada.pk}" not in text_of(marketer.get(f"/contacts/{ada.pk}/merge/?q=king"))
    assert "Nobody matches" in text_of(marketer.get(f"/contacts/{ada.pk}/merge/?q=nobody"))
    for gone in ("999999999", "x", str(ada.pk), "9" * 30):
        assert marketer.get(f"/contacts/{ada.pk}/merge/?with={gone}").status_code == 404


def test_the_two_stand_side_by_side_with_a_choice_where_they_differ(marketer: Client, ada, double):
    EventFactory(contact=double), EventFactory(contact=double), ConsentFactory(contact=double)
    text = text_of(marketer.get(f"/contacts/{ada.pk}/merge/?with={double.pk}"))
    assert set(re.findall(r'name="take-(\w+)"', text)) == {"email", "first_name"}
    assert re.search(r'name="take-email" value="survivor"[^>]* checked', text)
    assert "so it is filled" in text
    assert re.search(r"<dt>Events</dt><dd>2", text)
    assert re.search(r"<dt>Consents</dt><dd>1", text)
    assert f"/contacts/{double.pk}/merge/?with={ada.pk}" in text, "the other way round"


def test_the_choice_is_merged_shown_and_undone(marketer: Client, ada, double):
    sent = {"with": double.pk, "take-first_name": "other", "take-email": "survivor"}
    answer = marketer.post(f"/contacts/{ada.pk}/merge/", sent)
    assert answer["Location"] == f"/contacts/{ada.pk}/"
    ada.refresh_from_db()
    assert (ada.first_name, ada.email, ada.city) == ("Augusta", "ada@example.org", "Ockham")
    page = text_of(marketer.get(f"/contacts/{ada.pk}/"))
    assert "Undo the merge" in page
    assert "Merged with Augusta King" in page
    moved = marketer.get(f"/contacts/{double.pk}/")
    assert (moved.status_code, moved["Location"]) == (302, f"/contacts/{ada.pk}/")
    services.update_contact(ada.pk, data={"city": "London"}, actor=BY)
    back = marketer.post(f"/contacts/{ada.pk}/unmerge/", {"with": double.pk}, follow=True)
    text = text_of(back)
    assert "are two contacts again" in text
    assert "stay with Ada King: City" in text
    assert "Undo the merge" not in text
    assert Contact.objects.get(pk=double.pk).city == "Ockham"
    assert AuditEntry.objects.filter(action="unmerged").exists()


def test_what_cannot_be_undone_is_said_on_the_page(marketer: Client, ada, double):
    services.merge_contacts(ada.pk, double.pk, actor=BY)
    services.update_contact(ContactFactory().pk, data={"email": "lovelace@example.org"}, actor=BY)
    text = text_of(marketer.post(f"/contacts/{ada.pk}/unmerge/", {"with": double.pk}, follow=True))
    assert "Another contact has the e-mail address lovelace@example.org now" in text
    assert marketer.post(f"/contacts/{double.pk}/unmerge/").status_code == 404


def test_hostile_values_are_shown_as_text(marketer: Client):
    AttributeFactory(key="note", label=HOSTILE)
    one = ContactFactory(first_name=HOSTILE, attributes={"note": HOSTILE}, company=CompanyFactory(name=HOSTILE))
    other = ContactFactory(first_name="<b>x</b>", attributes={"note": "y"}, company=CompanyFactory(name="<i>z</i>"))
    Duplicate.objects.create(first_id=one.pk, second_id=other.pk, reasons=["phone"], found_at=one.created_at)
    for path in (f"/contacts/{one.pk}/merge/?with={other.pk}", f"/contacts/{one.pk}/merge/", "/contacts/duplicates/"):
        text = text_of(marketer.get(path))
        assert "<script>alert" not in text
        assert "<b>x" not in text
        assert "<i>z" not in text


# Duplicates


def test_duplicates_are_looked_for_shown_compared_and_dismissed(marketer: Client, ada, double):
    assert "Look for duplicates" in text_of(marketer.get("/contacts/duplicates/"))
    for contact in (ada, double):
        services.update_contact(contact.pk, data={"phone": "+44 20 7946 0000"}, actor=BY)
    assert marketer.post("/contacts/duplicates/look/").status_code == 302
    assert "Looking through all contacts" in text_of(marketer.get("/contacts/duplicates/"))
    assert "every 1s" in text_of(marketer.get("/contacts/duplicates/?looking=1", headers=HTMX))
    duplicates.look()
    assert marketer.get("/contacts/duplicates/?looking=1", headers=HTMX)["HX-Refresh"] == "true"
    page = text_of(marketer.get("/contacts/duplicates/?reason=phone"))
    assert f"/contacts/{ada.pk}/merge/?with={double.pk}" in page
    assert "Augusta King" not in text_of(marketer.get("/contacts/duplicates/?reason=email"))
    pair = Duplicate.objects.get()
    sent = {"next": "/contacts/duplicates/?reason=phone"}
    answer = marketer.post(f"/contacts/duplicates/{pair.pk}/dismiss/", sent)
    assert answer["Location"] == "/contacts/duplicates/?reason=phone"
    assert "No duplicates were found" in text_of(marketer.get("/contacts/duplicates/"))
    assert "Offer again" in text_of(marketer.get("/contacts/duplicates/?dismissed=1"))
    elsewhere = marketer.post(f"/contacts/duplicates/{pair.pk}/offer/", {"next": "https://elsewhere.example/"})
    assert elsewhere["Location"] == "/contacts/duplicates/"
    assert duplicates.offered().count() == 1


def test_the_number_of_queries_does_not_grow_with_the_pairs(marketer: Client, django_assert_max_num_queries):
    for _n in range(30):
        first, second = ContactFactory(company=CompanyFactory()), ContactFactory(company=CompanyFactory())
        Duplicate.objects.create(first_id=first.pk, second_id=second.pk, reasons=["phone"], found_at=first.created_at)
    with django_assert_max_num_queries(12):
        text = text_of(marketer.get("/contacts/duplicates/"))
    assert text.count('class="pair"') == 25
    assert "page=2" in text


# The undo of an import


def test_an_import_is_undone_from_its_page_with_a_report(marketer: Client, ada):
    item = load("email,city\nada@example.org,Paris\nnew@example.org,Oslo\n")
    assert "Undo this import" in text_of(marketer.get(f"/imports/{item.pk}/"))
    services.update_contact(ada.pk, data={"city": "Rome"}, actor=BY)
    assert marketer.post(f"/imports/{item.pk}/undo/")["Location"] == f"/imports/{item.pk}/"
    assert "Taking the import back" in text_of(marketer.get(f"/imports/{item.pk}/", headers=HTMX))
    importing.run_undo(item.pk)
    text = text_of(marketer.get(f"/imports/{item.pk}/"))
    assert "This import was undone" in text
    assert "It was changed since." in text
    assert "Undo this import" not in text
    file = marketer.get(f"/imports/{item.pk}/not-undone.csv")
    assert b"Rome" in b"".join(file.streaming_content)
    assert text_of(marketer.get("/imports/")).count("Undone") == 1
    assert marketer.post(f"/imports/{item.pk}/start/").status_code == 302
    item.refresh_from_db()
    assert item.state == ContactImport.State.QUEUED


# Who may


WRITES = (
    "/contacts/{0}/merge/",
    "/contacts/{0}/unmerge/",
    "/contacts/duplicates/look/",
    "/contacts/duplicates/{1}/dismiss/",
    "/contacts/duplicates/{1}/offer/",
    "/imports/{2}/undo/",
)


@pytest.mark.parametrize("path", WRITES)
def test_a_viewer_looks_but_changes_nothing(viewer: Client, ada, double, path):
    item = load("email\nnew@example.org\n")
    pair = Duplicate.objects.create(first_id=ada.pk, second_id=double.pk, reasons=[], found_at=ada.created_at)
    assert viewer.post(path.format(ada.pk, pair.pk, item.pk), {"with": double.pk}).status_code == 403
    assert Contact.objects.count() == 3
    page = text_of(viewer.get("/contacts/duplicates/"))
    assert "Not a duplicate" not in page
    assert "Undo this import" not in text_of(viewer.get(f"/imports/{item.pk}/"))
    assert viewer.get(f"/contacts/{ada.pk}/merge/").status_code == 403


@pytest.mark.parametrize("path", WRITES)
def test_a_form_from_elsewhere_changes_nothing(marketer: Client, ada, double, path):
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = marketer.cookies
    item = load("email\nnew@example.org\n")
    pair = Duplicate.objects.create(first_id=ada.pk, second_id=double.pk, reasons=[], found_at=ada.created_at)
    assert strict.post(path.format(ada.pk, pair.pk, item.pk), {"with": double.pk}).status_code == 403
    assert Contact.objects.count() == 3


@pytest.mark.parametrize("path", ["/contacts/duplicates/", "/contacts/1/merge/", "/imports/1/not-undone.csv"])
def test_strangers_are_asked_to_sign_in_first(client: Client, path):
    person("admin")
    assert client.get(path)["Location"].startswith("/accounts/login/")
