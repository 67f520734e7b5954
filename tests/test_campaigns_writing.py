"""Writing a campaign: what is written is kept, by whoever wrote it first, and nothing that somebody wrote is lost."""

import re

import pytest

from campaigns import services
from campaigns.models import Campaign, OutboxMessage
from contacts.models import ConsentTopic
from segments.views.builder.draft import Draft

from .campaign_worlds import MARKETER, draft, list_of, subscriber
from .test_campaigns_pages import html, mia, person
from .test_web_lists_builder import condition, sent

pytestmark = pytest.mark.django_db
__all__ = ["mia"]


@pytest.fixture(autouse=True)
def _outbox(settings):
    settings.EMAIL_URL = ""


def seen_on(client, campaign):
    return re.search(r'id="seen" value="(\w+)"', html(client.get(f"/campaigns/{campaign.pk}/edit/")))[1]


def keep(client, campaign, **words):
    return client.post(f"/campaigns/{campaign.pk}/save/", words, headers={"HX-Request": "true"})


def test_a_campaign_begins_with_a_name_or_without_one(mia):
    friends = list_of(name="Friends")
    assert "Begin to write" in html(mia.get(f"/campaigns/new/?include={friends.pk}"))
    mia.post("/campaigns/new/", {"name": "", "include": [friends.pk]})
    made = Campaign.objects.get()
    assert made.name.startswith("Campaign of 20")
    assert made.include == [friends.pk]


def test_what_is_written_is_kept_and_what_was_not_on_the_page_is_left(mia):
    campaign = draft(list_of(subscriber()), holdout=0.1, in_local_time=True)
    answer = keep(mia, campaign, subject="Anew", holdout="7.5", seen=seen_on(mia, campaign))
    assert answer["HX-Trigger"] == "saved"
    campaign.refresh_from_db()
    assert (campaign.subject, campaign.holdout, campaign.in_local_time) == ("Anew", 0.075, True)
    assert campaign.include
    keep(mia, campaign, shown=["in_local_time", "include"])
    campaign.refresh_from_db()
    assert not campaign.in_local_time
    assert campaign.include == []


def test_each_save_hands_over_the_state_for_the_next_one(mia):
    campaign = draft(list_of())
    first = keep(mia, campaign, subject="One", seen=seen_on(mia, campaign))
    seen = re.search(r'id="seen" value="(\w+)"', html(first))[1]
    assert keep(mia, campaign, subject="Two", seen=seen).status_code == 200
    assert seen_on(mia, campaign) != seen


def test_the_usable_part_is_kept_and_the_rest_is_told_with_its_place(mia):
    campaign = draft(list_of())
    answer = html(keep(mia, campaign, subject="{{ broken", sender="nobody", name="Autumn", holdout="80"))
    for control in ("id_subject", "id_sender", "id_holdout"):
        assert f'data-wrong="{control}"' in answer
    campaign.refresh_from_db()
    assert campaign.name == "Autumn"
    assert campaign.subject.startswith("Hello")
    assert campaign.holdout == 0


def test_the_second_of_two_writers_overwrites_nothing_unseen(mia):
    campaign = draft(list_of())
    seen = seen_on(mia, campaign)
    services.update_campaign(campaign.pk, data={"subject": "Theirs"}, actor=MARKETER)
    answer = keep(mia, campaign, subject="Mine", seen=seen)
    assert answer.status_code == 409
    assert answer["HX-Retarget"] == "#conflict"
    told = answer.content.decode()
    assert "Theirs" in told
    assert "Mine" in told
    campaign.refresh_from_db()
    assert campaign.subject == "Theirs"
    mine = re.search(r'name="keep" value="(\w+)"', told)[1]
    assert keep(mia, campaign, subject="Mine", seen=seen, keep=mine).status_code == 200
    campaign.refresh_from_db()
    assert campaign.subject == "Mine"
    whole = mia.post(f"/campaigns/{campaign.pk}/edit/", {"name": "x", "subject": "Old", "seen": seen})
    assert whole.status_code == 409
    assert "Old" in whole.content.decode()


def test_a_campaign_that_started_meanwhile_is_shown_and_not_changed(mia):
    campaign = draft(list_of(subscriber()), holdout=0)
    services.start_campaign(campaign.pk, actor=MARKETER)
    assert keep(mia, campaign, subject="Late")["HX-Redirect"] == f"/campaigns/{campaign.pk}/"


def test_viewers_write_nothing(client):
    campaign = draft(list_of())
    client.force_login(person("viewer"))
    for at in ("save", "languages", "send-test"):
        assert client.post(f"/campaigns/{campaign.pk}/{at}/", {"subject": "x"}).status_code == 403


def test_topics_are_chosen_from_those_declared_and_one_in_use_stays(mia):
    ConsentTopic.objects.create(key="news", label="Newsletter")
    campaign = draft(list_of(), topic="old-topic")
    page = html(mia.get(f"/campaigns/{campaign.pk}/edit/"))
    assert '<option value="news">Newsletter</option>' in page
    assert '<option value="old-topic" selected>' in page
    keep(mia, campaign, topic="news")
    campaign.refresh_from_db()
    assert campaign.topic == "news"


def test_a_language_begins_with_a_copy_and_is_written_on_its_own(mia):
    campaign = draft(list_of())
    at = f"/campaigns/{campaign.pk}/"
    assert mia.post(f"{at}languages/", {"language": "it", "act": "add"}).url == f"{at}edit/?language=it#message"
    page = html(mia.get(f"{at}edit/?language=it"))
    assert 'name="language" value="it"' in page
    assert "Hello {{ contact.first_name" in page
    keep(mia, campaign, language="it", subject="Ciao")
    campaign.refresh_from_db()
    assert campaign.translations["it"]["subject"] == "Ciao"
    assert campaign.translations["it"]["body_html"] == campaign.body_html
    assert campaign.subject.startswith("Hello")
    assert 'data-wrong="id_subject"' in html(keep(mia, campaign, language="it", subject="{{ broken"))
    mia.post(f"{at}languages/", {"language": "it", "act": "remove"})
    mia.post(f"{at}languages/", {"language": "xx", "act": "add"})
    campaign.refresh_from_db()
    assert campaign.translations == {}


def test_among_many_lists_those_chosen_stay_in_sight(mia):
    chosen = list_of(name="Zebra friends")
    for number in range(40):
        list_of(name=f"Other {number:02}")
    campaign = draft(chosen)
    page = html(mia.get(f"/campaigns/{campaign.pk}/edit/"))
    assert "Send to Zebra friends" in page
    assert "10 more lists" in page
    found = html(
        mia.post("/campaigns/find-lists/", {"campaign": campaign.pk, "include": [chosen.pk], "find_list": "other 39"})
    )
    assert "Send to Other 39" in found
    assert "Send to Zebra friends" in found
    assert "Other 12" not in found


def reached(page):
    """How many the page says will get the message; the number leads to them."""
    return int(re.search(r"Will get the message</dt><dd>(?:<a[^>]*>)?([0-9]+)<", page)[1])


def test_the_estimate_follows_what_is_chosen_before_it_is_saved(mia):
    campaign = draft(list_of(subscriber()), holdout=0)
    both = list_of(subscriber(), subscriber())
    asked = {"campaign": campaign.pk, "include": [both.pk], "shown": "include"}
    assert reached(html(mia.post("/campaigns/estimate/", asked))) == 2
    campaign.refresh_from_db()
    assert campaign.include != [both.pk]


def test_a_test_goes_out_as_it_is_written_to_one_address(mia):
    subscriber(first_name="Ada", email="ada@example.org")
    campaign = draft(list_of(), body_html="", body_text="Look")
    words = {"campaign": campaign.pk, "subject": "Dear {{ contact.first_name }}", "as": "ada@"}
    said = html(mia.post(f"/campaigns/{campaign.pk}/send-test/", words | {"address": "mia@example.org"}))
    assert "in the outbox" in said
    assert OutboxMessage.objects.get().subject.endswith("Dear Ada")
    assert "is not an e-mail address" in html(
        mia.post(f"/campaigns/{campaign.pk}/send-test/", words | {"address": "x"})
    )
    campaign.refresh_from_db()
    assert campaign.subject.startswith("Hello")


def test_values_are_offered_with_their_names(mia):
    page = html(mia.get(f"/campaigns/{draft(list_of()).pk}/edit/"))
    assert '<option value="contact.first_name">' in page
    assert '<option value="contact.company.name">' in page
    assert '<option value="unsubscribe_url" data-always>' in page


def test_people_are_chosen_by_a_definition_written_for_this_campaign_alone(mia):
    campaign = draft(holdout=0)
    subscriber(country="IT")
    subscriber(country="FR")
    at = f"/campaigns/{campaign.pk}/definition/"
    assert "Send to people who" in html(mia.get(f"{at}?side=include"))
    italy = sent(
        Draft("group", {"mode": ["all"], "bare": ["1"]}, [condition(what="property:country", op="is", value="IT")])
    )
    gone = mia.post(f"{at}?side=include", {"draft": italy}, headers={"HX-Request": "true"})
    assert gone["HX-Redirect"] == f"/campaigns/{campaign.pk}/edit/#audience"
    campaign.refresh_from_db()
    assert campaign.include == [{"property": "country", "op": "is", "value": "IT"}]
    page = html(mia.get(f"/campaigns/{campaign.pk}/edit/"))
    assert "Country is “IT”" in page
    assert reached(html(mia.post("/campaigns/estimate/", {"campaign": campaign.pk}))) == 1
    assert 'value="property:country"' in html(mia.get(f"{at}?side=include&index=0"))
    shown = {"shown": ["include", "exclude"]}
    keep(mia, campaign, **shown, include_definition='{"property": "country", "op": "is", "value": "FR"}')
    campaign.refresh_from_db()
    assert campaign.include[0]["value"] == "FR"
    keep(mia, campaign, **shown)
    campaign.refresh_from_db()
    assert campaign.include == []
    assert mia.get(f"{at}?side=nowhere").status_code == 404


def test_each_channel_has_the_controls_that_it_needs(mia):
    campaign = draft(list_of(subscriber()), body_html="", body_text="Look")
    at = f"/campaigns/{campaign.pk}/edit/"
    assert "Open the visual editor" in html(mia.get(at))
    assert keep(mia, campaign, channel="sms")["HX-Refresh"] == "true"
    sms = html(mia.get(at))
    assert 'data-sms-count="id_body_text"' in sms
    assert "Open the visual editor" not in sms
    keep(mia, campaign, channel="webhook", webhook_url="https://hooks.example/in")
    hook = html(mia.get(at))
    assert "Address of the service" in hook
    assert "https://hooks.example/in" in hook
