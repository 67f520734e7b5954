"""Consent topics and channels: declared once, chosen in forms, and no answer depends on a declaration."""

from __future__ import annotations

import json

import pytest
from django.test import Client
from django.utils import translation

from campaigns import audience
from campaigns.models import Campaign
from contacts import consent_topics, services
from contacts.channels import ADDRESSES, CHANNELS
from contacts.forms import ConsentForm
from contacts.models import Consent, ConsentChannel, ConsentCount, ConsentTopic
from crmseg.access.models import ApiKey, AuditEntry, User
from crmseg.common.actor import SYSTEM
from crmseg.common.problems import Conflict, InvalidInput
from segments import services as lists
from segments.definition import channels as of_definitions
from tests.factories import ConsentFactory, ContactFactory

pytestmark = pytest.mark.django_db
HOSTILE = "<script>alert('x')</script>"


@pytest.fixture
def marketer(client: Client) -> Client:
    client.force_login(User.objects.create_user("mara@example.org", "correct horse battery", role="marketer"))
    return client


def text_of(answer) -> str:
    assert answer.status_code == 200, answer.status_code
    return answer.content.decode()


def topic(**data: object) -> ConsentTopic:
    return services.declare_topic(data={"key": "offers", **data}, actor=SYSTEM)


def test_lists_read_the_channels_that_contacts_know():
    assert of_definitions.ADDRESSES is ADDRESSES
    assert set(ADDRESSES) == set(CHANNELS)


def test_the_builder_offers_every_channel_and_topic_by_its_name(marketer):
    services.declare_channel(data={"key": "letter", "label": "Post"}, actor=SYSTEM)
    topic(label="Special offers")
    draft = {"id": "n1", "kind": "condition", "fields": {"what": ["consent:"]}, "children": []}
    row = text_of(marketer.post("/lists/builder/row/", {"row": json.dumps(draft)}))
    assert '<option value="sms">SMS</option>' in row
    assert '<option value="letter">Post</option>' in row
    reached = draft | {"fields": {"what": ["reachable:"]}}
    row = text_of(marketer.post("/lists/builder/row/", {"row": json.dumps(reached)}))
    assert '<option value="email" selected>E-mail</option>' in row
    assert "Post" not in row
    for q in ("", "spec", "off"):
        found = marketer.get("/lists/builder/values/", {"topics": 1, "q": q}).json()["values"]
        assert found == [{"value": "offers", "count": 0}]


def test_a_topic_is_called_by_its_label_in_the_language_of_the_reader():
    made = topic(label="Special offers", labels={"it": "Offerte speciali"})
    assert str(made) == "Special offers"
    with translation.override("it"):
        assert str(made) == "Offerte speciali"
    with translation.override("fr"):
        assert str(made) == "Special offers"
    assert str(services.declare_topic(data={"key": "big_news"}, actor=SYSTEM)) == "Big news"


@pytest.mark.parametrize(
    ("data", "pointer"),
    [
        ({"key": ""}, "/key"),
        ({"key": "k" * 101}, "/key"),
        ({"labels": {"tlh": "nuqneH"}}, "/labels/tlh"),
        ({"labels": "none"}, "/labels"),
        ({"channels": ["E-Mail"]}, "/channels/0"),
        ({"default": "maybe"}, "/default"),
        ({"lable": "x"}, "/lable"),
        ({"description": "x" * 2_001}, "/description"),
    ],
)
def test_every_problem_of_a_topic_says_where_it_is(data: dict, pointer: str):
    with pytest.raises(InvalidInput) as refused:
        topic(**data)
    assert [problem.pointer for problem in refused.value.problems] == [pointer]
    assert not ConsentTopic.objects.exists()


def test_a_key_is_declared_once_and_stays():
    made = topic()
    with pytest.raises(Conflict):
        topic()
    with pytest.raises(InvalidInput):
        services.change_topic(made.pk, data={"key": "other"}, actor=SYSTEM)
    with pytest.raises(InvalidInput):
        services.declare_channel(data={"key": "email"}, actor=SYSTEM)


def test_forms_offer_what_is_declared_and_what_answers_use():
    services.declare_channel(data={"key": "post", "label": "Letters"}, actor=SYSTEM)
    topic(label="Special offers")
    ConsentFactory(channel="fax", topic="old_news")
    consent_topics.count()
    form = ConsentForm()
    assert [key for key, _label in form.fields["channel"].choices] == [*CHANNELS, "tracking", "post", "fax"]
    assert ("post", "Letters") in form.fields["channel"].choices
    assert form.fields["topic"].choices == [("", "Everything"), ("offers", "Special offers"), ("old_news", "old_news")]
    assert not ConsentForm({"channel": "pigeon", "status": "subscribed", "method": "paper"}).is_valid()


def test_an_answer_is_recorded_on_a_declared_channel_by_the_page_and_on_any_by_the_service(marketer: Client):
    services.declare_channel(data={"key": "post"}, actor=SYSTEM)
    ada = ContactFactory()
    sent = {"channel": "post", "topic": "", "status": "subscribed", "method": "paper"}
    marketer.post(f"/contacts/{ada.pk}/consent/", sent)
    services.set_consent([ada.pk], channel="pigeon", status="subscribed", actor=SYSTEM)
    assert set(Consent.objects.values_list("channel", flat=True)) == {"post", "pigeon"}


def test_the_page_counts_answers_and_offers_to_declare_what_is_used(marketer: Client):
    topic(label=HOSTILE)
    for channel, about, status in [
        ("email", "", "subscribed"),
        ("email", "offers", "subscribed"),
        ("sms", "offers", "unsubscribed"),
        ("fax", "", "subscribed"),
        ("email", "old news", "unsubscribed"),
    ]:
        ConsentFactory(channel=channel, topic=about, status=status)
    answer = marketer.get("/topics/")
    text = text_of(answer)
    assert "<script>alert" not in text
    assert "/topics/channels/new/?key=fax" in text
    assert "/topics/new/?key=old%20news" in text
    offers = answer.context["topics"][0]["answers"]
    assert (offers.subscribed, offers.unsubscribed) == (1, 1)
    assert 'value="old news"' in text_of(marketer.get("/topics/new/?key=old%20news"))


def test_a_topic_is_declared_changed_and_deleted_while_its_answers_stay(marketer: Client):
    ConsentFactory(topic="offers")
    sent = {"key": "offers", "label": "Offers", "label_it": "Offerte", "channels": ["email"], "default": "unsubscribed"}
    assert marketer.post("/topics/new/", sent)["Location"] == "/topics/"
    made = ConsentTopic.objects.get()
    assert (made.labels, made.channels, made.default) == ({"it": "Offerte"}, ["email"], "unsubscribed")
    marketer.post(f"/topics/{made.pk}/", {"label": "Deals", "default": "subscribed"})
    made.refresh_from_db()
    assert (str(made), made.labels, made.channels) == ("Deals", {}, [])
    assert "1 answer stays on record" in text_of(marketer.get(f"/topics/{made.pk}/"))
    marketer.post(f"/topics/{made.pk}/withdraw/")
    assert not ConsentTopic.objects.exists()
    assert Consent.objects.filter(topic="offers").exists()
    actions = AuditEntry.objects.filter(object_type="consenttopic").order_by("id").values_list("action", flat=True)
    assert list(actions) == ["created", "updated", "deleted"]


def test_a_channel_is_declared_and_deleted(marketer: Client):
    marketer.post("/topics/channels/new/", {"key": "post", "label": "Letters"})
    made = ConsentChannel.objects.get()
    assert "Letters" in text_of(marketer.get("/topics/"))
    assert marketer.post("/topics/channels/new/", {"key": "Not a key"}).status_code == 400
    marketer.post(f"/topics/channels/{made.pk}/withdraw/")
    assert not ConsentChannel.objects.exists()


def test_viewers_see_topics_and_change_none(client: Client):
    client.force_login(User.objects.create_user("vera@example.org", "correct horse battery", role="viewer"))
    made = topic()
    assert "Offers" in text_of(client.get("/topics/"))
    for path in ("new/", f"{made.pk}/", f"{made.pk}/withdraw/", "channels/new/"):
        assert client.post(f"/topics/{path}", {"key": "mine"}).status_code == 403


@pytest.mark.parametrize(
    ("default", "answer", "reached"),
    [
        ("subscribed", None, True),
        ("subscribed", "unsubscribed", False),
        ("unsubscribed", None, False),
        ("unsubscribed", "never", False),
        ("unsubscribed", "subscribed", True),
    ],
)
def test_a_campaign_on_a_topic_reaches_whom_it_may(default: str, answer: str | None, reached: bool):
    topic(default=default)
    ada = ContactFactory()
    ConsentFactory(contact=ada, status="subscribed")
    if answer:
        ConsentFactory(contact=ada, topic="offers", status=answer)
    static = lists.create_segment(name="All", kind="static", actor=SYSTEM)
    lists.add_members(static.pk, [ada.pk], actor=SYSTEM)
    campaign = Campaign.objects.create(name="Offers", topic="offers", include=[static.pk], holdout=0)
    assert audience.waterfall(campaign)["queued"] == int(reached)


def test_a_worker_keeps_the_counts_of_answers():
    ConsentFactory(topic="offers")
    ConsentFactory(topic="offers", status="unsubscribed")
    consent_topics.count()
    row = ConsentCount.objects.get()
    assert (row.channel, row.topic, row.subscribed, row.unsubscribed) == ("email", "offers", 1, 1)


def test_topics_over_the_api(client: Client):
    _key, secret = ApiKey.objects.create_key(name="full", scope="full")
    headers = {"Authorization": f"Bearer {secret}"}

    def send(method: str, path: str, data: object = None):
        body = json.dumps(data) if data is not None else ""
        return client.generic(method, f"/api/v1/topics/{path}", body, "application/json", headers=headers)

    made = send("POST", "", {"key": "special offers", "labels": {"fr": "Offres"}, "channels": ["email"]})
    assert (made.status_code, made.json()["label"], made.json()["default"]) == (201, "Special offers", "subscribed")
    assert send("POST", "", {"key": "special offers"}).status_code == 409
    assert send("PATCH", "special%20offers/", {"label": "Deals"}).json()["label"] == "Deals"
    assert [one["key"] for one in send("GET", "").json()["results"]] == ["special offers"]
    refused = send("PATCH", "special%20offers/", {"default": "maybe"})
    assert (refused.status_code, refused.json()["problems"][0]["pointer"]) == (400, "/default")
    assert send("DELETE", "special%20offers/").status_code == 204
    assert send("GET", "special%20offers/").status_code == 404
