"""Reading contacts: the table, the timeline, the export."""

from __future__ import annotations

import csv
from datetime import date, timedelta

import pytest

from contacts import export, selectors, services, timeline, wire
from contacts.models import Contact
from crmseg.common import clock
from crmseg.common.actor import Actor
from crmseg.common.problems import InvalidInput

from .factories import AttributeFactory, CompanyFactory, ConsentFactory, ContactFactory, EventFactory

pytestmark = pytest.mark.django_db
BY = Actor("user", "Grace")


def found(**asked: str) -> set[str | None]:
    return set(selectors.contacts_table(**asked).values_list("first_name", flat=True))


def test_leads_and_customers_are_apart_and_together_everyone():
    for name, stage in [("Ada", None), ("Bob", "lead"), ("Cy", "customer"), ("Dee", "evangelist")]:
        ContactFactory(first_name=name, lifecycle_stage=stage)
    assert found(view="leads") == {"Ada", "Bob"}
    assert found(view="customers") == {"Cy", "Dee"}
    assert found() == {"Ada", "Bob", "Cy", "Dee"}


def test_search_finds_by_parts_of_names_and_addresses_or_the_whole_id():
    ContactFactory(first_name="Ada", last_name="Lovelace", email="ada@engine.example")
    ContactFactory(first_name="Bob", last_name="Adams", external_id="cdnow-7", phone="+390612345678")
    assert found(q="ADA") == {"Ada", "Bob"}
    assert found(q="ada love") == {"Ada"}
    assert found(q="cdnow-7") == {"Bob"}
    assert found(q="+39 06 1234 5678") == {"Bob"}
    assert found(q="100%") == set()


def test_companies_know_how_many_people_they_have():
    acme = CompanyFactory(name="Acme")
    CompanyFactory(name="Globex")
    ada, bob = ContactFactory(company=acme), ContactFactory(company=acme)
    assert dict(selectors.companies_table().values_list("name", "contact_count")) == {"Acme": 2, "Globex": 0}
    assert list(selectors.colleagues(ada)) == [bob]


def test_the_timeline_skips_and_repeats_nothing_where_many_things_happen_at_once():
    ada = ContactFactory()
    now = clock.now()
    for n in range(9):
        EventFactory(contact=ada, occurred_at=now - timedelta(days=n // 4))
    for n in range(5):
        services.update_contact(ada.pk, data={"city": f"Rome {n}"}, actor=BY)
    ConsentFactory(contact=ada)
    whole = timeline.contact_timeline(ada.pk, limit=100)
    assert len(whole) == 15
    paged: list[timeline.Entry] = []
    while page := timeline.contact_timeline(ada.pk, before=paged[-1].cursor if paged else "", limit=2):
        paged += page
    assert paged == whole
    assert [entry.at for entry in whole] == sorted((entry.at for entry in whole), reverse=True)
    assert {entry.kind for entry in timeline.contact_timeline(ada.pk, kind="attribute")} == {"attribute"}


@pytest.mark.parametrize(
    "cursor", ["x", "a~b~c", "2026-01-01~event~1", "2026-01-01T00:00:00Z~event~99999999999999999999"]
)
def test_a_broken_cursor_is_a_problem(cursor):
    with pytest.raises(InvalidInput):
        timeline.contact_timeline(1, before=cursor)


def test_the_export_speaks_the_keys_of_the_api_and_no_formulas():
    AttributeFactory(key="note")
    ada = ContactFactory(
        first_name="=HYPERLINK(1)",
        phone="+390612345678",
        interests=["maths", "engines"],
        latitude=42.36,
        longitude=-71.06,
        company=CompanyFactory(name="@home", domain="acme.example"),
        attributes={"note": "-1+1"},
    )
    ConsentFactory(contact=ada)
    rows = list(csv.DictReader("".join(export.contacts_csv(Contact.objects.all())).splitlines(keepends=True)))
    assert len(rows) == 1
    assert {key: rows[0][key] for key in ("first_name", "phone", "interests", "location", "note")} == {
        "first_name": "'=HYPERLINK(1)",
        "phone": "'+390612345678",
        "interests": "maths; engines",
        "location": "42.36, -71.06",
        "note": "'-1+1",
    }
    assert (rows[0]["company.name"], rows[0]["consent.email"]) == ("'@home", "subscribed")


@pytest.mark.parametrize(
    ("born", "today", "years"),
    [
        (date(2000, 2, 29), date(2026, 2, 27), 25),
        (date(2000, 2, 29), date(2026, 2, 28), 26),
        (date(2000, 2, 29), date(2028, 2, 28), 27),
        (date(2000, 2, 29), date(2028, 2, 29), 28),
        (None, date(2026, 1, 1), None),
    ],
)
def test_age_turns_on_the_birthday(born, today, years):
    assert wire.age(born, today) == years
