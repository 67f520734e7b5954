"""Two companies that are one: their people come together, gaps are filled, and lists follow."""

from __future__ import annotations

import pytest
from django.test import Client

from contacts import services
from contacts.models import Company
from crmseg.access.models import ApiKey, AuditEntry
from crmseg.common.actor import SYSTEM
from segments import services as lists
from segments.engine import build, drain
from tests.built import members

from .factories import AttributeFactory, CompanyFactory, ContactFactory
from .test_web_contacts_pages import person, text_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def acme() -> Company:
    return CompanyFactory(name="Acme", domain="acme.example", city="London")


@pytest.fixture
def twin() -> Company:
    return CompanyFactory(name="Acme", domain="www.acme.example", city="Leeds", industry="Retail", employees=12)


@pytest.fixture
def marketer(client: Client) -> Client:
    client.force_login(person("marketer"))
    return client


def test_people_move_gaps_are_filled_and_what_is_known_stays(acme, twin):
    ada, bob = ContactFactory(company=acme), ContactFactory(company=twin)
    merged = services.merge_companies(acme.pk, twin.pk, actor=SYSTEM)
    merged.refresh_from_db()
    assert (merged.domain, merged.city, merged.industry, merged.employees) == ("acme.example", "London", "Retail", 12)
    assert set(merged.contacts.all()) == {ada, bob}
    assert not Company.objects.filter(pk=twin.pk).exists()
    entry = AuditEntry.objects.get(action="merged")
    assert (entry.object_id, entry.changes["contact"], entry.changes["industry"]) == (str(acme.pk), 1, "Retail")


def test_what_is_taken_comes_from_the_other_its_domain_and_own_attributes_too(acme, twin):
    for key in ("tier", "region_code"):
        AttributeFactory(key=key, entity="company", type="text")
    services.update_company(acme.pk, data={"attributes": {"tier": "gold"}}, actor=SYSTEM)
    services.update_company(twin.pk, data={"attributes": {"tier": "silver", "region_code": "N"}}, actor=SYSTEM)
    merged = services.merge_companies(acme.pk, twin.pk, take=["domain", "tier"], actor=SYSTEM)
    merged.refresh_from_db()
    assert (merged.domain, merged.city) == ("www.acme.example", "London")
    assert merged.attributes == {"tier": "silver", "region_code": "N"}


def test_lists_follow_whoever_moved(acme, twin):
    ContactFactory(company=acme)
    bob = ContactFactory(company=twin)
    rule = {"property": "company.city", "op": "is", "value": "Leeds"}
    made = lists.create_segment(name="Leeds", kind="active", definition=rule, actor=SYSTEM)
    while build.run_waiting():
        pass
    assert members(made) == {bob.pk}
    services.merge_companies(acme.pk, twin.pk, actor=SYSTEM)
    while drain.drain():
        pass
    assert members(made) == set()


def test_the_page_offers_the_twin_compares_and_merges(marketer: Client, acme, twin):
    bob = ContactFactory(company=twin, first_name="Bob")
    assert f"/companies/{acme.pk}/merge/?with={twin.pk}" in text_of(marketer.get(f"/companies/{acme.pk}/"))
    address = f"/companies/{acme.pk}/merge/"
    assert f"?with={twin.pk}" in text_of(marketer.get(address))
    assert "No company matches" in text_of(marketer.get(address, {"q": "Nothing like it"}))
    page = text_of(marketer.get(address, {"with": twin.pk}))
    assert 'name="take-city"' in page
    assert "not known, so it is filled" in page
    assert "cannot be undone" in page
    answer = marketer.post(address, {"with": twin.pk, "take-city": "other"}, follow=True)
    assert "Acme is part of Acme now." in text_of(answer)
    acme.refresh_from_db()
    bob.refresh_from_db()
    assert (acme.city, bob.company_id) == ("Leeds", acme.pk)


@pytest.mark.parametrize("written", ["nobody", "999999999", "99999999999999999999"])
def test_another_that_is_not_there_is_said(marketer: Client, acme, written: str):
    answer = marketer.get(f"/companies/{acme.pk}/merge/", {"with": written})
    assert answer.status_code == 404
    assert "That company is not there any more" in answer.content.decode()


def test_a_company_is_not_merged_with_itself_nor_by_those_who_only_look(client: Client, acme, twin):
    client.force_login(person("sales"))
    assert "Merge with another" not in text_of(client.get(f"/companies/{acme.pk}/"))
    assert client.post(f"/companies/{acme.pk}/merge/", {"with": twin.pk}).status_code == 403
    client.force_login(person("marketer"))
    assert client.post(f"/companies/{acme.pk}/merge/", {"with": acme.pk}).status_code == 404
    assert Company.objects.count() == 2


def test_programs_merge_companies_too(client: Client, acme, twin):
    _key, secret = ApiKey.objects.create_key(name="full", scope="full")
    headers = {"Authorization": f"Bearer {secret}"}

    def merge(pk: int, sent: object):
        return client.post(f"/api/v1/companies/{pk}/merge/", sent, content_type="application/json", headers=headers)

    for sent, pointer in (
        ({}, "/with"),
        ({"with": "x"}, "/with"),
        ({"with": acme.pk}, "/with"),
        ({"with": 10**9}, "/with"),
        ({"with": twin.pk, "take": ["ctiy"]}, "/take/0"),
        ({"with": twin.pk, "wiht": 1}, "/wiht"),
    ):
        refused = merge(acme.pk, sent)
        assert (refused.status_code, refused.json()["problems"][0]["pointer"]) == (400, pointer)
    assert merge(10**9, {"with": twin.pk}).status_code == 404
    done = merge(acme.pk, {"with": twin.pk, "take": ["city"]})
    assert (done.status_code, done.json()["city"], done.json()["industry"]) == (200, "Leeds", "Retail")
