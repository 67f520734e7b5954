"""The other channels: calls of services, signed and kept out of private networks, and SMS by a provider."""

import hashlib
import hmac
import json
from datetime import timedelta
from urllib.parse import parse_qs

import pytest

from campaigns import draft
from campaigns.channels import registry, webhook
from campaigns.models import OutboxMessage, Send
from campaigns.sending import batch, kept_open, trial
from contacts.models import Event
from crmseg.common import clock
from crmseg.common.problems import Conflict, InvalidInput

from .campaign_services import service
from .campaign_worlds import draft as draft_of
from .campaign_worlds import list_of, send_all, started, subscriber
from .factories import ConsentFactory, ContactFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def told():
    with service() as told:
        yield told
        kept_open.rest()


@pytest.fixture
def _private(settings):
    settings.ALLOW_PRIVATE_WEBHOOKS = True


def phoned(**fields):
    contact = ContactFactory(**({"phone": "+39 055 123 4567"} | fields))
    ConsentFactory(contact=contact, channel="sms")
    return contact


def calling(told, *people, **words):
    given = {"channel": "webhook", "webhook_url": f"{told.url}/hook", "subject": "", "body_html": "", "body_text": "Hi"}
    return started(list_of(*people), **(given | words))


def state_of(campaign):
    return [(send.state, send.reason) for send in campaign.sends.order_by("pk")]


def test_a_draft_may_choose_every_channel_there_is():
    assert set(draft.CHANNELS) == set(registry.choices())


@pytest.mark.usefixtures("_private")
def test_a_service_is_told_of_each_person_signed_and_once(told):
    people = [subscriber(first_name=name) for name in ("Ada", "Bob", "Cy")]
    campaign = send_all(calling(told, *people, body_text='{"hello": "{{ contact.first_name | default: 1 }}"}'))
    bodies = [json.loads(asked.body) for asked in told.asked]
    assert campaign.state == "sent"
    assert {body["data"]["hello"] for body in bodies} == {"Ada", "Bob", "Cy"}
    assert {body["contact"]["id"] for body in bodies} == {person.pk for person in people}
    assert all(body["campaign"] == {"id": campaign.pk, "name": "Spring"} for body in bodies)
    for asked in told.asked:
        at, signed = (part.partition("=")[2] for part in asked.headers["X-Crmseg-Signature"].split(","))
        expected = hmac.new(webhook.secret().encode(), f"{at}.".encode() + asked.body, hashlib.sha256)
        assert hmac.compare_digest(signed, expected.hexdigest())
    assert len({asked.headers["Idempotency-Key"] for asked in told.asked}) == 3
    assert set(Event.objects.values_list("type__name", flat=True)) == {"Webhook Sent"}


@pytest.mark.usefixtures("_private")
def test_what_a_name_holds_adds_nothing_to_the_body(told):
    eve = subscriber(first_name='", "admin": true, "x": "')
    send_all(calling(told, eve, body_text='{"name": "{{ contact.first_name | default: 1 }}"}'))
    assert json.loads(told.asked[0].body)["data"] == {"name": '", "admin": true, "x": "'}


@pytest.mark.usefixtures("_private")
@pytest.mark.parametrize(("status", "becomes"), [(503, "queued"), (429, "queued"), (400, "failed"), (302, "failed")])
def test_an_answer_decides_whether_a_service_is_asked_again(told, status, becomes):
    told.answer = lambda asked: (status, b"words of the service")
    told.headers = {"Location": f"{told.url}/elsewhere"}
    campaign = send_all(calling(told, subscriber()))
    [(state, reason)] = state_of(campaign)
    assert (state, reason) == (becomes, f"{status} words of the service")
    assert [asked.path for asked in told.asked] == ["/hook"]


@pytest.mark.usefixtures("_private")
def test_a_service_that_breaks_off_leaves_a_doubt_that_is_not_asked_again(told, monkeypatch):
    told.answer = lambda asked: (0, b"")
    campaign = send_all(calling(told, subscriber()))
    assert state_of(campaign)[0][0] == "uncertain"
    later = clock.now() + timedelta(hours=1)
    monkeypatch.setattr(clock, "now", lambda: later)
    batch.send_batch(campaign.pk)
    assert len(told.asked) == 1


def test_private_addresses_are_refused_at_the_start_and_at_each_call(told, settings):
    with pytest.raises(InvalidInput, match="private network"):
        calling(told, subscriber())
    settings.ALLOW_PRIVATE_WEBHOOKS = True
    campaign = calling(told, subscriber())
    settings.ALLOW_PRIVATE_WEBHOOKS = False
    [(state, reason)] = state_of(send_all(campaign))
    assert state == "failed"
    assert "private network" in reason
    assert not told.asked


def test_a_webhook_needs_an_address_and_mail_its_words():
    for data, pointer in (
        ({"channel": "webhook", "subject": "", "body_html": ""}, "/webhook_url"),
        ({"channel": "sms", "subject": "", "body_html": ""}, "/body_html"),
        ({"subject": ""}, "/subject"),
    ):
        with pytest.raises(InvalidInput) as refused:
            started(list_of(subscriber()), **data)
        assert pointer in [problem.pointer for problem in refused.value.problems]


def test_without_a_provider_an_sms_is_kept_in_the_outbox():
    words = {"channel": "sms", "subject": "", "body_html": "", "body_text": "Hello {{ contact.first_name }}"}
    campaign = send_all(started(list_of(phoned(first_name="Ada")), **words))
    kept = OutboxMessage.objects.get()
    assert (kept.recipient, kept.text, kept.html) == ("+390551234567", "Hello Ada", "")
    assert campaign.state == "sent"
    assert set(Event.objects.values_list("type__name", flat=True)) == {"SMS Sent"}


def test_a_provider_is_asked_as_its_api_wants_it_and_its_id_is_kept(told, settings):
    settings.SMS_URL = told.url.replace("http://", "twilio+http://AC1:to%40ken@") + "?from=%2B15550001"
    told.answer = lambda asked: (201, b'{"sid": "SM42"}')
    words = {"channel": "sms", "subject": "", "body_html": "", "body_text": "Ciao è ora"}
    campaign = send_all(started(list_of(phoned()), **words))
    [asked] = told.asked
    assert asked.path == "/2010-04-01/Accounts/AC1/Messages.json"
    assert asked.headers["Authorization"] == "Basic QUMxOnRvQGtlbg=="
    assert parse_qs(asked.body.decode()) == {"To": ["+390551234567"], "From": ["+15550001"], "Body": ["Ciao è ora"]}
    assert campaign.sends.get().provider_id == "SM42"


@pytest.mark.parametrize(
    ("status", "body", "becomes"),
    [
        (400, b'{"code": 21211, "message": "Invalid To"}', "failed"),
        (429, b"{}", "queued"),
        (500, b"", "uncertain"),
        (401, b"{}", "queued"),
    ],
)
def test_the_answer_of_a_provider_decides(told, settings, status, body, becomes):
    settings.SMS_URL = told.url.replace("http://", "twilio+http://AC1:token@") + "?from=MG1"
    told.answer = lambda asked: (status, body)
    words = {"channel": "sms", "subject": "", "body_html": "", "body_text": "Hi"}
    campaign = send_all(started(list_of(phoned()), **words))
    assert state_of(campaign)[0][0] == becomes
    assert bool(campaign.trouble) == (status == 401)


def test_a_provider_named_wrongly_is_trouble_without_its_secrets(settings):
    settings.SMS_URL = "twilio://AC1:secret@"
    words = {"channel": "sms", "subject": "", "body_html": "", "body_text": "Hi"}
    campaign = send_all(started(list_of(phoned()), **words))
    assert campaign.trouble
    assert "secret" not in campaign.trouble
    assert state_of(campaign) == [("queued", "")]


def test_on_the_best_channel_each_is_written_to_on_their_own():
    both, only_sms = subscriber(email="ada@example.org"), phoned(email="")
    words = {"channel": "best", "body_html": "", "body_text": "Hello"}
    campaign = send_all(started(list_of(both, only_sms), **words))
    assert {send.contact_id: send.channel for send in campaign.sends.all()} == {both.pk: "email", only_sms.pk: "sms"}
    texts = dict(OutboxMessage.objects.values_list("send__channel", "text"))
    assert texts["sms"] == "Hello"
    assert "Unsubscribe" in texts["email"]


def test_a_test_of_an_sms_goes_to_a_number_and_of_a_webhook_to_its_service(told, settings):
    settings.SMS_URL = f"twilio+http://AC1:token@{told.url.removeprefix('http://')}?from=%2B15550001"
    settings.ALLOW_PRIVATE_WEBHOOKS = True
    ada = phoned(first_name="Ada")
    words = {"subject": "", "body_html": "", "body_text": "Hi {{ contact.first_name }}"}
    sms = draft_of(list_of(ada), channel="sms", **words)
    assert trial.send_test(sms, address="+39 06 1234 5678") == "sms"
    sent = parse_qs(told.asked[-1].body.decode())
    assert (sent["To"], sent["Body"]) == (["+390612345678"], ["Hi Ada"])
    with pytest.raises(InvalidInput, match="/address"):
        trial.send_test(sms, address="mia@example.org")

    called = draft_of(list_of(ada), channel="webhook", webhook_url=f"{told.url}/people", **words)
    assert trial.send_test(called, address=None) == "webhook"
    assert json.loads(told.asked[-1].body)["message"]["text"] == "Hi Ada"
    told.answer = lambda asked: (410, b"gone")
    with pytest.raises(Conflict, match="410 gone"):
        trial.send_test(called, address=None)
    assert not Send.objects.exists()


def test_without_a_provider_the_test_of_an_sms_is_in_the_outbox():
    sms = draft_of(list_of(phoned()), channel="sms", subject="", body_html="", body_text="Hi")
    assert trial.send_test(sms, address="+390612345678") == "outbox"
    assert OutboxMessage.objects.get().recipient == "+390612345678"
