"""With the link of a message its reader chooses what to hear, pauses everything, and says why she leaves."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from campaigns import preferences, unsubscribe
from campaigns.models import Reaction
from contacts.models import Consent, ConsentTopic, Event

from .campaign_worlds import list_of, send_all, started, subscriber

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada(settings):
    settings.EMAIL_URL = ""
    return subscriber(first_name="Ada", email="ada@example.org")


@pytest.fixture
def campaign(ada):
    return send_all(started(list_of(ada)))


@pytest.fixture
def topics():
    ConsentTopic.objects.create(key="news", label="News", labels={"it": "Novità"})
    ConsentTopic.objects.create(key="offers", label="Offers", default="unsubscribed", channels=["email"])
    ConsentTopic.objects.create(key="alerts", label="Alerts", channels=["sms"])


@pytest.fixture
def strict():
    """A browser without a session and with the protection against forged requests on."""
    return Client(enforce_csrf_checks=True)


def path(campaign, contact):
    return re.sub(r"^https?://[^/]+", "", preferences.url(campaign.pk, contact.pk))


def answers(contact):
    return {(c.channel, c.topic): c.status for c in Consent.objects.filter(contact=contact)}


def boxes(page):
    return set(re.findall(r'name="topic" value="(\w+)"[^>]* checked', page))


def test_opening_the_page_shows_the_topics_of_the_channel_and_changes_nothing(strict, campaign, ada, topics):
    page = strict.get(path(campaign, ada))
    assert page["Referrer-Policy"] == "no-referrer"
    assert boxes(page.content.decode()) == {"news"}
    assert "Alerts" not in page.content.decode()
    assert answers(ada) == {("email", ""): "subscribed"}


def test_choosing_topics_writes_only_what_is_news(strict, campaign, ada, topics):
    strict.post(path(campaign, ada), {"topic": ["offers"], "watch": "1"})
    expected = {("email", ""): "subscribed", ("email", "news"): "unsubscribed", ("email", "offers"): "subscribed"}
    assert answers(ada) == expected
    page = strict.get(path(campaign, ada) + "?saved=1").content.decode()
    assert boxes(page) == {"offers"}
    assert "Saved." in page
    assert Consent.objects.get(contact=ada, topic="offers").method == "preference centre"


def test_a_pause_keeps_the_topics_and_its_end_brings_them_back(strict, campaign, ada, topics):
    strict.post(path(campaign, ada), {"topic": ["news", "offers"], "watch": "1"})
    strict.post(path(campaign, ada), {"pause": "1", "watch": "1"})
    assert answers(ada)["email", ""] == "unsubscribed"
    assert boxes(strict.get(path(campaign, ada)).content.decode()) == {"news", "offers"}
    strict.post(path(campaign, ada), {"topic": ["news", "offers"], "watch": "1"})
    assert answers(ada)["email", ""] == "subscribed"


def test_she_may_forbid_to_be_watched_and_allow_it_again(strict, campaign, ada):
    strict.post(path(campaign, ada), {})
    assert answers(ada)["tracking", ""] == "unsubscribed"
    strict.post(path(campaign, ada), {"watch": "1"})
    assert answers(ada)["tracking", ""] == "subscribed"


@pytest.mark.parametrize(("language", "said"), [("it", "Novità"), ("fr", "News"), ("es", "News")])
def test_the_page_speaks_the_language_she_chooses(strict, campaign, ada, topics, language, said):
    strict.post(path(campaign, ada), {"language": language, "watch": "1"})
    ada.refresh_from_db()
    assert ada.language == language
    page = strict.get(path(campaign, ada)).content.decode()
    assert f'<html lang="{language}"' in page
    assert said in page


def test_a_language_nobody_speaks_and_a_topic_nobody_knows_change_nothing(strict, campaign, ada, topics):
    strict.post(path(campaign, ada), {"language": "xx", "topic": ["news", "nonsense"], "watch": "1"})
    ada.refresh_from_db()
    assert ada.language in (None, "")
    assert answers(ada) == {("email", ""): "subscribed"}


def test_the_links_of_one_page_do_not_open_the_other(strict, campaign, ada):
    token = unsubscribe.token(campaign.pk, ada.pk)
    other = path(campaign, ada).split("/")[2]
    forged = [f"/p/{token}/", f"/u/{other}/", path(campaign, ada).replace(f"{ada.pk}.", f"{ada.pk + 1}."), "/p/x/"]
    for address in forged:
        assert strict.post(address, {"pause": "1"}).status_code == 404
    assert answers(ada) == {("email", ""): "subscribed"}


def test_the_link_outlives_the_contact(strict, campaign, ada):
    link = path(campaign, ada)
    ada.delete()
    assert strict.get(link).status_code == strict.post(link, {"pause": "1"}).status_code == 200


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ({"reason": "too_often", "words": "ignored"}, "too_often"),
        ({"reason": "other", "words": "  I moved\n away "}, "I moved away"),
        ({"reason": "other"}, "other"),
        ({"reason": "<script>"}, ""),
    ],
)
def test_who_left_is_asked_why(strict, campaign, ada, given, kept):
    link = f"/u/{unsubscribe.token(campaign.pk, ada.pk)}/"
    assert "Would you tell us why?" in strict.post(link).content.decode()
    page = strict.post(link, given).content.decode()
    assert campaign.sends.get().unsubscribe_reason == kept
    assert ("Thank you for telling us why" in page) == bool(kept)
    assert Reaction.objects.filter(kind="unsubscribed").count() == 1
    assert Event.objects.filter(contact=ada, type__name="Email Unsubscribed").count() == 1


def test_a_reason_alone_unsubscribes_nobody(strict, campaign, ada):
    strict.post(f"/u/{unsubscribe.token(campaign.pk, ada.pk)}/", {"reason": "too_often"})
    assert answers(ada) == {("email", ""): "subscribed"}
    assert campaign.sends.get().unsubscribe_reason == ""


def test_the_page_of_unsubscribing_offers_to_choose_instead(strict, campaign, ada):
    page = strict.get(f"/u/{unsubscribe.token(campaign.pk, ada.pk)}/").content.decode()
    assert path(campaign, ada) in page
