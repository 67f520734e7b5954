"""The pages of people and companies: who may do what, what they show, and that problems stand at their field."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from contacts.models import AttributeDefinition, Company, Consent, Contact
from crmseg.access.models import User
from crmseg.common import clock
from tests.factories import AttributeFactory, CompanyFactory, ConsentFactory, ContactFactory, EventFactory

pytestmark = pytest.mark.django_db
HOSTILE = "<script>alert('x')</script>"
HTMX = {"HX-Request": "true"}


def person(role: str) -> User:
    return User.objects.create_user(f"{role}@example.org", "correct horse battery", role=role, name=role.title())


@pytest.fixture
def marketer(client: Client) -> Client:
    client.force_login(person("marketer"))
    return client


@pytest.fixture
def viewer(client: Client) -> Client:
    client.force_login(person("viewer"))
    return client


def text_of(answer) -> str:
    assert answer.status_code == 200, answer.status_code
    return answer.content.decode()


@pytest.mark.parametrize("path", ["/contacts/", "/companies/", "/imports/", "/contacts/new/", "/companies/new/"])
def test_pages_answer_on_an_empty_database(marketer: Client, path: str):
    text_of(marketer.get(path))


@pytest.mark.parametrize("path", ["/contacts/", "/companies/", "/contacts/1/", "/contacts/export/", "/imports/"])
def test_strangers_are_asked_to_sign_in(client: Client, path: str):
    person("admin")
    assert client.get(path)["Location"].startswith("/accounts/login/")


def test_the_table_shows_hostile_names_as_text(marketer: Client):
    ContactFactory(first_name=HOSTILE, company=CompanyFactory(name="<b>Bold</b>"))
    text = text_of(marketer.get("/contacts/"))
    assert "<script>alert" not in text
    assert "&lt;script&gt;" in text
    assert "<b>Bold" not in text


def test_leads_and_customers_have_their_own_views(marketer: Client):
    ContactFactory(first_name="Buyer", lifecycle_stage="customer")
    ContactFactory(first_name="Asker", lifecycle_stage="lead")
    customers = text_of(marketer.get("/contacts/?view=customers"))
    leads = text_of(marketer.get("/contacts/?view=leads"))
    assert ("Buyer" in customers, "Asker" in customers) == (True, False)
    assert ("Buyer" in leads, "Asker" in leads) == (False, True)


def test_the_quick_search_narrows_and_offers_a_way_back(marketer: Client):
    ContactFactory(first_name="Grace")
    ContactFactory(first_name="Alan")
    text = text_of(marketer.get("/contacts/?q=grac"))
    assert "Grace" in text
    assert "Alan" not in text
    assert "Show all contacts" in text_of(marketer.get("/contacts/?q=nobody"))


def test_the_number_of_queries_does_not_grow_with_the_rows(marketer: Client, django_assert_max_num_queries):
    for number in range(30):
        ContactFactory(company=CompanyFactory(name=f"Company {number}"))
    marketer.get("/contacts/")
    with django_assert_max_num_queries(12):
        text_of(marketer.get("/contacts/"))


def test_a_filter_that_names_no_list_is_refused_in_a_sentence(marketer: Client):
    answer = marketer.get("/contacts/?segment=nonsense")
    assert answer.status_code == 400
    assert "There is no such list." in answer.content.decode()


def test_the_export_holds_what_the_table_shows(marketer: Client):
    ContactFactory(first_name="Grace", email="grace@example.org", lifecycle_stage="customer")
    ContactFactory(first_name="Alan", lifecycle_stage="lead")
    answer = marketer.get("/contacts/export/?view=customers")
    lines = b"".join(answer.streaming_content).decode().splitlines()
    assert answer["Content-Disposition"].startswith('attachment; filename="contacts-')
    assert len(lines) == 2
    assert "grace@example.org" in lines[1]


def test_a_new_contact_is_made_with_company_and_consent(marketer: Client):
    answer = marketer.post(
        "/contacts/new/",
        {
            "first_name": "Ada",
            "email": "Ada@Example.org",
            "company": "analytical.example",
            "consent": "subscribed",
            "method": "on paper",
        },
    )
    ada = Contact.objects.get()
    assert answer["Location"] == f"/contacts/{ada.pk}/"
    assert (ada.company and ada.company.domain) == "analytical.example"
    assert Consent.objects.values_list("status", "method").get() == ("subscribed", "on paper")


def test_problems_of_a_new_contact_stand_at_their_fields(marketer: Client):
    answer = marketer.post("/contacts/new/", {"email": "not an address", "consent": "subscribed"})
    text = answer.content.decode()
    assert answer.status_code == 400
    assert "Say how the answer was given" in text
    answer = marketer.post("/contacts/new/", {"email": "not an address"})
    assert 'aria-describedby="id_email_problem"' in answer.content.decode()
    assert not Contact.objects.exists()


def test_a_contact_page_shows_who_she_is_and_what_she_did(marketer: Client):
    ada = ContactFactory(first_name="Ada", last_name=HOSTILE, company=CompanyFactory(name="Analytical"))
    ContactFactory(first_name="Colleague", company=ada.company)
    ConsentFactory(contact=ada, method="by phone")
    AttributeFactory(key="plan", label="Plan")
    EventFactory(contact=ada, properties={"topic": HOSTILE, "list": [1, {"a": None}]}, amount=1999, currency="EUR")
    text = text_of(marketer.get(f"/contacts/{ada.pk}/"))
    for shown in ("Analytical", "Colleague", "by phone", "Plan", "Order Completed", "€19.99"):
        assert shown in text
    assert "<script>alert" not in text


def test_a_contact_that_is_not_there_is_not_found(marketer: Client):
    assert marketer.get("/contacts/999999/").status_code == 404
    assert marketer.post("/contacts/999999/delete/").status_code == 404


def test_the_timeline_goes_on_where_it_stopped(marketer: Client):
    ada = ContactFactory()
    for number in range(40):
        EventFactory(contact=ada, occurred_at=clock.now() - timedelta(hours=number), properties={"number": number})
    first = marketer.get(f"/contacts/{ada.pk}/timeline/", {"kind": "event"})
    more = first.context["timeline"].more
    second = marketer.get(f"/contacts/{ada.pk}/timeline/", {"kind": "event", "before": more})
    numbers = [row.details["number"] for page in (first, second) for row in page.context["timeline"].rows]
    assert numbers == list(range(40))
    assert second.context["timeline"].more == ""
    assert marketer.get(f"/contacts/{ada.pk}/timeline/", {"before": "nonsense"}).status_code == 400


FACTS = [
    ("first_name", {"value": " Grace "}, "Grace"),
    ("birth_date", {"value": "1906-12-09"}, "Dec 9, 1906"),
    ("budget", {"value": "1200.5"}, "$1,200.50"),
    ("interests", {"value": "compilers, ships ,"}, "compilers"),
    ("location", {"lat": "42.36", "lon": "-71.06"}, "42.36, -71.06"),
    ("lifecycle_stage", {"value": "opportunity"}, "Opportunity"),
    ("plan", {"value": "pro"}, "pro"),
    ("topics", {"value": ["art", "music"]}, "music"),
    ("vip", {"value": "true"}, "yes"),
    ("score", {"value": "7.5"}, "7.5"),
    ("seen", {"value": "2026-01-31T09:30:00"}, "2026"),
]


@pytest.mark.parametrize(("key", "sent", "shown"), FACTS, ids=[fact[0] for fact in FACTS])
def test_every_kind_of_attribute_is_changed_in_place(marketer: Client, key: str, sent: dict, shown: str):
    for name, kind, options in [
        ("plan", "enum", ["free", "pro"]),
        ("topics", "multi_enum", ["art", "music"]),
        ("vip", "boolean", []),
        ("score", "number", []),
        ("seen", "datetime", []),
    ]:
        AttributeFactory(key=name, type=kind, options=options)
    address = f"/contacts/{ContactFactory().pk}/facts/{key}/"
    assert "<form" in text_of(marketer.get(address, headers=HTMX))
    changed = text_of(marketer.post(address, sent, headers=HTMX))
    assert shown in changed
    assert "<form" not in changed
    assert "–" in text_of(marketer.post(address, {}, headers=HTMX))


@pytest.mark.parametrize(
    ("key", "value"), [("email", "nonsense"), ("birth_date", "31/12/1990"), ("budget", "much"), ("score", "NaN")]
)
def test_a_wrong_value_is_explained_at_its_control(marketer: Client, key: str, value: str):
    AttributeFactory(key="score", type="number")
    answer = marketer.post(f"/contacts/{ContactFactory().pk}/facts/{key}/", {"value": value}, headers=HTMX)
    text = answer.content.decode()
    assert answer.status_code == 400
    assert 'aria-invalid="true"' in text
    assert f'value="{value}"' in text


def test_what_is_derived_or_unknown_cannot_be_changed(marketer: Client):
    ada = ContactFactory()
    for key in ("age", "created_at", "no_such_attribute"):
        assert marketer.post(f"/contacts/{ada.pk}/facts/{key}/", {"value": "1"}).status_code == 404


def test_a_company_is_set_changed_and_taken_away(marketer: Client):
    ada = ContactFactory()
    address = f"/contacts/{ada.pk}/company/"
    assert "analytical.example" in text_of(marketer.post(address, {"company": "analytical.example"}, headers=HTMX))
    ada.refresh_from_db()
    assert ada.company == Company.objects.get()
    marketer.post(address, {"company": ""}, headers=HTMX)
    ada.refresh_from_db()
    assert ada.company is None


def test_a_consent_is_recorded_with_how_it_was_given(marketer: Client):
    ada = ContactFactory()
    address = f"/contacts/{ada.pk}/consent/"
    without = marketer.post(address, {"channel": "email", "status": "subscribed"}, headers=HTMX)
    assert without.status_code == 400
    assert not Consent.objects.exists()
    marketer.post(address, {"channel": "email", "status": "subscribed", "method": "by phone"}, headers=HTMX)
    assert Consent.objects.values_list("status", "method").get() == ("subscribed", "by phone")


def test_deleting_a_contact_says_so_and_returns_to_the_table(marketer: Client):
    ada = ContactFactory(first_name="Ada")
    answer = marketer.post(f"/contacts/{ada.pk}/delete/", follow=True)
    assert "Ada was deleted." in answer.content.decode()
    assert not Contact.objects.exists()


def test_a_company_is_made_edited_and_deleted(marketer: Client):
    marketer.post("/companies/new/", {"name": "Analytical", "employees": "12"})
    company = Company.objects.get()
    ada = ContactFactory(company=company)
    assert "Analytical" in text_of(marketer.get(f"/companies/{company.pk}/"))
    marketer.post(f"/companies/{company.pk}/edit/", {"name": "Analytical & Sons", "employees": "", "city": "London"})
    company.refresh_from_db()
    assert (company.name, company.employees, company.city) == ("Analytical & Sons", None, "London")
    assert marketer.post(f"/companies/{company.pk}/edit/", {"name": ""}).status_code == 400
    marketer.post(f"/companies/{company.pk}/delete/")
    ada.refresh_from_db()
    assert ada.company is None


WRITES = [
    "/contacts/new/",
    "/contacts/{id}/delete/",
    "/contacts/{id}/facts/city/",
    "/contacts/{id}/consent/",
    "/contacts/{id}/company/",
    "/companies/new/",
    "/companies/{company}/edit/",
    "/companies/{company}/delete/",
    "/imports/new/",
]


@pytest.mark.parametrize("path", WRITES)
def test_viewers_read_and_do_not_write(viewer: Client, path: str):
    ada = ContactFactory(city="London", company=CompanyFactory())
    answer = viewer.post(path.format(id=ada.pk, company=ada.company_id), {"value": "Rome"})
    assert answer.status_code == 403
    ada.refresh_from_db()
    assert ada.city == "London"
    shown = text_of(viewer.get(f"/contacts/{ada.pk}/"))
    assert 'class="fact-value"' not in shown
    assert "delete-contact" not in shown


def test_an_attribute_of_a_page_keeps_its_own_name(marketer: Client):
    AttributeDefinition.objects.create(key="odd key/with: signs", label=HOSTILE, type="text")
    ada = ContactFactory(attributes={"odd key/with: signs": "kept"})
    text = text_of(marketer.get(f"/contacts/{ada.pk}/"))
    assert "kept" in text
    assert "<script>alert" not in text


def test_the_timeline_names_companies(marketer: Client):
    ada = ContactFactory(company=CompanyFactory(name="Bletchley"))
    marketer.post(f"/contacts/{ada.pk}/company/", {"company": "Analytical"}, headers=HTMX)
    rows = marketer.get(f"/contacts/{ada.pk}/timeline/").context["timeline"].rows
    change = next(row.changes[0] for row in rows if row.title == "Company")
    assert (change.old, change.new) == ("Bletchley", "Analytical")
