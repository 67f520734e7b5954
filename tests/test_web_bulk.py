"""The pages of bulk actions: the bar, the dialogs that ask, the tray, the history of work and of exports."""

from __future__ import annotations

import csv
from datetime import timedelta

import pytest
from django.test import Client

from contacts.models import Consent, Contact
from crmseg.access.models import User
from crmseg.common import clock
from crmseg.common.actor import Actor
from crmseg.jobs import running, services
from crmseg.jobs.models import Job
from segments.models import Membership, Segment

from .factories import ConsentFactory, ContactFactory, EventFactory

pytestmark = pytest.mark.django_db
BY = Actor("user", "Grace")
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


def text_of(answer, status: int = 200) -> str:
    assert answer.status_code == status, answer.status_code
    return answer.content.decode()


def ids(*people: Contact) -> dict[str, str]:
    return {"ids": ",".join(str(one.pk) for one in people)}


def work(answer) -> Job:
    """The job that a dialog started, run to its end."""
    assert answer.headers["HX-Trigger"] == "work-started"
    job = Job.objects.latest("pk")
    running.run(job.pk)
    job.refresh_from_db()
    assert job.state == Job.State.DONE, job.error
    return job


def test_the_table_has_a_box_for_each_row_and_a_bar_for_those_that_are_chosen(marketer: Client):
    ada = ContactFactory()
    text = text_of(marketer.get("/contacts/?q=contact"))
    assert f'value="{ada.pk}"' in text
    assert 'id="bulk-bar"' in text
    assert 'data-query="q=contact"' in text
    assert 'data-total="1"' in text


def test_who_may_only_read_is_offered_files_alone(viewer: Client):
    ada = ContactFactory()
    text = text_of(viewer.get("/contacts/"))
    assert "/contacts/bulk/export/" in text
    assert "/contacts/bulk/delete/" not in text
    for action in ("put-on-list", "take-off-list", "set-attribute", "change-consent", "delete"):
        assert viewer.post(f"/contacts/bulk/{action}/", ids(ada)).status_code == 403
        assert viewer.post(f"/contacts/bulk/{action}/start/", ids(ada)).status_code == 403
    assert "Export 1 contact" in text_of(viewer.post("/contacts/bulk/export/", ids(ada), headers=HTMX))


def test_chosen_people_go_on_a_list(marketer: Client):
    fair = Segment.objects.create(name="Fair <1>", kind="static")
    ada, bob = ContactFactory(), ContactFactory()
    ContactFactory()
    text = text_of(marketer.post("/contacts/bulk/put-on-list/", ids(ada, bob), headers=HTMX))
    assert "Add 2 contacts to a list" in text
    assert "Fair &lt;1&gt;" in text
    sent = {**ids(ada, bob), "list": fair.pk}
    work(marketer.post("/contacts/bulk/put-on-list/start/", sent, headers=HTMX))
    assert set(Membership.objects.values_list("contact_id", flat=True)) == {ada.pk, bob.pk}


def test_all_that_match_are_those_of_the_address_and_not_of_the_page(marketer: Client):
    for number in range(60):
        ContactFactory(email=f"match{number}@example.org")
    other = ContactFactory(email="other@example.com")
    sent = {"all": "1", "query": "q=match&sort=name", "key": "city", "mode": "set", "value": "Rome"}
    assert "Set an attribute of 60 contacts" in text_of(
        marketer.post("/contacts/bulk/set-attribute/", sent, headers=HTMX)
    )
    work(marketer.post("/contacts/bulk/set-attribute/start/", sent, headers=HTMX))
    assert Contact.objects.filter(city="Rome").count() == 60
    other.refresh_from_db()
    assert other.city is None


def test_a_selection_that_cannot_be_read_reaches_nobody(marketer: Client):
    ContactFactory()
    for sent in (
        {"all": "1", "query": "view=999"},
        {"all": "1", "query": "segment=999"},
        {"ids": "1,x"},
        {"ids": ""},
        {},
    ):
        answer = marketer.post("/contacts/bulk/delete/start/", {**sent, "sure": "1"})
        assert answer.status_code == 400, sent
    assert not Job.objects.exists()


def test_what_reads_the_attribute_is_said_before(marketer: Client):
    Segment.objects.create(name="Romans", kind="active", keys=["attribute:city"])
    ada = ContactFactory()
    text = text_of(marketer.post("/contacts/bulk/set-attribute/", {**ids(ada), "key": "city"}, headers=HTMX))
    assert "the list “Romans”" in text


def test_each_attribute_gets_the_control_of_its_type(marketer: Client):
    ada = ContactFactory()

    def control(key: str, mode: str = "") -> str:
        sent = {**ids(ada), "key": key, "mode": mode}
        return text_of(marketer.post("/contacts/bulk/set-attribute/", sent, headers=HTMX))

    assert 'type="date"' in control("birth_date")
    assert '<option value="customer"' in control("lifecycle_stage")
    assert "Add values" in control("interests")
    assert "Latitude" in control("location")
    assert 'id="bulk-value"' not in control("city", "clear")
    assert "Choose an attribute" in control("email")


def test_a_problem_stands_at_its_field_and_what_was_typed_stays(marketer: Client):
    ada = ContactFactory()
    sent = {**ids(ada), "key": "budget", "mode": "set", "value": "many"}
    text = text_of(marketer.post("/contacts/bulk/set-attribute/start/", sent, headers=HTMX), 400)
    assert 'id="bulk-value_problem"' in text
    assert 'value="many"' in text
    sent = {**ids(ada), "channel": "email", "status": "unsubscribed", "reason": " "}
    text = text_of(marketer.post("/contacts/bulk/change-consent/start/", sent, headers=HTMX), 400)
    assert 'id="bulk-reason_problem"' in text
    assert not Job.objects.exists()


def test_consent_is_changed_with_a_reason_and_a_warning(marketer: Client):
    ada = ContactFactory()
    ConsentFactory(contact=ada)
    sent = {**ids(ada), "channel": "email", "status": "subscribed"}
    assert "Only for people who agreed" in text_of(marketer.post("/contacts/bulk/change-consent/", sent, headers=HTMX))
    sent |= {"status": "unsubscribed", "topic": "", "reason": "by letter"}
    work(marketer.post("/contacts/bulk/change-consent/start/", sent, headers=HTMX))
    assert Consent.objects.values_list("status", "method").get() == ("unsubscribed", "by letter")


def test_a_deletion_says_what_goes_and_asks_to_be_sure(marketer: Client):
    ada = ContactFactory()
    EventFactory(contact=ada), EventFactory(contact=ada)
    text = text_of(marketer.post("/contacts/bulk/delete/", ids(ada), headers=HTMX))
    assert "2 events go with them." in text
    assert "cannot be undone" in text
    text_of(marketer.post("/contacts/bulk/delete/start/", ids(ada), headers=HTMX), 400)
    work(marketer.post("/contacts/bulk/delete/start/", {**ids(ada), "sure": "1"}, headers=HTMX))
    assert not Contact.objects.exists()


def test_without_htmx_the_work_is_shown_on_its_page(marketer: Client):
    ada = ContactFactory()
    sent = {**ids(ada), "key": "city", "mode": "set", "value": "Rome"}
    answer = marketer.post("/contacts/bulk/set-attribute/start/", sent)
    job = Job.objects.get()
    assert answer["Location"] == f"/jobs/{job.pk}/"
    assert "Set City to Rome" in text_of(marketer.get(answer["Location"]))


def export(client: Client, sent: dict) -> Job:
    return work(client.post("/contacts/bulk/export/start/", sent, headers=HTMX))


def test_a_file_is_written_kept_and_written_again(marketer: Client):
    ContactFactory(email="ada@example.org", first_name="=Ada")
    job = export(marketer, {"all": "1", "query": "q=ada", "columns": ["email", "first_name"]})
    content = b"".join(marketer.get(f"/jobs/{job.pk}/file/").streaming_content).decode()
    assert list(csv.reader(content.splitlines())) == [["email", "first_name"], ["ada@example.org", "'=Ada"]]
    text = text_of(marketer.get("/contacts/exports/"))
    assert f"/jobs/{job.pk}/file/" in text
    assert "/contacts/?q=ada" in text
    ContactFactory(email="adam@example.org")
    marketer.post(f"/contacts/exports/{job.pk}/again/")
    again = Job.objects.latest("pk")
    assert (again.total, again.params) == (2, job.params)


def test_only_who_asked_for_a_file_and_administrators_read_it(marketer: Client):
    ContactFactory()
    job = export(marketer, {"all": "1", "columns": ["email"]})
    marketer.force_login(person("viewer"))
    assert marketer.get(f"/jobs/{job.pk}/file/").status_code == 403
    assert f"/jobs/{job.pk}/file/" not in text_of(marketer.get("/contacts/exports/"))
    marketer.force_login(person("admin"))
    assert marketer.get(f"/jobs/{job.pk}/file/").status_code == 200


def test_a_file_is_gone_after_a_week(marketer: Client):
    ContactFactory()
    job = export(marketer, {"all": "1", "columns": ["email"]})
    Job.objects.update(file_until=clock.now() - timedelta(seconds=1))
    services.forget_old()
    assert marketer.get(f"/jobs/{job.pk}/file/").status_code == 404
    assert "Download</a>" not in text_of(marketer.get("/contacts/exports/"))


@pytest.mark.parametrize("path", ["/jobs/", "/jobs/tray/", "/contacts/exports/"])
def test_pages_answer_on_an_empty_database(marketer: Client, path: str):
    text_of(marketer.get(path))


@pytest.mark.parametrize("path", ["/jobs/", "/jobs/1/", "/jobs/tray/", "/jobs/1/file/", "/contacts/exports/"])
def test_strangers_are_asked_to_sign_in(client: Client, path: str):
    person("admin")
    assert client.get(path)["Location"].startswith("/accounts/login/")
