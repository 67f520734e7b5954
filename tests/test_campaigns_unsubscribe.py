"""Whoever holds the link of a message, and nobody else, unsubscribes with it; opening it changes nothing."""

from datetime import timedelta

import pytest
from django.test import Client

from campaigns import selectors, unsubscribe
from campaigns.models import Campaign, Send
from contacts.models import Consent, Event
from crmseg.common import clock

from .campaign_worlds import list_of, send_all, started, subscriber

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture
def ada(settings):
    settings.EMAIL_URL = ""
    return subscriber(first_name="Ada", email="ada@example.org")


@pytest.fixture
def campaign(ada):
    return send_all(started(list_of(ada)))


@pytest.fixture
def strict():
    """A browser, or a mail program, without a session and with the protection against forged requests on."""
    return Client(enforce_csrf_checks=True)


def path(campaign, contact):
    return f"/u/{unsubscribe.token(campaign.pk, contact.pk)}/"


def status(contact):
    return Consent.objects.get(contact=contact, channel="email", topic="").status


def test_opening_the_link_shows_a_button_and_changes_nothing(strict, campaign, ada):
    for method in (strict.get, strict.head):
        assert method(path(campaign, ada)).status_code == 200
    page = strict.get(path(campaign, ada)).content.decode()
    assert "ada@example.org" in page
    assert "<button" in page
    assert status(ada) == "subscribed"


def test_the_button_unsubscribes_and_says_so(strict, campaign, ada):
    page = strict.post(path(campaign, ada)).content.decode()
    assert "You are unsubscribed" in page
    consent = Consent.objects.get(contact=ada, channel="email")
    assert (consent.status, consent.method) == ("unsubscribed", "unsubscribe link")
    assert campaign.sends.get().unsubscribed_at
    assert selectors.report(campaign)["unsubscribed"] == 1


def test_one_click_of_a_mail_program_needs_no_token_and_may_be_repeated(strict, campaign, ada):
    for _ in range(2):
        answer = strict.post(
            path(campaign, ada), "List-Unsubscribe=One-Click", content_type="application/x-www-form-urlencoded"
        )
        assert answer.status_code == 200
    assert status(ada) == "unsubscribed"
    told = Event.objects.filter(contact=ada, type__name="Email Unsubscribed")
    assert [event.properties["campaign_id"] for event in told] == [campaign.pk]


@pytest.mark.parametrize("change", ["1-2", "1-2.x", "", "%00", "é", "9" * 4000, "../../admin"])
def test_a_forged_or_broken_link_is_answered_politely(strict, campaign, ada, change):
    for method in (strict.get, strict.post):
        assert method(f"/u/{change}/").status_code in {400, 404}
    other = path(campaign, ada).replace(f"{campaign.pk}-{ada.pk}.", f"{campaign.pk}-{ada.pk + 1}.")
    answer = strict.post(other)
    assert answer.status_code == 404
    assert "nothing was changed" in answer.content.decode()
    assert status(ada) == "subscribed"


def test_the_link_of_a_test_message_unsubscribes_nobody(strict, campaign, ada):
    answer = strict.post(f"/u/{unsubscribe.token(campaign.pk, unsubscribe.NOBODY)}/")
    assert answer.status_code == 200
    assert status(ada) == "subscribed"


def test_the_link_outlives_the_contact_and_the_campaign(strict, campaign, ada):
    link = path(campaign, ada)
    campaign.delete()
    assert strict.post(link).status_code == 200
    assert status(ada) == "unsubscribed"
    ada.delete()
    assert strict.post(link).status_code == 200


def test_the_page_speaks_the_language_of_its_reader(strict, campaign, ada):
    ada.language = "it"
    ada.save(update_fields=["language"])
    assert 'lang="it"' in strict.get(path(campaign, ada)).content.decode()


def test_what_a_service_was_told_unsubscribes_from_mail(strict, ada):
    """A service has no consent of its own: it may have carried the link into any message."""
    campaign = Campaign.objects.create(name="Told", channel="webhook", state="sent")
    Send.objects.create(campaign=campaign, contact_id=ada.pk, channel="webhook", address=str(ada.pk), state="sent")
    assert "<button" in strict.get(path(campaign, ada)).content.decode()
    assert "You are unsubscribed" in strict.post(path(campaign, ada)).content.decode()
    assert status(ada) == "unsubscribed"


def test_of_several_messages_of_an_automation_the_latest_is_the_one_that_was_too_many(strict, ada):
    campaign = Campaign.objects.create(name="Reminder", kind="automated", state="sending")
    now = clock.now()
    first, second = (
        Send.objects.create(
            campaign=campaign, contact_id=ada.pk, address="ada@", state="sent", sent_at=now - HOUR / n, occasion=n
        )
        for n in (1, 2)
    )
    strict.post(path(campaign, ada))
    first.refresh_from_db()
    second.refresh_from_db()
    assert first.unsubscribed_at is None
    assert second.unsubscribed_at is not None
