"""Views and columns that people keep: whose they are, who may change them, and what a table opens with."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from contacts import saved_views
from contacts.models import SavedView, TableHabit
from crmseg.access.models import AuditEntry, User
from crmseg.common.problems import Conflict, InvalidInput
from tests.factories import CompanyFactory, ContactFactory

pytestmark = pytest.mark.django_db


def person(name: str, role: str = "marketer") -> User:
    return User.objects.create_user(f"{name}@example.org", "correct horse battery", role=role, name=name.title())


@pytest.fixture
def anna(client: Client) -> User:
    user = person("anna")
    client.force_login(user)
    return user


def tabs(client: Client, path: str = "/contacts/?view=all") -> list[str]:
    text = client.get(path).content.decode()
    nav = text.split('aria-label="Views"')[1].split("</nav>")[0]
    return re.findall(r">([^<]+)</a>", nav)


def headings(client: Client, path: str) -> list[str]:
    return re.findall(r'data-column="([^"]+)"', client.get(path).content.decode())


def save(client: Client, name: str, query: str, **more: str):
    return client.post("/tables/contacts/views/", {"name": name, "query": query} | more)


def test_leads_and_customers_are_ready_and_a_saved_view_becomes_a_tab(client: Client, anna: User):
    assert tabs(client) == ["All", "Leads", "Customers"]
    answer = save(client, "Italian leads", "view=leads&q=it&sort=-name&columns=name,email:250&page=4")
    view = SavedView.objects.get()
    assert answer["Location"] == f"/contacts/?view={view.pk}"
    assert view.query == {"view": "leads", "q": "it", "sort": "-name", "columns": "name,email:250"}
    assert tabs(client) == ["All", "Leads", "Customers", "Italian leads"]


def test_a_view_opens_as_it_was_saved(client: Client, anna: User):
    for name, stage in (("Ada", "lead"), ("Bea", "lead"), ("Cleo", "customer")):
        ContactFactory(last_name=name, lifecycle_stage=stage)
    save(client, "Leads by name", "view=leads&sort=-name&columns=name,email:250")
    path = f"/contacts/?view={SavedView.objects.get().pk}"
    text = client.get(path).content.decode()
    assert headings(client, path) == ["name", "email"]
    assert re.findall(r'class="main-cell"><a [^>]*>([^<]+)</a>', text) == ["Bea", "Ada"]
    assert 'aria-sort="descending"' in text
    assert headings(client, f"{path}&columns=name,source") == ["name", "source"]


def test_what_changed_since_is_saved_anew(client: Client, anna: User):
    save(client, "Mine", "sort=name")
    view = SavedView.objects.get()
    assert "Save changes to" not in client.get(f"/contacts/?view={view.pk}").content.decode()
    assert "Save changes to “Mine”" in client.get(f"/contacts/?view={view.pk}&sort=-created").content.decode()
    save(client, "", "sort=-created", replaces=str(view.pk))
    view.refresh_from_db()
    assert (view.name, view.query) == ("Mine", {"sort": "-created"})


def test_a_view_is_for_oneself_unless_it_is_shared(client: Client, anna: User):
    save(client, "Mine", "q=a")
    save(client, "Ours", "q=b", shared="1")
    client.force_login(person("otto", "viewer"))
    assert tabs(client) == ["All", "Leads", "Customers", "Ours"]
    mine = SavedView.objects.get(name="Mine")
    assert client.get(f"/contacts/?view={mine.pk}").status_code == 400
    assert AuditEntry.objects.filter(object_type="savedview", object_label="Ours", action="created").exists()
    assert not AuditEntry.objects.filter(object_label="Mine").exists()


def test_who_only_reads_keeps_views_and_shares_none(client: Client):
    otto = person("otto", "viewer")
    client.force_login(otto)
    save(client, "Otto’s", "q=a", shared="1")
    view = SavedView.objects.get()
    assert (view.owner, view.shared) == (otto, False)


def test_views_of_others_are_neither_changed_nor_deleted(client: Client, anna: User):
    mine = saved_views.save_view(anna, "contacts", "Mine", {})
    ours = saved_views.save_view(anna, "contacts", "Ours", {}, shared=True)
    otto = person("otto", "viewer")
    for view in (mine, ours):
        with pytest.raises(InvalidInput):
            saved_views.rename_view(otto, "contacts", view.pk, "Taken", shared=False)
        with pytest.raises(InvalidInput):
            saved_views.delete_view(otto, "contacts", view.pk)
    saved_views.rename_view(person("maria"), "contacts", ours.pk, "Everyone’s", shared=True)
    assert SavedView.objects.get(pk=ours.pk).name == "Everyone’s"


def test_a_view_that_is_no_longer_shared_opens_nobody_elses_table(client: Client, anna: User):
    ours = saved_views.save_view(anna, "contacts", "Ours", {}, shared=True)
    otto = person("otto", "viewer")
    saved_views.open_with(otto, "contacts", str(ours.pk))
    saved_views.open_with(anna, "contacts", str(ours.pk))
    saved_views.rename_view(anna, "contacts", ours.pk, "Mine", shared=False)
    assert (saved_views.habit(otto, "contacts").opens, saved_views.habit(anna, "contacts").opens) == ("", str(ours.pk))


@pytest.mark.parametrize("name", ["", "   ", "x" * 81])
def test_a_view_needs_a_name_that_fits_a_tab(anna: User, name: str):
    with pytest.raises(InvalidInput):
        saved_views.save_view(anna, "contacts", name, {})


def test_two_views_of_one_person_have_two_names(client: Client, anna: User):
    saved_views.save_view(anna, "contacts", "Mine", {})
    with pytest.raises(Conflict, match="of this name"):
        saved_views.save_view(anna, "contacts", "Mine", {})
    assert saved_views.save_view(person("otto"), "contacts", "Mine", {}).pk
    assert saved_views.save_view(anna, "companies", "Mine", {}).pk
    assert save(client, "Mine", "q=a")["Location"] == "/contacts/?q=a"
    assert "There is a view of this name already." in client.get("/contacts/?q=a").content.decode()


def test_a_deleted_view_says_what_stays_and_is_gone(client: Client, anna: User):
    ContactFactory()
    view = saved_views.save_view(anna, "contacts", "Mine", {})
    saved_views.open_with(anna, "contacts", str(view.pk))
    assert "What it shows stays as it is." in client.get(f"/contacts/?view={view.pk}").content.decode()
    client.post(f"/tables/contacts/views/{view.pk}/delete/")
    assert not SavedView.objects.exists()
    assert client.get("/contacts/").status_code == 200


def test_a_table_opens_with_the_view_that_one_likes(client: Client, anna: User):
    client.post("/tables/contacts/opens/", {"view": "leads"})
    assert client.get("/contacts/")["Location"] == "/contacts/?view=leads"
    assert client.get("/contacts/?view=all").status_code == 200
    client.post("/tables/contacts/opens/", {"view": ""})
    assert client.get("/contacts/").status_code == 200


def test_columns_are_kept_for_the_person_and_the_address_comes_first(client: Client, anna: User):
    ContactFactory()
    answer = client.post("/tables/contacts/columns/", {"column": ["email", "city:90"], "query": "q=a&page=3"})
    assert answer["Location"] == "/contacts/?q=a&columns=name%2Cemail%2Ccity%3A90"
    assert headings(client, "/contacts/") == ["name", "email", "city"]
    assert headings(client, "/contacts/?columns=name,source") == ["name", "source"]
    client.post("/tables/contacts/columns/", {"usual": "1"})
    assert headings(client, "/contacts/")[:3] == ["name", "stage", "company"]


def test_a_drag_keeps_the_columns_quietly(client: Client, anna: User):
    answer = client.post("/tables/contacts/columns/", {"columns": "name:300,city", "quietly": "1"})
    assert answer.status_code == 204
    assert TableHabit.objects.get(user=anna).columns == "name:300,city"


def test_the_companies_table_has_views_and_columns_of_its_own(client: Client, anna: User):
    CompanyFactory(name="Loom")
    client.post("/tables/companies/views/", {"name": "Big ones", "query": "sort=-employees&columns=name,employees"})
    view = SavedView.objects.get()
    assert view.table == "companies"
    assert tabs(client, "/companies/?view=all") == ["All", "Big ones"]
    assert headings(client, f"/companies/?view={view.pk}") == ["name", "employees"]
    assert client.post("/tables/nonsense/columns/", {}).status_code == 404
