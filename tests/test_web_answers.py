"""Pages and addresses that show which channel people answer to best, and ask them to confirm."""

from __future__ import annotations

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from campaigns.models import OptIn, Send
from contacts.models import ConsentTopic
from crmseg.access.models import AuditEntry
from crmseg.common import clock

from .campaign_worlds import list_of, send_all, started, subscriber
from .factories import ContactFactory
from .test_campaigns_api import program
from .test_web_contacts_pages import person, text_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def marketer(client: Client) -> Client:
    client.force_login(person("marketer"))
    return client


@pytest.fixture
def ada(settings):
    settings.EMAIL_URL = ""
    return subscriber(first_name="Ada", email="ada@example.org")


@pytest.fixture
def api():
    return program()


def test_the_page_of_a_contact_says_what_she_answers_to(marketer, ada):
    assert "nothing sent lately" in text_of(marketer.get(f"/contacts/{ada.pk}/"))
    send_all(started(list_of(ada)))
    Send.objects.update(clicked_at=clock.now())
    page = text_of(marketer.get(f"/contacts/{ada.pk}/"))
    assert "Answers best by" in page
    assert "1 of 1 message answered" in page
    assert "Ask by e-mail to confirm" not in page


def test_the_page_of_a_list_asks_for_it_once_something_was_sent(marketer, ada):
    segment = list_of(ada)
    address = reverse("campaigns:list-answers", args=[segment.pk])
    assert address not in marketer.get(f"/lists/{segment.pk}/").content.decode()
    assert "Nothing was sent to these people yet." in text_of(marketer.get(address))
    send_all(started(segment))
    assert address in marketer.get(f"/lists/{segment.pk}/").content.decode()
    cache.clear()
    assert "0 of 1 message answered" in text_of(marketer.get(address))
    assert marketer.get(reverse("campaigns:list-answers", args=[10**9])).status_code == 404


def test_a_person_who_was_never_asked_can_be_asked_to_confirm(marketer):
    ConsentTopic.objects.create(key="news", label="News")
    eve = ContactFactory(email="eve@example.org")
    page = text_of(marketer.get(f"/contacts/{eve.pk}/"))
    assert "Ask by e-mail to confirm" in page
    assert "News" in page
    answer = marketer.post(reverse("campaigns:ask-opt-in", args=[eve.pk]), {"topic": "news"}, follow=True)
    assert "The question was sent." in text_of(answer)
    assert "Asked to confirm, no answer yet" in text_of(answer)
    assert OptIn.objects.get().topic == "news"
    assert AuditEntry.objects.filter(object_id=str(eve.pk), changes__opt_in__topic="news").exists()


def test_who_is_subscribed_already_is_not_asked(marketer, ada):
    answer = marketer.post(reverse("campaigns:ask-opt-in", args=[ada.pk]), follow=True)
    assert "subscribed already" in text_of(answer)
    assert not OptIn.objects.exists()


def test_whoever_may_only_look_may_not_ask(client):
    client.force_login(person("viewer"))
    eve = ContactFactory(email="eve@example.org")
    assert "Ask by e-mail to confirm" not in text_of(client.get(f"/contacts/{eve.pk}/"))
    assert client.post(reverse("campaigns:ask-opt-in", args=[eve.pk])).status_code == 403
    assert not OptIn.objects.exists()


def test_programs_ask_and_see_the_answer(api):
    eve = ContactFactory(email="eve@example.org")
    address = f"/api/v1/contacts/{eve.pk}/opt-in/"
    assert api.get(address).json() == []
    answer = api.post(address, {})
    assert answer.status_code == 202
    asked = answer.json()
    assert (asked["contact"], asked["channel"], asked["topic"], asked["confirmed_at"]) == (eve.pk, "email", "", None)
    assert api.post(address, {}).json() == asked == api.get(address).json()[0]


@pytest.mark.parametrize(
    ("body", "status", "pointer"),
    [({"topic": "none"}, 400, "/topic"), ({"topic": 7}, 400, "/topic"), ({"channel": "sms"}, 400, "/channel")],
)
def test_programs_are_told_what_is_wrong(api, body, status, pointer):
    eve = ContactFactory(email="eve@example.org")
    answer = api.post(f"/api/v1/contacts/{eve.pk}/opt-in/", body)
    assert answer.status_code == status
    assert answer.json()["problems"][0]["pointer"] == pointer
    assert not OptIn.objects.exists()


def test_programs_are_told_when_there_is_nothing_to_ask(api, ada):
    assert api.post(f"/api/v1/contacts/{ada.pk}/opt-in/", {}).status_code == 409
    assert api.post(f"/api/v1/contacts/{10**9}/opt-in/", {}).status_code == 404
    assert api.get(f"/api/v1/contacts/{10**20}/opt-in/").status_code == 404
