"""The companies table: narrowed by what its people are, chosen row by row or all at once, and taken away as a file."""

from __future__ import annotations

import csv
import io

import pytest
from django.test import Client

from contacts.models import SavedView
from crmseg.access.models import AuditEntry, User
from crmseg.common.actor import SYSTEM
from segments import services
from segments.views.builder.draft import Draft

from .factories import CompanyFactory, ContactFactory
from .test_web_lists_builder import condition, sent

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


@pytest.fixture
def viewer(client: Client) -> Client:
    client.force_login(User.objects.create_user("vera@example.org", "correct horse battery", role="viewer"))
    return client


@pytest.fixture
def firms():
    made = {name: CompanyFactory(name=name, domain=f"{name}.example".lower()) for name in ("Ada", "Bach", "Coda")}
    ContactFactory(country="IT", company=made["Ada"])
    ContactFactory(country="IT", company=made["Ada"])
    ContactFactory(country="FR", company=made["Bach"])
    ContactFactory(country="IT", company=None)
    return made


def names(client: Client, address: str) -> list[str]:
    return [row.name for row in client.get(address).context["table"].rows]


def exported(answer) -> list[str]:
    text = b"".join(answer.streaming_content).decode().removeprefix("\ufeff")
    return [row["name"] for row in csv.DictReader(io.StringIO(text))]


def test_the_builder_narrows_it_by_its_people(viewer, firms):
    italians = sent(Draft("group", {"mode": ["all"]}, [condition(what="property:country", op="is", value="IT")]))
    page = viewer.get("/lists/builder/filter/?table=companies")
    assert "Show their companies" in page.content.decode()
    shown = viewer.post("/lists/builder/filter/?table=companies&q=a&then=show", {"draft": italians}, headers=HTMX)
    address = shown["HX-Redirect"]
    assert address.startswith("/companies/?")
    assert names(viewer, address) == ["Ada"]
    assert "Country is" in viewer.get(address).content.decode()
    viewer.post(
        "/lists/builder/filter/?table=companies&then=view", {"draft": italians, "view_name": "Italy"}, headers=HTMX
    )
    view = SavedView.objects.get()
    assert view.table == "companies"
    assert names(viewer, f"/companies/?view={view.pk}") == ["Ada"]


def test_a_list_narrows_it_to_the_companies_of_its_people(viewer, firms):
    made = services.create_segment(name="By hand", kind="static", actor=SYSTEM)
    services.add_members(made.pk, list(firms["Bach"].contacts.values_list("pk", flat=True)), actor=SYSTEM)
    assert names(viewer, f"/companies/?segment={made.pk}") == ["Bach"]
    assert "By hand" in viewer.get("/companies/").content.decode()
    assert viewer.get("/companies/?segment=none-such").status_code == 400


def test_those_chosen_or_all_that_match_are_exported(viewer, firms):
    ids = f"{firms['Coda'].pk},{firms['Ada'].pk},x"
    assert exported(viewer.post("/companies/export/", {"ids": ids})) == ["Ada", "Coda"]
    assert exported(viewer.post("/companies/export/", {"all": "1", "query": "q=b"})) == ["Bach"]
    assert exported(viewer.get("/companies/export/?q=ada&sort=-name&page=2")) == ["Ada"]
    assert exported(viewer.get("/companies/export/")) == ["Ada", "Bach", "Coda"]
    assert AuditEntry.objects.filter(action="exported").count() == 4


def test_every_row_can_be_chosen(viewer, firms):
    page = viewer.get("/companies/").content.decode()
    assert 'aria-label="Select Ada"' in page
    assert 'id="bulk-bar"' in page
    assert "Choose all 3 that match" in page
