"""The contacts and the companies table: which columns, in which order, of whom, and that the address says all of it."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from contacts import saved_views
from contacts.models import Contact
from contacts.worth import bulk
from crmseg.access.models import User
from crmseg.common import clock
from crmseg.web import tables
from segments.models import Segment
from tests.factories import AttributeFactory, CompanyFactory, ContactFactory, EventFactory
from tests.test_web_lists_pages import static

pytestmark = pytest.mark.django_db
ITALIANS = {"all": [{"property": "country", "op": "is", "value": "IT"}]}


@pytest.fixture
def anna(client: Client) -> User:
    user = User.objects.create_user("anna@example.org", "correct horse battery", role="marketer", name="Anna")
    client.force_login(user)
    return user


def page(client: Client, query: str = "", path: str = "/contacts/") -> str:
    answer = client.get(f"{path}?{query}" if query else path)
    assert answer.status_code == 200, answer.status_code
    return answer.content.decode()


def headings(text: str) -> list[str]:
    return re.findall(r'data-column="([^"]+)"', text)


def names(text: str) -> list[str]:
    return re.findall(r'class="main-cell"><a [^>]*>([^<]+)</a>', text)


def test_the_address_chooses_columns_their_order_and_their_widths(client: Client, anna: User):
    AttributeFactory(key="plan", label="Plan")
    ContactFactory(first_name="Ada", attributes={"plan": "gold"}, company=CompanyFactory(name="Loom", industry="Media"))
    text = page(client, "columns=company.industry:333,attributes.plan,name:300,email")
    assert headings(text) == ["name", "company.industry", "attributes.plan", "email"]
    assert 'data-width="company.industry" width="333"' in text
    assert 'data-width="name" width="300"' in text
    assert "gold" in text
    assert "Media" in text


@pytest.mark.parametrize("columns", ["", "nonsense", ",,:", "name:x", "email:99999", "a" * 3000])
def test_columns_that_are_not_known_are_left_out(client: Client, anna: User, columns: str):
    ContactFactory()
    assert headings(page(client, f"columns={columns}"))[0] == "name"


def test_every_column_there_is_can_be_shown_and_sorted_by(client: Client, anna: User):
    AttributeFactory(key="score", type="number")
    AttributeFactory(key="tier", entity="company")
    ada = ContactFactory(
        first_name="Ada",
        birth_date="1990-05-01",
        budget="12.50",
        interests=["jazz"],
        attributes={"score": 7},
        latitude=1,
        longitude=2,
        company=CompanyFactory(name="Loom", attributes={"tier": "A"}),
    )
    static(ada)
    ContactFactory()
    known = re.findall(r'name="column" value="([^"]+)"', page(client, path="/tables/contacts/columns/"))
    assert {"attributes.score", "company.attributes.tier", "lists", "company.revenue", "age", "location"} <= set(known)
    for start in range(0, len(known), 30):
        some = known[start : start + 30]
        text = page(client, f"columns={','.join(some)}")
        assert set(headings(text)) == {"name", *some}
        for key in some:
            for sign in ("", "-"):
                assert len(names(page(client, f"sort={sign}{key}"))) == 2


def test_what_is_unknown_comes_last_whichever_way_and_on_whichever_page(client: Client, anna: User, monkeypatch):
    for name in ("B", None, "A", None, "C"):
        ContactFactory(last_name=name, email=None, external_id=f"x{name or Contact.objects.count()}")
    assert names(page(client, "sort=name")) == ["A", "B", "C", "x1", "x3"]
    assert names(page(client, "sort=-name"))[:3] == ["C", "B", "A"]
    monkeypatch.setattr(
        tables.Table.__init__, "__kwdefaults__", {**tables.Table.__init__.__kwdefaults__, "page_size": 2}
    )
    found = [names(page(client, f"sort=-name&page={number}")) for number in (1, 2, 3)]
    assert found == [["C", "B"], ["A", "x3"], ["x1"]]


def test_numbers_of_ones_own_are_sorted_as_numbers(client: Client, anna: User):
    AttributeFactory(key="score", type="number")
    for score in (9, 100, 20):
        ContactFactory(first_name=f"S{score}", attributes={"score": score})
    ContactFactory(first_name="Nothing")
    assert names(page(client, "sort=-attributes.score")) == ["S100", "S20", "S9", "Nothing"]


def test_pages_end_where_nobody_turns_them_and_say_so(client: Client, anna: User, monkeypatch):
    monkeypatch.setattr(tables, "MOST_ROWS", 100)
    for number in range(120):
        ContactFactory(first_name=f"N{number}")
    text = page(client, "page=2")
    assert "Pages end at row 100." in text
    assert 'rel="next"' not in text
    assert "51–100 of 120" in page(client, "page=900000000")


def test_counts_are_exact_up_to_the_limit(client: Client, anna: User, monkeypatch):
    monkeypatch.setattr("contacts.views.grid.NARROWED_COUNT", 60)
    for _ in range(70):
        ContactFactory(country="IT")
    assert "1–50 of 70" in page(client)
    assert "1–50 of more than 60" in page(client, "view=leads")
    assert "1–50 of 70" in page(client, f"filter={saved_views.keep_filter(ITALIANS)}")  # who is found is named already


@pytest.mark.parametrize(("few", "counted"), [(10, "1–2 of 2"), (1, "1–2 of more than 1")], ids=["named", "found"])
def test_the_members_of_a_list_are_shown_however_they_are_found(client, anna, monkeypatch, few: int, counted: str):
    monkeypatch.setattr("contacts.filters.FEW", few)
    ada, ben, _other = (ContactFactory(first_name=name, last_name="X") for name in ("Ada", "Ben", "Zoe"))
    listed = static(ada, ben, name="Chosen")
    text = page(client, f"segment={listed.pk}&sort=name")
    assert names(text) == ["Ada X", "Ben X"]
    assert counted in text


@pytest.mark.parametrize("few", [10, 1], ids=["named", "found"])
def test_who_a_filter_finds_is_shown_whatever_it_asks_and_however_many_they_are(client, anna, monkeypatch, few: int):
    monkeypatch.setattr("contacts.filters.FEW", few)
    for name, country, orders in (("Ada", "IT", 2), ("Ben", "IT", 1), ("Cleo", "FR", 0), ("Dan", "FR", 3)):
        contact = ContactFactory(first_name=name, country=country)
        for _ in range(orders):
            EventFactory(contact=contact, type__name="Order Completed")
    ordered = {"event": "Order Completed", "op": "gte", "value": 2, "window": {"last": 30, "unit": "day"}}
    asked = [ordered, ITALIANS, {"all": [ordered, ITALIANS]}, {"any": [ordered, ITALIANS]}, {"not": ordered}]
    found = [names(page(client, f"filter={saved_views.keep_filter(one)}&sort=name")) for one in asked]
    assert found == [["Ada", "Dan"], ["Ada", "Ben"], ["Ada"], ["Ada", "Ben", "Dan"], ["Ben", "Cleo"]]


def test_the_number_of_queries_does_not_grow_with_rows_columns_or_lists(client: Client, anna: User):
    columns = "columns=name,company,company.industry,lists,email,place,attributes.plan"
    AttributeFactory(key="plan")

    def add(count: int) -> int:
        for number in range(count):
            contact = ContactFactory(company=CompanyFactory(), attributes={"plan": "x"})
            static(contact, name=f"List {contact.pk} {number}")
        page(client, columns)
        with CaptureQueriesContext(
            connection,
        ) as asked:
            page(client, columns)
        return len(asked)

    few = add(2)
    assert add(20) == few


def test_a_filter_is_told_as_a_sentence_and_taken_off(client: Client, anna: User):
    ContactFactory(first_name="Ada", country="IT")
    ContactFactory(first_name="Bea", country="FR")
    token = saved_views.keep_filter(ITALIANS)
    text = page(client, f"filter={token}&q=a")
    assert names(text) == ["Ada"]
    assert "Country" in text.split('class="filter-chip"')[1][:400]
    assert 'aria-label="Remove the filter"' in text
    assert 'href="/contacts/?q=a"' in text


def test_what_is_shown_is_kept_as_a_list_of_the_same_people(client: Client, anna: User):
    from segments.engine import build

    ContactFactory(first_name="Ada", country="IT", lifecycle_stage="customer")
    ContactFactory(first_name="Adam", country="IT", lifecycle_stage="lead")
    ContactFactory(first_name="Adele", country="FR", lifecycle_stage="customer")
    token = saved_views.keep_filter(ITALIANS)
    query = f"view=customers&q=ad&filter={token}"
    client.post("/lists/from-table/", {"name": "Italian customers", "query": query})
    while build.run_waiting():
        pass
    made = Segment.objects.get(name="Italian customers")
    assert names(page(client, f"segment={made.pk}")) == names(page(client, query)) == ["Ada"]


def test_a_list_of_everyone_is_not_made_by_chance(client: Client, anna: User):
    answer = client.post("/lists/from-table/", {"name": "All", "query": ""}, follow=True)
    assert "this would be a list of everyone" in answer.content.decode()
    assert not Segment.objects.exists()


def test_companies_tell_what_their_people_add_up_to(client: Client, anna: User):
    loom = CompanyFactory(name="Loom")
    ada = ContactFactory(company=loom, lifecycle_stage="customer")
    ContactFactory(company=loom, lifecycle_stage="lead")
    for amount, currency in ((4990, "USD"), (1010, "USD"), (900, "EUR")):
        EventFactory(contact=ada, type__name="Order Completed", amount=amount, currency=currency)
    EventFactory(contact=ada, type__name="Order Refunded", amount=500, currency="USD")
    EventFactory(contact=ada, type__name="Subscription Renewed", amount=5000, currency="USD")
    bulk.renew()
    text = page(client, path="/companies/")
    row = text.split("Loom</a>")[1].split("</tr>")[0]
    assert re.findall(r">([^<>]+)</td>", row)[-3:] == ["2", "1", "$55.00"]


def test_companies_are_sorted_by_how_many_people_they_have(client: Client, anna: User, monkeypatch):
    for name, people in (("Mid", 2), ("None", 0), ("Big", 3), ("Small", 1), ("Empty", 0)):
        company = CompanyFactory(name=name)
        for _ in range(people):
            ContactFactory(company=company)
    assert names(page(client, "sort=-contacts", "/companies/")) == ["Big", "Mid", "Small", "Empty", "None"]
    assert names(page(client, "sort=contacts", "/companies/")) == ["None", "Empty", "Small", "Mid", "Big"]
    assert names(page(client, "sort=-contacts&q=m", "/companies/")) == ["Mid", "Small", "Empty"]
    small_pages = {**tables.Table.__init__.__kwdefaults__, "page_size": 2}
    monkeypatch.setattr(tables.Table.__init__, "__kwdefaults__", small_pages)
    found = [names(page(client, f"sort=-contacts&page={number}", "/companies/")) for number in (1, 2, 3)]
    assert found == [["Big", "Mid"], ["Small", "Empty"], ["None"]]


def test_the_queries_of_the_companies_table_do_not_grow_with_rows(client: Client, anna: User):
    def add(count: int) -> int:
        for _ in range(count):
            EventFactory(contact=ContactFactory(company=CompanyFactory()), occurred_at=clock.now() - timedelta(days=1))
        page(client, path="/companies/")
        with CaptureQueriesContext(connection) as asked:
            page(client, path="/companies/")
        return len(asked)

    few = add(2)
    assert add(20) == few


def test_everyone_selects_rows_and_the_bar_knows_whom_all_means(client: Client, anna: User):
    ada = ContactFactory(first_name="Ada")
    text = page(client, "q=ada&sort=name&columns=name,email&page=1")
    assert f'data-select value="{ada.pk}"' in text
    assert 'data-query="q=ada"' in text
