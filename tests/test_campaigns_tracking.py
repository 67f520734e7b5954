"""Links and pictures of messages say who did what, lead where the author said, and tell programs from people."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from campaigns.models import OutboxMessage, Reaction, Send
from campaigns.sending import events
from campaigns.tracking import links
from campaigns.tracking.links import Tracker
from contacts.models import Event
from contacts.services import set_consent
from crmseg.common import clock
from crmseg.common.actor import SYSTEM
from segments import services as lists
from segments.engine import build, drain
from segments.models import Membership

from .campaign_worlds import list_of, send_all, started, subscriber
from .test_web_contacts_pages import person

pytestmark = pytest.mark.django_db

BROWSER = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_2 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "Version/18.2 Mobile/15E148 Safari/604.1"
)
GMAIL = "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)"
SHOP = "https://shop.example/spring?x=1&y=2"


@pytest.fixture
def ada(settings):
    settings.EMAIL_URL = ""
    return subscriber(first_name="Ada", email="ada@example.org")


@pytest.fixture
def campaign(ada):
    return send_all(started(list_of(ada)))


@pytest.fixture
def send(campaign):
    return campaign.sends.get()


def sent_long_ago(send):
    Send.objects.filter(pk=send.pk).update(sent_at=clock.now() - timedelta(hours=1))


def path(url):
    return re.sub(r"^https?://[^/]+", "", url)


def follow(client, url, agent=BROWSER, method="get", **headers):
    return getattr(client, method)(path(url), HTTP_USER_AGENT=agent, **headers)


def rewritten(campaign, html, send_id=7):
    return Tracker(campaign).rewrite(html, send_id)


def told(contact, name):
    return list(Event.objects.filter(contact=contact, type__name=name).order_by("pk"))


def test_web_links_lead_through_us_and_everything_else_stays(campaign, settings):
    own = f"{settings.PUBLIC_URL}/u/token/"
    html = (
        f'<head><link href="https://fonts.example/a.css"></head><body><a class="b" href="https://a.example/?p=1&amp;q=2">a</a>'
        f'<a href="{own}">out</a><a href="mailto:a@b.example">m</a><a data-href="https://no.example">n</a>'
        f"<AREA HREF='https://b.example/x'><a href=\"#top\">t</a></body>"
    )
    found = rewritten(campaign, html)
    assert 'link href="https://fonts.example/a.css"' in found
    assert own in found
    assert "mailto:a@b.example" in found
    assert 'data-href="https://no.example"' in found
    tokens = re.findall(r"/t/c/([^\"']+)", found)
    assert [(c.place, c.url) for c in map(links.read_click, tokens)] == [
        (1, "https://a.example/?p=1&q=2"),
        (3, "https://b.example/x"),
    ]
    assert re.search(r'<img src="[^"]+/t/o/7\.[\w-]{20}\.gif"[^>]*></body>', found)


def test_the_links_of_plain_text_keep_their_punctuation(campaign, settings):
    text = f"See https://a.example/x. Out: {settings.PUBLIC_URL}/u/token/\n(https://b.example/y)"
    found = Tracker(campaign).rewrite_text(text, 7)
    assert found.startswith("See ")
    assert f"{settings.PUBLIC_URL}/u/token/" in found
    assert [links.read_click(t).url for t in re.findall(r"/t/c/([\w.-]{30,}[\w-])", found)] == [
        "https://a.example/x",
        "https://b.example/y",
    ]
    assert re.search(r"\. Out: ", found)
    assert found.endswith(")")


def test_nothing_is_put_in_where_the_campaign_does_not_watch(campaign):
    campaign.track_opens = campaign.track_clicks = False
    html = f'<a href="{SHOP}">x</a>'
    assert rewritten(campaign, html) == html
    assert Tracker(campaign).rewrite_text(SHOP, 7) == SHOP


@pytest.mark.parametrize(
    "url", ["https://a.example/\r\nX: y", "javascript:alert(1)", "https:///x", "https://a.example\\@evil"]
)
def test_what_is_no_plain_web_address_is_never_signed_or_followed(client, campaign, send, url):
    assert "/t/c/" not in rewritten(campaign, f'<a href="{url}">x</a>')
    assert follow(client, links.click_url(send.pk, 1, url)).status_code == 404


def test_a_click_leads_on_and_is_an_event_and_a_reaction(client, ada, send):
    answer = follow(client, links.click_url(send.pk, 2, SHOP))
    assert (answer.status_code, answer["Location"]) == (302, SHOP)
    assert answer["Referrer-Policy"] == "no-referrer"
    assert "no-store" in answer["Cache-Control"]
    send.refresh_from_db()
    assert send.clicked_at
    assert send.opened_at == send.clicked_at
    (event,) = told(ada, "Email Clicked")
    assert event.properties["url"] == SHOP
    assert event.properties["campaign_id"] == send.campaign_id
    reaction = Reaction.objects.get()
    assert (reaction.kind, reaction.place, reaction.device, reaction.is_machine) == ("clicked", 2, "phone", False)


def test_a_replayed_click_leads_on_and_is_kept_once(client, ada, send, monkeypatch):
    monkeypatch.setattr("campaigns.views.tracking.SAME_CLICK", 10**9)
    for _ in range(3):
        assert follow(client, links.click_url(send.pk, 1, SHOP)).status_code == 302
    assert len(told(ada, "Email Clicked")) == Reaction.objects.count() == 1


def test_forged_and_altered_links_lead_nowhere(client, ada, send):
    token = links.click_url(send.pk, 1, SHOP).rpartition("/")[2]
    evil = links.click_url(send.pk, 1, "https://evil.example/").rpartition("/")[2]
    opening = links.open_url(send.pk).rpartition("/")[2].removesuffix(".gif")
    parts, other = token.split("."), evil.split(".")
    forged = [
        ".".join([parts[0], parts[1], other[2], parts[3]]),
        ".".join([str(send.pk + 1), *parts[1:]]),
        token[:-1] + ("A" if token[-1] != "A" else "B"),
        token[:-5],
        opening,
        f"1.1.{other[2]}.",
        "x" * 3000,
        "é.é",
    ]
    for each in forged:
        answer = client.get(f"/t/c/{each}")
        assert answer.status_code == 404
        assert "Location" not in answer
        assert "leads nowhere" in answer.content.decode()
        assert client.get(f"/t/o/{each if each != opening else token}.gif").status_code == 404
    assert client.get("/t/c/https://evil.example/").status_code == 404
    assert not Reaction.objects.exists()
    assert not told(ada, "Email Clicked")


def test_the_address_in_the_question_changes_nothing(client, send):
    answer = client.get(path(links.click_url(send.pk, 1, SHOP)) + "?url=https://evil.example&next=//evil.example")
    assert answer["Location"] == SHOP


def test_links_of_the_key_before_still_lead_on(client, send, settings):
    url = links.click_url(send.pk, 1, SHOP)
    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY], "another key"
    assert follow(client, url)["Location"] == SHOP
    settings.SECRET_KEY_FALLBACKS = []
    assert follow(client, url).status_code == 404


def test_an_opening_by_a_person_is_an_event(client, ada, send):
    answer = follow(client, links.open_url(send.pk))
    assert answer["Content-Type"] == "image/gif"
    assert answer.content.startswith(b"GIF89a")
    send.refresh_from_db()
    assert send.opened_at
    assert not send.machine_opened_at
    assert not send.clicked_at
    assert [e.properties["client"] for e in told(ada, "Email Opened")] == ["Mobile Safari"]


@pytest.mark.parametrize(
    ("agent", "method", "headers"),
    [
        ("Mozilla/5.0", "get", {}),
        (BROWSER, "get", {"REMOTE_ADDR": "17.58.1.2"}),
        (GMAIL, "get", {}),
        (BROWSER, "head", {}),
        ("", "get", {}),
        ("Barracuda Sentinel", "get", {}),
        ("SomeBot/2.1 (+https://bot.example)", "get", {}),
        (BROWSER, "get", {"HTTP_PURPOSE": "prefetch"}),
    ],
)
def test_openings_by_programs_are_told_apart(client, ada, send, agent, method, headers):
    assert follow(client, links.open_url(send.pk), agent, method, **headers).status_code == 200
    send.refresh_from_db()
    assert send.machine_opened_at
    assert send.opened_at is None
    assert Reaction.objects.get().is_machine
    assert not told(ada, "Email Opened")


@pytest.mark.parametrize("agent", ["curl/8.5.0", "python-requests/2.32", "Mozilla/5.0 HeadlessChrome/150.0 Safari/537"])
def test_who_tries_a_message_with_a_tool_sees_it_opened_and_clicked(client, ada, send, agent):
    follow(client, links.open_url(send.pk), agent)
    follow(client, links.click_url(send.pk, 1, SHOP), agent)
    assert len(told(ada, "Email Opened")) == 1
    assert len(told(ada, "Email Clicked")) == 1


def test_gmail_later_asks_for_a_person(client, ada, send):
    sent_long_ago(send)
    follow(client, links.open_url(send.pk), GMAIL)
    assert [e.properties["client"] for e in told(ada, "Email Opened")] == ["Gmail"]


def test_a_scanner_that_follows_links_clicks_for_nobody(client, ada, send):
    for agent, method in (("Mozilla/5.0 (compatible; Proofpoint URL Defense)", "get"), (BROWSER, "head")):
        assert follow(client, links.click_url(send.pk, 1, SHOP), agent, method).status_code == 302
    send.refresh_from_db()
    assert send.clicked_at is None
    assert not told(ada, "Email Clicked")
    assert {r.is_machine for r in Reaction.objects.all()} == {True}


def test_a_link_leads_on_though_nothing_can_be_noted(client, send, monkeypatch):
    def broken(*args, **kwargs):
        raise RuntimeError("the database is away")

    monkeypatch.setattr("campaigns.views.tracking.record", broken)
    assert follow(client, links.click_url(send.pk, 1, SHOP))["Location"] == SHOP


def test_one_message_cannot_fill_the_database_and_still_leads_on(client, send, monkeypatch):
    monkeypatch.setattr("campaigns.views.tracking.MOST_NOTES", 3)
    for place in range(9):
        assert follow(client, links.click_url(send.pk, place, SHOP)).status_code == 302
    assert 3 <= Reaction.objects.count() <= 6  # a window may have ended between


def test_who_does_not_want_to_be_watched_is_not(client, ada, send):
    set_consent([ada.pk], channel="tracking", status="unsubscribed", actor=SYSTEM)
    assert follow(client, links.click_url(send.pk, 1, SHOP))["Location"] == SHOP
    follow(client, links.open_url(send.pk))
    assert not Reaction.objects.exists()


def test_a_list_of_who_clicked_has_the_member_right_after(client, ada, send):
    definition = {"event": "Email Clicked", "op": "gte", "value": 1}
    segment = lists.create_segment(name="Clickers", kind="active", definition=definition, actor=SYSTEM)
    build.run_waiting()
    drain.drain()
    follow(client, links.click_url(send.pk, 1, SHOP))
    drain.drain()
    assert Membership.objects.filter(segment=segment, contact_id=ada.pk).exists()


def test_events_are_called_after_their_channel_and_name_the_arm(ada, campaign):
    arm = campaign.arms.create(key="B")
    Send.objects.update(channel="sms", arm=arm, event_due=True)
    Event.objects.all().delete()
    events.record_due()
    (event,) = told(ada, "SMS Sent")
    assert event.properties["arm"] == "B"


def test_looking_at_the_outbox_opens_nothing(client, campaign):
    message = OutboxMessage.objects.get()
    client.force_login(person("viewer"))
    shown = client.get(f"/outbox/{message.pk}/document/").content.decode()
    picture = re.search(r'src="([^"]+/t/o/[^"]+)"', shown)[1]
    assert follow(client, picture).content.startswith(b"GIF89a")
    assert not Reaction.objects.exists()
    follow(client, re.search(r'src="([^"]+/t/o/[^"]+)"', message.html)[1])
    assert Reaction.objects.count() == 1
