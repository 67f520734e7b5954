"""Mail by the API of a provider: its words decide, its name for a message is kept, its key is shown nowhere."""

import json
import socket

import pytest

from campaigns.sending import kept_open

from .campaign_services import service
from .campaign_worlds import list_of, send_all, started, subscriber

pytestmark = pytest.mark.django_db
TAKEN = b'{"ErrorCode": 0, "Message": "OK", "MessageID": "id-of-it", "To": "ada@example.org", "SubmittedAt": "2026"}'


@pytest.fixture
def told(settings):
    with service() as told:
        told.answer = lambda asked: (200, TAKEN)
        settings.EMAIL_URL = f"anymail+postmark://top-secret-key?api_url={told.url}/"
        yield told
        kept_open.rest()


def test_a_provider_is_given_the_whole_message_and_its_id_is_kept(told):
    campaign = send_all(started(list_of(subscriber(email="ada@example.org", first_name="Ada"))))
    [asked] = told.asked
    body = json.loads(asked.body)
    assert asked.headers["X-Postmark-Server-Token"] == "top-secret-key"
    assert (body["Subject"], body["To"]) == ("Hello Ada", "Ada <ada@example.org>")
    assert "Dear Ada" in body["HtmlBody"]
    assert {header["Name"] for header in body["Headers"]} == {"List-Unsubscribe", "List-Unsubscribe-Post"}
    send = campaign.sends.get()
    assert (send.state, send.provider_id) == ("sent", "id-of-it")


@pytest.mark.parametrize(
    ("status", "becomes", "trouble"),
    [
        (422, "failed", False),
        (429, "queued", False),
        (401, "queued", True),
        (500, "uncertain", False),
        (0, "uncertain", False),
    ],
)
def test_the_answer_of_a_provider_decides(told, status, becomes, trouble):
    told.answer = lambda asked: (status, b'{"ErrorCode": 300, "Message": "words of the provider"}')
    campaign = send_all(started(list_of(subscriber(email="ada@example.org"))))
    send = campaign.sends.get()
    assert (send.state, bool(campaign.trouble)) == (becomes, trouble)
    assert len(told.asked) == 1
    if status:
        assert "words of the provider" in send.reason


@pytest.mark.parametrize(
    "url", ["anymail+postmark://", "anymail+nobody://top-secret-key", "anymail+mailjet://top-secret-key"]
)
def test_a_provider_named_wrongly_is_trouble_without_its_key(settings, caplog, url):
    settings.EMAIL_URL = url
    campaign = send_all(started(list_of(subscriber())))
    assert campaign.trouble
    assert "top-secret-key" not in campaign.trouble + caplog.text
    assert campaign.sends.get().state == "queued"


def test_a_provider_out_of_reach_is_asked_again_and_nobody_is_in_doubt(settings, caplog):
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        settings.EMAIL_URL = f"anymail+postmark://top-secret-key?api_url=http://127.0.0.1:{closed.getsockname()[1]}/"
        campaign = send_all(started(list_of(subscriber())))
    assert campaign.sends.get().state == "queued"
    assert campaign.trouble
    assert "top-secret-key" not in campaign.trouble + caplog.text
