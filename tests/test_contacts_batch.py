"""Thousands of contacts in one request: who is created, who is changed, who is refused and why."""

from __future__ import annotations

import threading

import pytest
from django.db import connection

from contacts import services
from contacts.models import AttributeHistory, Contact, ContactChange
from crmseg.common.actor import Actor

from .factories import AttributeFactory, CompanyFactory, ContactFactory

BY = Actor("key", "shop")


def upsert(*rows: object, **options: object):
    return services.upsert_contacts(rows, actor=BY, **options)


def counts(result) -> tuple[int, int, int]:
    return result.created, result.updated, result.unchanged


def pointers(result) -> list[str]:
    return [problem.pointer for problem in result.problems]


@pytest.mark.django_db
def test_new_ones_are_created_known_ones_changed_and_the_same_left_alone():
    AttributeFactory(key="score", type="number")
    ContactFactory(email="Ada@example.org", city="Rome", attributes={"score": 1})
    ContactFactory(external_id="7", email="bob@example.org", city="Rome", attributes={"score": 2})
    ContactChange.objects.all().delete()
    result = upsert(
        {"email": "ada@EXAMPLE.org", "city": "Milan", "attributes": {"score": 1.5}},
        {"external_id": "7", "city": "Rome", "attributes": {"score": 2.0}},
        {"email": "cy@example.org", "interests": ["maths"], "location": {"lat": 1, "lon": 2}},
    )
    assert counts(result) == (1, 1, 1)
    assert result.problems == []
    assert Contact.objects.get(email__iexact="ada@example.org").city == "Milan"
    assert sorted(map(sorted, ContactChange.objects.values_list("keys", flat=True)), key=len) == [
        ["*"],
        ["attribute:city", "attribute:email", "attribute:score", "attribute:updated_at"],
    ]
    assert AttributeHistory.objects.get(key="city").actor == "key:shop"
    assert len(result.contact_ids) == 3


@pytest.mark.django_db
def test_keys_that_are_not_given_stay_and_null_clears():
    ContactFactory(external_id="7", city="Rome", country="IT", interests=["maths"])
    upsert({"external_id": "7", "country": None, "interests": []}, {"external_id": "8", "city": "Oslo"})
    contact = Contact.objects.get(external_id="7")
    assert (contact.city, contact.country, contact.interests) == ("Rome", None, None)


@pytest.mark.django_db
def test_good_rows_land_and_bad_ones_are_reported_in_order():
    result = upsert(
        {"email": "ada@example.org"},
        {"email": "nonsense", "country": "Atlantis"},
        {"city": "Rome"},
        "ada",
        {"email": "bob@example.org", "company": 10**12},
        {"email": "cy@example.org"},
    )
    assert counts(result) == (2, 0, 0)
    assert pointers(result) == [
        "/contacts/1/country",
        "/contacts/1/email",
        "/contacts/2",
        "/contacts/3",
        "/contacts/4/company",
    ]


@pytest.mark.django_db
def test_rows_about_one_person_merge_and_the_last_wins_field_by_field():
    result = upsert(
        {"email": "ada@example.org", "city": "Rome", "country": "IT"},
        {"email": "ADA@example.org", "external_id": "7"},
        {"external_id": "7", "city": "Milan"},
    )
    assert counts(result) == (1, 0, 0)
    contact = Contact.objects.get()
    assert (contact.external_id, contact.city, contact.country) == ("7", "Milan", "IT")


@pytest.mark.django_db
def test_a_row_that_names_two_people_is_a_problem():
    ContactFactory(external_id="7", email="ada@example.org")
    ContactFactory(external_id="8", email="bob@example.org")
    result = upsert(
        {"external_id": "7", "email": "bob@example.org"},
        {"external_id": "9", "email": "bob@example.org"},
        {"external_id": "7", "email": "new@example.org"},
    )
    assert pointers(result) == ["/contacts/0/email", "/contacts/1/external_id"]
    assert counts(result) == (0, 1, 0)
    assert Contact.objects.get(external_id="7").email == "new@example.org"


@pytest.mark.django_db
def test_a_contact_without_external_id_gets_one_by_its_address():
    ada = ContactFactory(email="ada@example.org")
    assert counts(upsert({"external_id": "7", "email": "Ada@example.org"})) == (0, 1, 0)
    ada.refresh_from_db()
    assert ada.external_id == "7"


@pytest.mark.django_db
def test_matching_by_address_alone_may_rename():
    ada = ContactFactory(email="ada@example.org", external_id="7")
    ContactFactory(external_id="8")
    result = upsert(
        {"external_id": "70", "email": "ada@example.org"},
        {"external_id": "8", "email": "ada@example.org"},
        match=("email",),
    )
    assert pointers(result) == ["/contacts/1/external_id"]
    ada.refresh_from_db()
    assert ada.external_id == "70"


@pytest.mark.django_db
def test_companies_and_consents_come_with_the_rows():
    acme = CompanyFactory(domain="acme.example")
    ada = ContactFactory(email="ada@example.org")
    result = upsert(
        {"email": "ada@example.org", "consent": {"email": "subscribed"}},
        {"email": "bob@acme.example", "company": {"name": "Globex"}},
        {"email": "cy@acme.example"},
        {"email": "dee@gmail.com"},
        match_company=True,
    )
    assert counts(result) == (3, 1, 0)
    assert ada.consents.get().status == "subscribed"
    homes = dict(Contact.objects.values_list("email", "company__name"))
    assert homes["bob@acme.example"] == "Globex"
    assert homes["cy@acme.example"] == acme.name
    assert homes["dee@gmail.com"] is None


@pytest.mark.django_db
def test_addresses_beyond_ascii_are_found_again():
    upsert({"email": "JÜRGEN@münchen.example"})
    assert counts(upsert({"email": "jürgen@münchen.example", "city": "Rome"})) == (0, 1, 0)


@pytest.mark.django_db(transaction=True)
def test_writers_of_the_same_new_people_at_once_all_succeed():
    rows = [{"email": f"new{n}@example.org", "external_id": str(n)} for n in range(200)]
    results, failures = [], []
    barrier = threading.Barrier(4)

    def write(order: int) -> None:
        try:
            barrier.wait()
            results.append(services.upsert_contacts(rows[::order], actor=BY))
        except BaseException as error:
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=write, args=(order,)) for order in (1, -1, 1, -1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert sum(result.created for result in results) == 200
    assert Contact.objects.count() == 200
