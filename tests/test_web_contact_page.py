"""A contact's page: what to know first, why in each list, every fact with its past, and nobody's change overwritten."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from contacts import services
from contacts.models import AttributeHistory, Contact
from crmseg.access import account
from crmseg.access.models import AuditEntry
from crmseg.common import clock
from crmseg.common.actor import Actor
from segments import services as lists
from segments.engine import build

from .factories import AttributeFactory, CompanyFactory, ConsentFactory, ContactFactory, EventFactory
from .test_web_contacts_pages import HOSTILE, HTMX, person, text_of

pytestmark = pytest.mark.django_db
BY = Actor("user", "Grace")
LONDON = {"all": [{"property": "city", "op": "is", "value": "London"}]}


@pytest.fixture
def ada() -> Contact:
    return ContactFactory(first_name="Ada", last_name="King", city="London", owner="Mary", lifecycle_stage="lead")


def open_as(client: Client, role: str) -> Client:
    client.force_login(person(role))
    return client


@pytest.fixture
def marketer(client: Client) -> Client:
    return open_as(client, "marketer")


def listed(name: str = "Londoners", **notes: str):
    made = lists.create_segment(name=name, kind="active", definition=LONDON, actor=BY, **notes)
    while build.run_waiting():
        pass
    made.refresh_from_db()
    return made


def test_the_head_says_who_she_is_and_when_she_was_last_seen(marketer: Client, ada):
    assert "not seen yet" in text_of(marketer.get(f"/contacts/{ada.pk}/"))
    EventFactory(contact=ada, occurred_at=clock.now() - timedelta(days=3))
    EventFactory(contact=ada, type__name="Email Sent")
    text = text_of(marketer.get(f"/contacts/{ada.pk}/"))
    head = text[text.index('class="page-head"') : text.index('class="columns person"')]
    for shown in ("Ada King", "Lead", "Mary", "3 days ago"):
        assert shown in head


@pytest.mark.parametrize(
    ("role", "order"),
    [
        ("service", ["Be patient", "Ask what runs out", "Send the summer list"]),
        ("sales", ["Ask what runs out", "Send the summer list", "Be patient"]),
        ("marketer", ["Send the summer list", "Ask what runs out", "Be patient"]),
        ("viewer", ["Send the summer list", "Ask what runs out", "Be patient"]),
    ],
)
def test_each_reads_first_what_the_own_team_should_know(client: Client, ada, role: str, order: list[str]):
    notes = {"marketing": "Send the summer list", "sales": "Ask what runs out", "service": "Be patient"}
    listed(**{f"note_{team}": note for team, note in notes.items()})
    text = text_of(open_as(client, role).get(f"/contacts/{ada.pk}/"))
    places = [text.index(note) for note in order]
    assert places[0] == min(places)
    assert text.count('class="own"') == 2


def test_why_in_a_list_and_why_not_is_said_without_leaving_the_page(marketer: Client, ada):
    londoners = listed()
    page = text_of(marketer.get(f"/contacts/{ada.pk}/"))
    address = f"/lists/explain/?contact={ada.pk}&list={londoners.pk}"
    assert address.replace("&", "&amp;") in page
    told = text_of(marketer.get(address, headers=HTMX))
    assert "<html" not in told
    assert "Is in this list" in told
    assert "London" in told
    other = ContactFactory(city="Rome")
    assert "Is not in this list" in text_of(
        marketer.get(f"/lists/explain/?contact={other.pk}&list={londoners.pk}", headers=HTMX)
    )
    assert marketer.get(address).status_code == 302


def test_the_history_of_an_attribute_says_who_when_from_and_to(marketer: Client, ada):
    services.update_contact(ada.pk, data={"city": "Paris"}, actor=Actor("key", "Shop"))
    services.update_contact(ada.pk, data={"city": "Rome"}, actor=Actor("import", "people.csv"))
    double = ContactFactory(region="Lazio")
    services.merge_contacts(ada.pk, double.pk, actor=BY)
    text = text_of(marketer.get(f"/contacts/{ada.pk}/"))
    assert f"/contacts/{ada.pk}/history/city/" in text
    assert f"/contacts/{ada.pk}/history/email/" not in text, "it never changed"
    past = text_of(marketer.get(f"/contacts/{ada.pk}/history/city/", headers=HTMX))
    assert past.index("import people.csv") < past.index("API key Shop")
    assert "<del>London</del> → <ins>Paris</ins>" in past
    assert f"merge with {double}" in text_of(marketer.get(f"/contacts/{ada.pk}/history/region/", headers=HTMX))
    assert "Never changed" in text_of(marketer.get(f"/contacts/{ada.pk}/history/phone/", headers=HTMX))
    assert marketer.get(f"/contacts/{ada.pk}/history/nonsense/").status_code == 404


def test_a_fact_that_somebody_else_changed_meanwhile_is_not_overwritten(marketer: Client, ada):
    address = f"/contacts/{ada.pk}/facts/city/"
    seen = marketer.get(address, headers=HTMX).context["seen"]
    services.update_contact(ada.pk, data={"city": "Paris"}, actor=BY)
    refused = marketer.post(address, {"value": "Rome", "seen": seen}, headers=HTMX)
    text = refused.content.decode()
    assert refused.status_code == 409
    for shown in ("Paris", "Grace", 'value="Rome"', "Keep mine", "Take theirs"):
        assert shown in text
    ada.refresh_from_db()
    assert ada.city == "Paris"
    assert "Rome" in text_of(marketer.post(address, {"value": "Rome", "seen": refused.context["seen"]}, headers=HTMX))
    ada.refresh_from_db()
    assert ada.city == "Rome"


def test_a_change_of_another_fact_is_no_conflict(marketer: Client, ada):
    AttributeFactory(key="plan", label="Plan")
    address = f"/contacts/{ada.pk}/facts/plan/"
    seen = marketer.get(address, headers=HTMX).context["seen"]
    services.update_contact(ada.pk, data={"city": "Paris", "attributes": {}}, actor=BY)
    assert "pro" in text_of(marketer.post(address, {"value": "pro", "seen": seen}, headers=HTMX))


def test_a_taken_address_is_explained_and_nothing_is_lost(marketer: Client, ada):
    ContactFactory(email="taken@example.org")
    address = f"/contacts/{ada.pk}/facts/email/"
    answer = marketer.post(address, {"value": "taken@example.org"}, headers=HTMX)
    assert answer.status_code == 400
    assert "Another contact has this e-mail address." in answer.content.decode()


def test_sales_works_a_lead_and_changes_nothing_else(client: Client, ada):
    open_as(client, "sales")
    for key, value in (("lifecycle_stage", "opportunity"), ("owner", "Sally")):
        text_of(client.post(f"/contacts/{ada.pk}/facts/{key}/", {"value": value}, headers=HTMX))
    ada.refresh_from_db()
    assert (ada.lifecycle_stage, ada.owner) == ("opportunity", "Sally")
    page = text_of(client.get(f"/contacts/{ada.pk}/"))
    assert 'class="fact-value"' in page
    for path in ("delete/", "erase/", "consent/", "merge/"):
        assert client.post(f"/contacts/{ada.pk}/{path}").status_code == 403
    assert "delete-contact" not in page


def test_an_owner_is_offered_from_those_who_sign_in(marketer: Client, ada):
    assert '<option value="Marketer">' in text_of(marketer.get(f"/contacts/{ada.pk}/facts/owner/", headers=HTMX))


def test_consent_shows_its_evidence_and_how_it_came_about(marketer: Client, ada):
    for status, method in (("subscribed", "web form"), ("unsubscribed", "by phone")):
        services.set_consent(
            [ada.pk], channel="email", status=status, topic="news", method=method, text_shown=HOSTILE, actor=BY
        )
    ConsentFactory(contact=ada, channel="sms", topic="")
    text = text_of(marketer.get(f"/contacts/{ada.pk}/"))
    card = text[text.index('id="consent-card"') : text.index('id="company-card"')]
    for shown in ("email · news", "web form", "by phone", "Grace", "sms", "&lt;script&gt;"):
        assert shown in card
    assert HOSTILE not in card


def test_everything_about_her_is_given_as_a_file_and_that_is_audited(client: Client, ada):
    EventFactory(contact=ada, properties={"book": "Notes"})
    services.add_note(ada.pk, text="Prefers paper.", actor=BY)
    open_as(client, "service")
    answer = client.get(f"/contacts/{ada.pk}/export/")
    assert answer["Content-Disposition"].startswith(f'attachment; filename="contact-{ada.pk}-')
    given = answer.json()
    assert given["contact"]["first_name"] == "Ada"
    assert given["events"][0]["properties"] == {"book": "Notes"}
    assert given["notes"][0]["text"] == "Prefers paper."
    assert AuditEntry.objects.filter(action="exported", object_id=str(ada.pk)).count() == 1
    client.force_login(person("viewer"))
    assert client.get(f"/contacts/{ada.pk}/export/").status_code == 403


def test_erasing_asks_first_and_says_what_goes_and_what_stays(marketer: Client, ada):
    listed()
    EventFactory(contact=ada), ConsentFactory(contact=ada)
    services.add_note(ada.pk, text="Prefers paper.", actor=BY)
    services.update_contact(ada.pk, data={"region": "Kent"}, actor=BY)
    asked = text_of(marketer.get(f"/contacts/{ada.pk}/erase/"))
    for shown in ("1 event", "1 consent", "1 note", "Leaves 1 list.", "ledger of lists", "audit log"):
        assert shown in asked
    assert Contact.objects.filter(pk=ada.pk).exists()
    answer = marketer.post(f"/contacts/{ada.pk}/erase/", follow=True)
    assert f"Contact {ada.pk} was erased." in answer.content.decode()
    assert not Contact.objects.filter(pk=ada.pk).exists()
    assert not AttributeHistory.objects.filter(contact_id=ada.pk).exists()
    assert marketer.post(f"/contacts/{ada.pk}/erase/").status_code == 404


def test_the_number_of_queries_does_not_grow_with_what_happened(marketer: Client, ada, django_assert_max_num_queries):
    ada.company = CompanyFactory()
    ada.save()

    def happen(times: int) -> None:
        for number in range(times):
            listed(f"List {ada.pk} {number} of {times}")
            EventFactory(contact=ada, type__name=f"Type {number % 5}")
            ConsentFactory(contact=ada, topic=f"{times} {number}")
            ContactFactory(company=ada.company)
            services.add_note(ada.pk, text=f"Note {number}", actor=BY)
            services.update_contact(ada.pk, data={"city": f"City {number}"}, actor=BY)
            services.update_contact(ada.pk, data={"city": "London"}, actor=BY)

    def queries() -> int:
        account.current()
        with django_assert_max_num_queries(60) as asked:
            text_of(marketer.get(f"/contacts/{ada.pk}/"))
        return len(asked)

    happen(2)
    text_of(marketer.get(f"/contacts/{ada.pk}/"))
    few = queries()
    happen(6)
    assert queries() <= few
