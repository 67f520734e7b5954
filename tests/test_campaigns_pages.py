"""The pages: what they show, who may act, and that a message shown can run nothing."""

import re

import pytest

from campaigns import services
from campaigns.models import Campaign, OutboxMessage
from campaigns.views import presenting
from crmseg.access.models import User

from .campaign_worlds import MARKETER, draft, list_of, send_all, started, subscriber
from .factories import ConsentFactory

pytestmark = pytest.mark.django_db
START, SCHEDULE = (f'data-dialog="#{name}-campaign"' for name in ("start", "schedule"))


@pytest.fixture(autouse=True)
def _outbox(settings):
    settings.EMAIL_URL = ""


def person(role):
    return User.objects.create_user(f"{role}@example.org", "a long password for tests", role=role)


@pytest.fixture
def mia(client):
    client.force_login(person("marketer"))
    return client


@pytest.fixture
def vera(client):
    client.force_login(person("viewer"))
    return client


def html(response):
    assert response.status_code == 200, response.content[:500]
    return re.sub(r"\s+", " ", response.content.decode())


def form(campaign, **changes):
    words = {key: getattr(campaign, key) for key in ("name", "sender", "topic", "subject", "body_html", "body_text")}
    return words | {"include": campaign.include, "exclude": campaign.exclude} | changes


def test_an_empty_room_teaches_with_one_example(mia):
    assert "Write the first campaign" in html(mia.get("/campaigns/"))
    assert "The outbox is empty" in html(mia.get("/outbox/"))


def test_a_campaign_is_written_started_and_seen_through(mia):
    ada, bob = subscriber(first_name="Ada", email="ada@example.org"), subscriber(email=None)
    friends = list_of(ada, bob, name="Friends")
    begun = mia.post("/campaigns/new/", {"name": "Spring"})
    campaign = Campaign.objects.get()
    assert begun.headers["Location"] == f"/campaigns/{campaign.pk}/edit/"
    assert "Friends" in html(mia.get(f"/campaigns/{campaign.pk}/edit/"))
    words = {"subject": "Hi {{ contact.first_name }}", "body_text": "Look", "include": [friends.pk], "holdout": "0"}
    saved = mia.post(f"/campaigns/{campaign.pk}/edit/", {"name": "Spring"} | words)
    assert saved.headers["Location"] == f"/campaigns/{campaign.pk}/"
    shown = html(mia.get(f"/campaigns/{campaign.pk}/"))
    assert "Start sending to 1 person" in shown
    assert "Hi Ada" in shown
    assert "No address" in shown

    assert mia.post(f"/campaigns/{campaign.pk}/start/").status_code == 302
    live = html(mia.get(f"/campaigns/{campaign.pk}/live/"))
    assert 'hx-trigger="every 2s"' in live
    send_all(campaign)
    done = html(mia.get(f"/campaigns/{campaign.pk}/"))
    assert "every 2s" not in done
    for step in ("?state=skipped&amp;reason=no_address", "?state=sent"):
        assert f"/campaigns/{campaign.pk}/sends/{step}" in done
    assert "ada@example.org" in html(mia.get(f"/campaigns/{campaign.pk}/sends/?state=sent"))
    assert "No address" in html(mia.get(f"/campaigns/{campaign.pk}/sends/?state=skipped&reason=no_address"))
    assert "Spring" in html(mia.get("/campaigns/?q=spri&state=sent"))
    assert "No campaign matches" in html(mia.get("/campaigns/?q=nothing"))

    message = OutboxMessage.objects.get()
    assert "Hi Ada" in html(mia.get("/outbox/?q=ada"))
    assert "List-Unsubscribe" in html(mia.get(f"/outbox/{message.pk}/"))


def test_problems_are_shown_at_their_fields_and_nothing_is_lost(mia):
    campaign = draft(list_of())
    refused = mia.post(
        f"/campaigns/{campaign.pk}/edit/", form(campaign, subject="{{ broken", sender="nobody", body_text="kept")
    )
    assert refused.status_code == 400
    page = refused.content.decode()
    assert 'id="id_sender_problem"' in page
    assert "kept" in page
    campaign.refresh_from_db()
    assert campaign.body_text == ""
    refused = mia.post(f"/campaigns/{campaign.pk}/edit/", form(campaign, subject="{{ broken"))
    assert 'id="id_subject_problem"' in refused.content.decode()


@pytest.fixture
def nobody_is_soon_counted(monkeypatch):
    monkeypatch.setattr(presenting, "COUNTED_AT_ONCE", 0)


def test_the_page_of_a_draft_to_many_stands_before_they_are_counted(mia, nobody_is_soon_counted):
    campaign = draft(list_of(subscriber(), name="Many"), body_text="Look")
    page = html(mia.get(f"/campaigns/{campaign.pk}/"))
    assert f'hx-get="/campaigns/{campaign.pk}/reach/"' in page
    assert "Start sending" not in page
    assert "start-campaign" not in page
    later = html(mia.get(f"/campaigns/{campaign.pk}/reach/"))
    assert later.count('hx-swap-oob="true"') == 2
    assert 'data-dialog="#start-campaign"' in later
    assert "Start sending to 1 person" in later
    assert "hx-get" not in later


def test_whoever_may_not_start_is_told_whom_it_would_reach_and_no_more(vera, nobody_is_soon_counted):
    campaign = draft(list_of(subscriber()), body_text="Look")
    later = html(vera.get(f"/campaigns/{campaign.pk}/reach/"))
    assert "Will get the message" in later
    assert "start-campaign" not in later


def test_the_editor_of_a_campaign_to_many_stands_before_they_are_counted(mia, nobody_is_soon_counted):
    campaign = draft(list_of(subscriber()))
    page = html(mia.get(f"/campaigns/{campaign.pk}/edit/"))
    assert 'hx-trigger="load, change' in page
    assert "Will get the message" not in page


def test_the_people_behind_a_step_of_many_come_after_the_page(mia, nobody_is_soon_counted):
    ada = subscriber(first_name="Ada", last_name=None)
    campaign = draft(list_of(ada, subscriber(email=None)))
    at = f"/campaigns/{campaign.pk}/audience/?step=queued"
    page = html(mia.get(at))
    assert f'hx-get="{at}"' in page
    assert "Ada" not in page
    part = html(mia.get(at, headers={"HX-Request": "true", "HX-Target": "people"}))
    assert part.count("main-cell") == 1
    assert f'<a href="/contacts/{ada.pk}/">Ada</a>' in part
    assert "<html" not in part


def test_a_definition_of_its_own_is_not_waited_for(mia):
    campaign = draft(list_of(subscriber()))
    campaign.include = [*campaign.include, {"property": "country", "op": "is", "value": "IT"}]
    assert not presenting.is_soon_counted(campaign)


def test_ticking_a_list_counts_whom_it_would_reach(mia):
    friends = list_of(subscriber(), subscriber(email=None))
    shown = html(mia.post("/campaigns/estimate/", {"include": [friends.pk], "holdout": "0"}))
    assert "Will get the message</dt><dd>1</dd>" in shown
    assert "Choose a list" in html(mia.post("/campaigns/estimate/", {"include": ["x", "999999"]}))


def test_what_is_written_is_shown_before_it_is_saved(mia):
    subscriber(first_name="Ada", email="ada@example.org")
    words = {"subject": "Hi {{ contact.first_name }}", "body_html": "<b>{{ contact.email }}</b>", "as": "ada@"}
    shown = mia.post("/campaigns/preview/", words)
    assert "<strong>Hi Ada</strong>" in html(shown)
    assert "<b>ada@example.org</b>" in html(shown)
    assert "sandbox" in shown["Content-Security-Policy"]
    assert "not valid Liquid" in html(mia.post("/campaigns/preview/", {"subject": "{{ broken", "as": "ada@"}))
    assert "was found" in html(mia.post("/campaigns/preview/", {"subject": "x", "as": "zoe"}))


def test_a_message_shown_can_run_nothing(mia):
    ada = subscriber(first_name="<img src=x onerror=alert(1)>")
    campaign = draft(list_of(ada), body_html="<p>{{ contact.first_name }}</p>")
    framed = mia.get(f"/campaigns/{campaign.pk}/message/{ada.pk}/")
    policy = framed["Content-Security-Policy"]
    assert policy.startswith("sandbox")
    assert "default-src 'none'" in policy
    assert "script-src" not in policy
    assert "allow-scripts" not in policy
    assert framed["X-Frame-Options"] == "SAMEORIGIN"
    assert "&lt;img" in html(framed)
    page = html(mia.get(f"/campaigns/{campaign.pk}/"))
    assert "<iframe" in page
    assert " sandbox " in page
    assert "onerror=alert(1)>" not in page
    send_all(services.start_campaign(campaign.pk, actor=MARKETER))
    kept = mia.get(f"/outbox/{OutboxMessage.objects.get().pk}/document/")
    assert kept["Content-Security-Policy"] == policy


def test_pages_hold_no_inline_scripts_or_styles(mia):
    ada = subscriber(first_name="Ada")
    campaign = draft(list_of(ada))
    sent = send_all(started(list_of(ada)))
    for path in (
        "",
        "new/",
        f"{campaign.pk}/",
        f"{campaign.pk}/edit/",
        f"{sent.pk}/",
        f"{sent.pk}/sends/",
        f"{sent.pk}/preview/?as=ada",
    ):
        page = html(mia.get(f"/campaigns/{path}"))
        assert not re.search(r"<script(?![^>]*\bsrc=)|\sstyle=|\son[a-z]+=", page), path


def test_viewers_look_and_marketers_act(vera):
    ada = subscriber()
    campaign = draft(list_of(ada))
    assert "Start sending" not in html(vera.get(f"/campaigns/{campaign.pk}/"))
    for action in ("start", "pause", "resume", "cancel", "copy", "delete", "test"):
        assert vera.post(f"/campaigns/{campaign.pk}/{action}/").status_code == 403
    assert vera.get("/campaigns/new/").status_code == 403
    campaign.refresh_from_db()
    assert campaign.state == "draft"


def test_strangers_are_asked_to_sign_in(client):
    campaign = draft(list_of(subscriber()))
    for path in ("", "new/", f"{campaign.pk}/", f"{campaign.pk}/live/", f"{campaign.pk}/message/1/"):
        assert client.get(f"/campaigns/{path}").status_code == 302
    assert client.get("/outbox/").status_code == 302


def test_pause_resume_cancel_copy_delete_and_test_by_their_buttons(mia):
    campaign = started(list_of(subscriber(), name="Friends"))
    at = f"/campaigns/{campaign.pk}/"
    mia.post(f"{at}pause/")
    assert "Resume" in html(mia.get(at))
    mia.post(f"{at}resume/")
    mia.post(f"{at}cancel/")
    shown = html(mia.get(at))
    assert "Campaign cancelled before their turn" in shown
    copied = mia.post(f"{at}copy/").headers["Location"]
    copy = Campaign.objects.get(state="draft")
    assert copied == f"/campaigns/{copy.pk}/edit/"
    mia.post(f"/campaigns/{copy.pk}/test/", {"address": "mia@example.org"})
    assert OutboxMessage.objects.filter(send=None).count() == 1
    assert "is not an e-mail address" in html(mia.post(f"/campaigns/{copy.pk}/test/", {"address": "x"}, follow=True))
    mia.post(f"/campaigns/{copy.pk}/delete/")
    assert not Campaign.objects.filter(state="draft").exists()


@pytest.mark.parametrize("path", ["campaigns/999999/", "campaigns/9999999999999999999999/", "outbox/999999/"])
def test_what_is_not_there_is_a_page_that_says_so(mia, path):
    assert mia.get(f"/{path}").status_code == 404


def test_other_pages_tell_of_campaigns(mia):
    ada = subscriber(first_name="Ada")
    campaign = send_all(started(list_of(ada), name="Spring news"))
    for path in ("/", f"/contacts/{ada.pk}/", "/search/?q=spring"):
        page = re.sub(r"</?mark>", "", html(mia.get(path)))
        assert "Spring news" in page, path
        assert f"/campaigns/{campaign.pk}/" in page, path


@pytest.mark.parametrize(
    "words",
    [
        {"body_html": "", "body_mjml": "<mjml><mj-body><mj-raw>Look</mj-raw></mj-body></mjml>"},
        {"channel": "sms", "subject": "", "body_html": "", "body_text": "Look"},
        {"channel": "webhook", "subject": "", "body_html": "", "webhook_url": "https://hooks.example.org/people"},
    ],
    ids=["in MJML", "by SMS", "by webhook"],
)
def test_whatever_it_is_made_of_and_goes_out_on_the_page_offers_to_start_it(mia, words):
    ada = subscriber(email="ada@example.org", phone="+390612345678")
    ConsentFactory(contact=ada, channel="sms")
    campaign = draft(list_of(ada), **words)
    shown = html(mia.get(f"/campaigns/{campaign.pk}/"))
    assert START in shown
    assert SCHEDULE in shown
    assert "Write " not in re.sub(r"<title>.*?</title>", "", shown.partition("<main")[2])


def test_a_campaign_for_a_definition_alone_shows_it_and_can_be_scheduled(mia):
    subscriber(email="ada@example.org", country="IT")
    campaign = draft()
    campaign = services.update_campaign(
        campaign.pk, data={"include": [{"property": "country", "op": "is", "value": "IT"}]}, actor=MARKETER
    )
    assert SCHEDULE in html(mia.get(f"/campaigns/{campaign.pk}/"))
    assert "Start sending to 1 person" in html(mia.get(f"/campaigns/{campaign.pk}/reach/"))
    assert "Country is " in html(mia.get(f"/campaigns/{campaign.pk}/"))


def test_an_ongoing_campaign_starts_though_nobody_is_in_its_lists_yet(mia):
    campaign = draft(list_of(name="Newcomers"), kind="ongoing")
    shown = html(mia.get(f"/campaigns/{campaign.pk}/"))
    assert "Start greeting whoever enters" in shown
    assert "Whoever is in them already does not" in shown
    assert "Start sending to" not in shown
    assert mia.post(f"/campaigns/{campaign.pk}/start/").status_code == 302
    campaign.refresh_from_db()
    assert campaign.state == "sending"


def test_a_draft_names_what_it_lacks_and_offers_no_start(mia):
    campaign = draft(list_of(subscriber()), subject="", body_html="")
    shown = html(mia.get(f"/campaigns/{campaign.pk}/"))
    assert "Write a subject." in shown
    assert "Write the message, as HTML or as plain text." in shown
    assert START not in shown
    assert SCHEDULE not in shown
