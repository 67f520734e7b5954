"""Consent that is confirmed by mail counts only after the button behind its link, and never against a later no."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from campaigns import optin
from campaigns.models import OptIn, OutboxMessage, Suppression
from contacts.models import Consent, ConsentTopic
from contacts.services import set_consent, update_contact
from crmseg.common.actor import SYSTEM
from crmseg.common.problems import Conflict, InvalidInput

from .campaign_worlds import mail_server
from .factories import ContactFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada(settings):
    settings.EMAIL_URL = ""
    return ContactFactory(first_name="Ada", email="ada@example.org", language="it")


@pytest.fixture
def strict():
    return Client(enforce_csrf_checks=True)


def path(asked):
    return re.sub(r"^https?://[^/]+", "", optin.url(asked))


def answers(contact):
    return {(c.channel, c.topic): c.status for c in Consent.objects.filter(contact=contact)}


def test_the_mail_holds_a_link_in_her_language_and_her_consent_waits(ada):
    asked = optin.ask(ada.pk, actor=SYSTEM)
    assert optin.deliver_due() == 1
    message = OutboxMessage.objects.get()
    assert optin.url(asked) in message.text
    assert optin.url(asked) in message.html
    assert message.recipient == "Ada <ada@example.org>"
    assert answers(ada) == {}
    assert optin.deliver_due() == 0


def test_opening_the_link_changes_nothing_and_the_button_confirms(strict, ada):
    ConsentTopic.objects.create(key="news", label="News")
    asked = optin.ask(ada.pk, topic="news", actor=SYSTEM)
    for method in (strict.get, strict.head):
        assert method(path(asked)).status_code == 200
    assert answers(ada) == {}
    assert strict.post(path(asked)).status_code == 200
    assert answers(ada) == {("email", ""): "subscribed", ("email", "news"): "subscribed"}
    consent = Consent.objects.get(contact=ada, topic="")
    assert consent.method == "double opt-in"
    assert consent.text_shown


def test_an_old_link_does_not_undo_a_later_no(strict, ada):
    asked = optin.ask(ada.pk, actor=SYSTEM)
    strict.post(path(asked))
    set_consent([ada.pk], channel="email", status="unsubscribed", actor=SYSTEM)
    page = strict.post(path(asked)).content.decode()
    assert answers(ada) == {("email", ""): "unsubscribed"}
    assert "Ora possiamo scrivere" not in page


def test_forged_and_old_links_confirm_nothing(strict, ada, monkeypatch):
    asked = optin.ask(ada.pk, actor=SYSTEM)
    good = path(asked)
    for address in ("/in/1/", "/in/x.y/", good.replace(f"/{asked.pk}.", f"/{asked.pk + 1}."), good[:-3] + "/"):
        assert strict.post(address).status_code == 404
    monkeypatch.setattr(optin, "GOOD_FOR", optin.GOOD_FOR * 0)
    assert strict.post(good).status_code == 404
    assert answers(ada) == {}


def test_a_link_that_went_to_another_mailbox_says_nothing_about_the_new_one(strict, ada):
    asked = optin.ask(ada.pk, actor=SYSTEM)
    optin.deliver_due()
    update_contact(ada.pk, data={"email": "other@example.org"}, actor=SYSTEM)
    assert strict.post(path(asked)).status_code == 404
    assert answers(ada) == {}


def test_asking_again_soon_sends_no_second_mail(ada):
    assert optin.ask(ada.pk, actor=SYSTEM).pk == optin.ask(ada.pk, actor=SYSTEM).pk
    assert OptIn.objects.count() == 1


def test_there_must_be_something_to_ask_and_a_way_to(ada):
    with pytest.raises(InvalidInput):
        optin.ask(ada.pk, topic="nonsense", actor=SYSTEM)
    with pytest.raises(Conflict, match="no e-mail"):
        optin.ask(ContactFactory(email=None).pk, actor=SYSTEM)
    domain = Suppression.objects.create(address="@example.org")
    with pytest.raises(Conflict, match="suppressed"):
        optin.ask(ada.pk, actor=SYSTEM)
    domain.delete()
    set_consent([ada.pk], channel="email", status="subscribed", actor=SYSTEM)
    with pytest.raises(Conflict, match="already"):
        optin.ask(ada.pk, actor=SYSTEM)


def test_a_server_that_is_away_is_asked_again(ada, settings):
    settings.EMAIL_URL = "smtp://127.0.0.1:1"
    asked = optin.ask(ada.pk, actor=SYSTEM)
    assert optin.deliver_due() == 0
    with mail_server() as (server, url):
        settings.EMAIL_URL = url
        assert optin.deliver_due() == 1
    assert server.addresses == ["ada@example.org"]
    assert optin.url(asked) in server.mail_to("ada@example.org").get_body(("plain",)).get_content().replace("\n", "")


def test_a_product_without_a_name_calls_itself_by_its_host(ada, settings):
    settings.PUBLIC_URL = "https://news.example.org"
    optin.ask(ada.pk, actor=SYSTEM)
    optin.deliver_due()
    assert "news.example.org può scriverti" in OutboxMessage.objects.get().text
