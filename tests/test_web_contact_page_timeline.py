"""The timeline on a contact's page: everything, one kind, one type of event, some days, and the earlier ones."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.test import Client

from contacts import services
from contacts.models import AttributeHistory, Contact
from contacts.worth.keys import ACTOR
from crmseg.access import account
from crmseg.access.models import Account
from crmseg.common import clock
from crmseg.common.actor import Actor
from segments import services as lists

from .factories import AttributeFactory, CompanyFactory, ContactFactory, EventFactory
from .test_contacts_imports import load
from .test_web_contacts_pages import HOSTILE, HTMX, person, text_of

pytestmark = pytest.mark.django_db
BY = Actor("user", "Grace")


@pytest.fixture
def ada() -> Contact:
    return ContactFactory(first_name="Ada", email="ada@example.org", city="London")


@pytest.fixture
def marketer(client: Client) -> Client:
    client.force_login(person("marketer"))
    return client


def rows(client: Client, contact: Contact, **asked: str) -> list:
    return client.get(f"/contacts/{contact.pk}/timeline/", asked).context["timeline"].rows


def titles(client: Client, contact: Contact, **asked: str) -> list[str]:
    return [row.title for row in rows(client, contact, **asked)]


def test_every_kind_stands_on_it_and_can_be_asked_alone(marketer: Client, ada):
    EventFactory(contact=ada, type__name="Page Viewed")
    EventFactory(contact=ada, type__name="Email Sent", properties={"campaign": "Summer"})
    static = lists.create_segment(name="By hand", kind="static", actor=BY)
    lists.add_members(static.pk, [ada.pk], actor=BY, cause="manual")
    services.update_contact(ada.pk, data={"city": "Paris"}, actor=BY)
    services.set_consent([ada.pk], channel="email", status="subscribed", method="paper", actor=BY)
    services.add_note(ada.pk, text=HOSTILE, actor=BY)
    load("email,region\nada@example.org,Kent\n")
    services.merge_contacts(ada.pk, ContactFactory(first_name="Augusta").pk, actor=BY)
    alone = {
        "event": "Page Viewed",
        "mail": "Email Sent",
        "list": "Entered “By hand”",
        "attribute": "City",
        "consent": "Consent: email",
        "note": "Note",
        "import": "Changed by the import people.csv",
        "merge": "Merged with Augusta",
    }
    everything = titles(marketer, ada)
    for kind, title in alone.items():
        assert title in titles(marketer, ada, kind=kind), kind
        assert title in everything
    assert titles(marketer, ada, kind="mail") == ["Email Sent"]
    text = text_of(marketer.get(f"/contacts/{ada.pk}/"))
    assert "<script>alert" not in text
    assert "Augusta" in text


def test_one_type_of_event_is_asked_by_its_name(marketer: Client, ada):
    for name in ("Page Viewed", "Order Completed", "Page Viewed"):
        EventFactory(contact=ada, type__name=name)
    assert titles(marketer, ada, type="Page Viewed") == ["Page Viewed", "Page Viewed"]
    assert titles(marketer, ada, type="Never Happened") == []
    text = text_of(marketer.get(f"/contacts/{ada.pk}/?type=Page Viewed"))
    assert '<option value="Page Viewed" selected>' in text
    assert '<option value="Order Completed">' in text


def test_days_are_those_of_the_account_and_both_are_included(marketer: Client, ada):
    Account.objects.update_or_create(pk=1, defaults={"time_zone": "America/New_York"})
    account.forget()
    zone = ZoneInfo("America/New_York")
    moments = {"Day before": (2026, 3, 9, 23, 59), "Morning": (2026, 3, 10, 0, 1), "Night": (2026, 3, 10, 23, 59)}
    for name, hour in moments.items():
        EventFactory(contact=ada, type__name=name, occurred_at=datetime(*hour, tzinfo=zone))
    assert titles(marketer, ada, kind="event", since="2026-03-10", until="2026-03-10") == ["Night", "Morning"]
    assert titles(marketer, ada, kind="event", until="2026-03-09") == ["Day before"]
    assert titles(marketer, ada, kind="event", since="2026-03-11") == []
    account.forget()


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"since": "yesterday"}, "Expected a date"),
        ({"until": "2026-02-30"}, "Expected a date"),
        ({"since": "0001-01-01"}, "Expected a date"),
        ({"since": "2026-03-02", "until": "2026-03-01"}, "This day lies before the first one."),
    ],
)
def test_a_day_that_is_none_is_explained_at_its_field(marketer: Client, ada, asked: dict, said: str):
    text = text_of(marketer.get(f"/contacts/{ada.pk}/", asked))
    assert said in text
    assert 'aria-describedby="timeline-problem"' in text


def test_what_is_shown_has_an_address_to_share(marketer: Client, ada):
    for number in range(40):
        EventFactory(contact=ada, type__name="Page Viewed", occurred_at=clock.now() - timedelta(hours=number))
    part = marketer.get(f"/contacts/{ada.pk}/timeline/", {"kind": "event", "since": "2020-01-01"}, headers=HTMX)
    address = part["HX-Push-Url"]
    assert address == f"/contacts/{ada.pk}/?kind=event&since=2020-01-01"
    whole = marketer.get(address)
    assert len(whole.context["timeline"].rows) == 30
    earlier = marketer.get(f"/contacts/{ada.pk}/timeline/?{whole.context['timeline'].earlier}", headers=HTMX)
    assert len(earlier.context["timeline"].rows) == 10
    assert "HX-Push-Url" not in earlier
    assert len(marketer.get(f"/contacts/{ada.pk}/?{whole.context['timeline'].earlier}").context["timeline"].rows) == 10


def test_the_earlier_ones_follow_without_gap_or_repetition_across_kinds(marketer: Client, ada):
    at = clock.now() - timedelta(days=1)
    for _number in range(35):
        EventFactory(contact=ada, occurred_at=at)
        services.add_note(ada.pk, text="x", actor=BY)
    found, before = 0, ""
    while True:
        stretch = marketer.get(f"/contacts/{ada.pk}/timeline/", {"before": before}).context["timeline"]
        found += len(stretch.rows)
        before = stretch.more
        if not before:
            break
    assert found == 70


def test_what_somebody_changed_at_once_is_one_row(marketer: Client, ada):
    AttributeFactory(key="plan", label="Plan")
    company = CompanyFactory(name="Analytical")
    changes = {
        "city": "Paris",
        "birth_date": "1915-12-10",
        "budget": "1200.5",
        "lifecycle_stage": "opportunity",
        "attributes": {"plan": "pro"},
        "company": company.pk,
    }
    services.update_contact(ada.pk, data=changes, actor=Actor("key", "Shop"))
    [row] = rows(marketer, ada, kind="attribute")
    assert (row.title, row.actor) == ("6 attributes changed", "API key Shop")
    assert {change.label: (change.old, change.new) for change in row.changes} == {
        "City": ("London", "Paris"),
        "Birth date": (None, "Dec 10, 1915"),
        "Budget": (None, "$1,200.50"),
        "Lifecycle stage": (None, "Opportunity"),
        "Plan": (None, "pro"),
        "Company": (None, "Analytical"),
    }


def test_what_is_worked_out_has_names_too(marketer: Client, ada):
    changed = {"contact_id": ada.pk, "at": clock.now(), "actor": ACTOR}
    AttributeHistory.objects.create(**changed, key="activity", new="lost")
    AttributeHistory.objects.create(**changed, key="rfm_group", old="champions", new="need_attention")
    row = rows(marketer, ada, kind="attribute")[0]
    assert (row.title, row.actor) == ("2 attributes changed", "Worth")
    assert {change.label: (change.old, change.new) for change in row.changes} == {
        "Activity": (None, "Lost"),
        "RFM group": ("Champions", "Need attention"),
    }


def test_it_tells_at_once_what_is_changed_on_the_page(marketer: Client, ada):
    sent = {
        "facts/city/": {"value": "Rome"},
        "notes/": {"text": "x"},
        "company/": {"company": "Analytical"},
        "consent/": {"channel": "email", "status": "subscribed", "method": "paper"},
    }
    for path, data in sent.items():
        assert marketer.post(f"/contacts/{ada.pk}/{path}", data, headers=HTMX)["HX-Trigger"] == "happened", path
        assert "HX-Trigger" not in marketer.post(f"/contacts/{ada.pk}/notes/", {"text": ""}, headers=HTMX)
    again = marketer.get(f"/contacts/{ada.pk}/timeline/?kind=note", headers=HTMX | {"HX-Trigger": "timeline"})
    assert "HX-Push-Url" not in again


def test_a_property_may_have_any_name(marketer: Client, ada):
    EventFactory(contact=ada, properties={"items": 3, "keys": "all", "": None})
    assert "items" in text_of(marketer.get(f"/contacts/{ada.pk}/"))


def test_it_ends_with_when_she_was_added(marketer: Client, ada):
    assert "Added" in text_of(marketer.get(f"/contacts/{ada.pk}/timeline/"))
    assert "Nothing like this happened." in text_of(marketer.get(f"/contacts/{ada.pk}/timeline/?kind=merge"))
