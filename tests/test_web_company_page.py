"""A company's page: its facts in place with their past, its people and what they add up to, and what happened."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from contacts import services
from contacts.models import Company
from crmseg.access import account
from crmseg.common import clock
from crmseg.common.actor import Actor
from segments import services as lists

from .factories import AttributeFactory, CompanyFactory, ContactFactory, EventFactory
from .test_web_contacts_pages import HOSTILE, HTMX, person, text_of

pytestmark = pytest.mark.django_db
BY = Actor("user", "Grace")


@pytest.fixture
def acme() -> Company:
    return CompanyFactory(name="Acme", domain="acme.example", city="London")


@pytest.fixture
def marketer(client: Client) -> Client:
    client.force_login(person("marketer"))
    return client


@pytest.mark.parametrize(
    ("key", "sent", "shown"),
    [
        ("employees", "1200", "1,200"),
        ("revenue", "5000.5", "$5,000.50"),
        ("city", "Rome", "Rome"),
        ("tier", "gold", "gold"),
    ],
)
def test_its_facts_are_changed_in_place_its_own_attributes_too(marketer: Client, acme, key: str, sent: str, shown: str):
    AttributeFactory(key="tier", label="Tier", entity="company", type="enum", options=["gold", "silver"])
    address = f"/companies/{acme.pk}/facts/{key}/"
    assert "<form" in text_of(marketer.get(address, headers=HTMX))
    assert shown in text_of(marketer.post(address, {"value": sent}, headers=HTMX))
    assert shown in text_of(marketer.get(f"/companies/{acme.pk}/"))
    assert "<form" not in text_of(marketer.post(address, {"value": ""}, headers=HTMX))


def test_a_wrong_fact_is_explained_at_its_control(marketer: Client, acme):
    answer = marketer.post(f"/companies/{acme.pk}/facts/employees/", {"value": "many"}, headers=HTMX)
    assert answer.status_code == 400
    assert 'value="many"' in answer.content.decode()
    CompanyFactory(domain="taken.example")
    answer = marketer.post(f"/companies/{acme.pk}/facts/domain/", {"value": "taken.example"}, headers=HTMX)
    assert "Another company has this domain." in answer.content.decode()


def test_the_past_of_a_fact_is_opened_beside_it(marketer: Client, acme):
    services.update_company(acme.pk, data={"city": "Rome"}, actor=Actor("key", "Shop"))
    assert f"/companies/{acme.pk}/history/city/" in text_of(marketer.get(f"/companies/{acme.pk}/"))
    past = text_of(marketer.get(f"/companies/{acme.pk}/history/city/", headers=HTMX))
    assert "<del>London</del> → <ins>Rome</ins>" in past
    assert "API key Shop" in past


def test_a_fact_that_somebody_else_changed_meanwhile_is_not_overwritten(marketer: Client, acme):
    address = f"/companies/{acme.pk}/facts/city/"
    seen = marketer.get(address, headers=HTMX).context["seen"]
    services.update_company(acme.pk, data={"city": "Paris"}, actor=BY)
    refused = marketer.post(address, {"value": "Rome", "seen": seen}, headers=HTMX)
    assert refused.status_code == 409
    assert "Paris" in refused.content.decode()


def test_the_form_shows_the_difference_instead_of_overwriting(marketer: Client, acme):
    address = f"/companies/{acme.pk}/edit/"
    seen = marketer.get(address).context["seen"]
    services.update_company(acme.pk, data={"city": "Paris"}, actor=BY)
    typed = {"name": "Acme", "domain": "acme.example", "city": "Rome", "industry": "Tools"}
    refused = marketer.post(address, typed | {"seen": seen})
    text = refused.content.decode()
    assert refused.status_code == 409
    for shown in ("Paris", "Rome", "Grace", "Keep mine", "Tools"):
        assert shown in text
    acme.refresh_from_db()
    assert (acme.city, acme.industry) == ("Paris", None)
    kept = marketer.post(address, typed | {"seen": seen, "keep": refused.context["changed"].seen})
    assert kept.status_code == 302
    acme.refresh_from_db()
    assert (acme.city, acme.industry) == ("Rome", "Tools")


def test_its_people_add_up(marketer: Client, acme):
    buyer = ContactFactory(company=acme, lifecycle_stage="customer", first_name="Ann")
    ContactFactory(company=acme, lifecycle_stage="lead")
    ContactFactory(company=CompanyFactory(), lifecycle_stage="customer")
    last = clock.now() - timedelta(days=2)
    EventFactory(contact=buyer, amount=1999, currency="USD", occurred_at=last)
    EventFactory(contact=buyer, amount=500, currency="EUR", occurred_at=last - timedelta(days=9))
    EventFactory(contact=buyer, type__name="Page Viewed", amount=99999, currency="USD")
    static = lists.create_segment(name="Friends", kind="static", actor=BY)
    lists.add_members(static.pk, [buyer.pk], actor=BY, cause="manual")
    answer = marketer.get(f"/companies/{acme.pk}/")
    sums = answer.context["sums"]
    assert (sums.people, sums.customers, sums.leads, sums.orders, sums.last_order) == (2, 1, 1, 2, last)
    text = text_of(answer)
    for shown in ("$19.99", "€5.00", "2 orders", "Friends", "1 person"):
        assert shown in text


def test_a_large_company_is_added_up_after_the_page_is_shown(marketer: Client, acme, monkeypatch):
    monkeypatch.setattr("contacts.views.company.FEW", 2)
    ContactFactory.create_batch(3, company=acme)
    answer = marketer.get(f"/companies/{acme.pk}/")
    assert "sums" not in answer.context
    assert f'hx-get="/companies/{acme.pk}/sums/"' in text_of(answer)
    assert marketer.get(f"/companies/{acme.pk}/sums/").context["sums"].people == 3


def test_its_people_are_sorted_and_paged_without_asking_for_the_rest(marketer: Client, acme):
    for number in range(25):
        ContactFactory(company=acme, first_name=f"P{number:02}", last_name="Lee")
    text = text_of(marketer.get(f"/companies/{acme.pk}/?sort=-name"))
    assert text.index("P24 Lee") < text.index("P10 Lee")
    part = marketer.get(f"/companies/{acme.pk}/?page=2", headers=HTMX | {"HX-Target": "people-table"})
    assert "21–25 of 25" in text_of(part)
    assert "timeline" not in part.context


def test_its_timeline_tells_whose_doing_it_was(marketer: Client, acme):
    ann = ContactFactory(company=acme, first_name="Ann")
    EventFactory(contact=ann, properties={"what": HOSTILE})
    services.add_note(ann.pk, text="Wants a demo.", actor=BY)
    services.update_company(acme.pk, data={"city": "Rome", "employees": 7}, actor=BY)
    rows = marketer.get(f"/companies/{acme.pk}/timeline/").context["timeline"].rows
    assert [(row.kind, row.person) for row in rows] == [("attribute", None), ("note", ann), ("event", ann)]
    assert rows[0].title == "2 attributes changed"
    for kind, title in (("event", "Order Completed"), ("note", "Note"), ("attribute", "2 attributes changed")):
        answer = marketer.get(f"/companies/{acme.pk}/timeline/", {"kind": kind}, headers=HTMX)
        assert [row.title for row in answer.context["timeline"].rows] == [title]
        assert answer["HX-Push-Url"] == f"/companies/{acme.pk}/?kind={kind}"
    assert "<script>alert" not in text_of(marketer.get(f"/companies/{acme.pk}/"))


def test_companies_that_may_be_the_same_are_pointed_out(marketer: Client, acme):
    CompanyFactory(name="ACME")
    CompanyFactory(name="Acme Shop", domain="www.acme.example")
    CompanyFactory(name="Acme Tools")
    assert [str(one) for one in marketer.get(f"/companies/{acme.pk}/").context["lookalikes"]] == ["ACME", "Acme Shop"]
    assert "Maybe the same company" not in text_of(marketer.get(f"/companies/{CompanyFactory(name='Solo').pk}/"))


@pytest.mark.parametrize("role", ["viewer", "service", "sales"])
def test_only_marketers_change_a_company(client: Client, acme, role: str):
    client.force_login(person(role))
    text = text_of(client.get(f"/companies/{acme.pk}/"))
    assert 'class="fact-value"' not in text
    assert "delete-company" not in text
    for path in ("facts/city/", "edit/", "delete/"):
        assert client.post(f"/companies/{acme.pk}/{path}", {"value": "x"}).status_code == 403


def test_the_number_of_queries_does_not_grow_with_its_people(marketer: Client, acme, django_assert_max_num_queries):
    def queries() -> int:
        account.current()
        with django_assert_max_num_queries(40) as asked:
            text_of(marketer.get(f"/companies/{acme.pk}/"))
        return len(asked)

    def grow(people: int) -> None:
        for contact in ContactFactory.create_batch(people, company=acme):
            EventFactory(contact=contact)
            services.add_note(contact.pk, text="x", actor=BY)

    grow(2)
    queries()
    few = queries()
    grow(10)
    assert queries() <= few
