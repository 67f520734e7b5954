"""The pages for readers hold back whoever asks too much of one link, and nobody because of others behind his proxy."""

from __future__ import annotations

import re

import pytest

from campaigns import preferences
from campaigns.models import Reaction
from campaigns.tracking import links
from campaigns.views import limits
from contacts.models import ConsentHistory

from .campaign_worlds import list_of, send_all, started, subscriber
from .test_campaigns_tracking import BROWSER, SHOP

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _one_window(settings, monkeypatch):
    """No window of ten seconds ends within a test."""
    settings.EMAIL_URL = ""
    monkeypatch.setattr(limits.time, "time", lambda: 1_000_000_000.0)


def path(url):
    return re.sub(r"^https?://[^/]+", "", url)


def test_the_readers_behind_one_proxy_do_not_wait_for_each_other(client, monkeypatch):
    monkeypatch.setattr(limits, "MOST_FORGED", 1)
    campaign = send_all(started(list_of(*(subscriber() for _ in range(40)))))
    for send in campaign.sends.all():
        answer = client.get(path(links.click_url(send.pk, 1, SHOP)), HTTP_USER_AGENT=BROWSER)
        assert answer["Location"] == SHOP
    assert Reaction.objects.count() == 40


def test_whoever_tries_many_links_is_held_back_and_good_ones_still_lead_on(client, monkeypatch):
    monkeypatch.setattr(limits, "MOST_FORGED", 3)
    campaign = send_all(started(list_of(subscriber())))
    tried = [client.get(f"/t/c/{number}.x").status_code for number in range(3)] + [client.get("/u/x/").status_code]
    assert tried == [404, 404, 404, 429]
    assert client.get("/p/x/")["Retry-After"] == "10"
    assert client.get(path(links.click_url(campaign.sends.get().pk, 1, SHOP)))["Location"] == SHOP
    assert client.get("/t/c/9.x", REMOTE_ADDR="192.0.2.9").status_code == 404


def test_the_buttons_of_one_link_cannot_be_pressed_without_end(client, monkeypatch):
    monkeypatch.setattr(limits, "MOST_WRITES", 4)
    ada, bob = subscriber(), subscriber()
    campaign = send_all(started(list_of(ada, bob)))
    before = ConsentHistory.objects.count()
    link = path(preferences.url(campaign.pk, ada.pk))
    codes = [client.post(link, {"watch": "1"} if turn % 2 else {}).status_code for turn in range(8)]
    assert codes == [302] * 4 + [429] * 4
    assert ConsentHistory.objects.count() == before + 4
    assert client.get(link).status_code == 200
    assert client.post(path(preferences.url(campaign.pk, bob.pk)), {}).status_code == 302
