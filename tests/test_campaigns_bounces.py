"""What mail servers and providers report: bounces and complaints suppress, in any order and however often repeated."""

from __future__ import annotations

import base64
import json
from datetime import timedelta

import pytest

from campaigns import selectors
from campaigns.models import Reaction, Send, Suppression
from campaigns.sending import providers
from campaigns.tracking.record import record
from campaigns.views import hooks
from contacts.models import Consent, Event
from crmseg.common import clock

from .campaign_worlds import list_of, send_all, started, subscriber

pytestmark = pytest.mark.django_db
SECRET = "hook:correct horse"
BOUNCED = {"event": "bounce", "email": "ada@example.org", "timestamp": 1_700_000_000}


@pytest.fixture
def ada(settings):
    settings.EMAIL_URL = ""
    settings.MAIL_WEBHOOK_SECRET = SECRET
    return subscriber(first_name="Ada", email="Ada@Example.org")


@pytest.fixture
def send(ada):
    send = send_all(started(list_of(ada))).sends.get()
    Send.objects.filter(pk=send.pk).update(provider_id="pm-1", sent_at=clock.now() - timedelta(hours=2))
    send.refresh_from_db()
    return send


def post(client, provider="postmark", secret=SECRET, **body):
    given = {"HTTP_AUTHORIZATION": "Basic " + base64.b64encode(secret.encode()).decode()} if secret else {}
    return client.post(f"/hooks/mail/{provider}/", json.dumps(body), content_type="application/json", **given)


def report(client, record_type, **more):
    base = {"RecordType": record_type, "MessageID": "pm-1", "Email": "ada@example.org"}
    return post(client, **(base | more)).status_code


def told(contact, name):
    return list(Event.objects.filter(contact=contact, type__name=name))


def test_a_hard_bounce_suppresses_and_is_an_event(client, ada, send):
    at = (clock.now() - timedelta(hours=1)).isoformat()
    for _ in range(2):
        assert report(client, "Bounce", Type="HardBounce", Description="550 no such user", BouncedAt=at) == 200
    send.refresh_from_db()
    assert send.bounced_at.isoformat() == at
    suppressed = Suppression.objects.get()
    assert (suppressed.address, suppressed.reason) == ("Ada@Example.org", "bounce")
    (event,) = told(ada, "Email Bounced")
    assert event.properties["bounce"] == "hard"
    assert "no such user" in event.properties["reason"]
    assert Reaction.objects.get().bounce == "hard"


def test_the_third_soft_bounce_in_thirty_days_suppresses(ada, send):
    now = clock.now()
    rows = [send, *(send_all(started(list_of(ada), name=f"C{n}")).sends.get() for n in range(3))]
    Send.objects.update(sent_at=now - timedelta(days=50))
    long_ago, *lately = [Send.objects.get(pk=row.pk) for row in rows]
    record(long_ago, "bounced", now - timedelta(days=40), hard=False, key="0")
    for number, row in enumerate(lately):
        assert not Suppression.objects.exists()
        for repeated in range(3):
            record(row, "bounced", now - timedelta(days=2 - number), hard=False, key=f"{number}.{repeated}")
        assert row.bounced_at is None
    assert Suppression.objects.get().reason == "bounce"


@pytest.mark.parametrize(
    ("kind", "description", "bounce"),
    [
        ("SoftBounce", "mailbox full", "soft"),
        ("HardBounce", "452 4.2.2 over quota", "soft"),
        ("DMARCPolicy", "550 5.7.1 policy", "soft"),
        ("BadEmailAddress", "not an address", "hard"),
        ("HardBounce", "550 5.1.1 user unknown", "hard"),
    ],
)
def test_soft_is_what_may_pass(client, ada, send, kind, description, bounce):
    report(client, "Bounce", Type=kind, Description=description)
    assert Reaction.objects.get().bounce == bounce
    assert Suppression.objects.exists() == (bounce == "hard")


def test_a_complaint_suppresses_and_unsubscribes(client, ada, send):
    for _ in range(2):
        assert report(client, "SpamComplaint", Type="SpamComplaint") == 200
    send.refresh_from_db()
    assert send.complained_at
    assert Suppression.objects.get().reason == "complaint"
    consent = Consent.objects.get(contact=ada)
    assert (consent.status, consent.method) == ("unsubscribed", "complaint")
    assert len(told(ada, "Email Complained")) == 1


def test_a_report_that_overtook_another_changes_nothing_in_the_end(client, ada, send):
    early, late = (clock.now() - timedelta(minutes=m) for m in (30, 20))
    for at in (late, early):
        record(send, "delivered", at, key=f"d{at}")
    send.refresh_from_db()
    assert send.delivered_at == early
    assert report(client, "Delivery", Recipient="ada@example.org", DeliveredAt=late.isoformat()) == 200
    send.refresh_from_db()
    assert send.delivered_at == early


def test_a_clock_that_goes_wrong_moves_nothing_before_the_message_or_after_now(send):
    record(send, "delivered", clock.now() + timedelta(days=900), key="late")
    send.refresh_from_db()
    assert send.delivered_at <= clock.now()
    record(send, "delivered", clock.now() - timedelta(days=900), key="early")
    send.refresh_from_db()
    assert send.delivered_at >= send.sent_at - timedelta(minutes=5)


def test_a_doubted_send_is_sure_once_it_is_delivered(client, ada, send):
    Send.objects.filter(pk=send.pk).update(state="uncertain", sent_at=None, attempt_at=clock.now(), reason="who knows")
    report(client, "Delivery", Recipient="ada@example.org", DeliveredAt=clock.now().isoformat())
    send.refresh_from_db()
    assert (send.state, send.sent_at, send.reason) == ("sent", send.attempt_at, "")
    assert selectors.counts_of([send.campaign_id])[send.campaign_id]["uncertain"] == 0


def test_who_unsubscribes_at_the_provider_is_unsubscribed_here(client, ada, send):
    report(client, "SubscriptionChange", SuppressionReason="ManualSuppression", Recipient="ada@example.org")
    assert Consent.objects.get(contact=ada).status == "unsubscribed"
    assert len(told(ada, "Email Unsubscribed")) == 1


@pytest.mark.parametrize("secret", ["", "hook:wrong", "hook", "x" * 5000])
def test_a_forged_report_is_refused(client, ada, send, secret):
    answer = post(client, secret=secret, RecordType="Bounce", Type="HardBounce", MessageID="pm-1", Email="x")
    assert answer.status_code == 403
    assert not Reaction.objects.exists()


def test_nothing_listens_where_nothing_is_configured(client, ada, send, settings):
    assert post(client, provider="mailgun").status_code == 404
    assert post(client, provider="nobody").status_code == 404
    settings.MAIL_WEBHOOK_SECRET = ""
    assert post(client).status_code == client.head("/hooks/mail/postmark/").status_code == 404


def test_a_signed_report_needs_its_signature_too(client, ada, send, settings):
    settings.MAIL_WEBHOOK_KEY = "key"
    signature = {"timestamp": "1", "token": "t", "signature": "0" * 64}
    answer = post(client, provider="mailgun", signature=signature, **{"event-data": {"event": "failed"}})
    assert answer.status_code == 403


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b'{"RecordType": 7, "MessageID": {}}', b"\xff"])
def test_an_unreadable_report_is_no_failure_of_ours(client, ada, body):
    given = {"HTTP_AUTHORIZATION": "Basic " + base64.b64encode(SECRET.encode()).decode()}
    answer = client.post("/hooks/mail/postmark/", body, content_type="application/json", **given)
    assert answer.status_code in {200, 400}


def test_no_words_of_a_server_break_the_record(client, ada, send):
    words = "550 \x00 no\r\nsuch \ud800 user <script>" + "x" * 5000
    assert report(client, "Bounce", Type="HardBounce", Description=words) == 200
    assert Reaction.objects.get().said.startswith("HardBounce 550 no such user <script>xxx")
    assert len(Suppression.objects.get().note) <= 500


def test_reports_about_messages_of_others_change_nothing(client, ada, send):
    assert report(client, "Bounce", Type="HardBounce", MessageID="somebody-else") == 200
    forged = {"Metadata": {"send": str(send.pk)}, "MessageID": "else", "Email": "eve@example.org"}
    assert report(client, "Bounce", Type="HardBounce", **forged) == 200
    assert not Reaction.objects.exists()
    assert report(client, "Bounce", Type="HardBounce", **(forged | {"Email": "ada@example.org"})) == 200
    assert Reaction.objects.count() == 1


@pytest.mark.parametrize(
    ("provider", "body"),
    [
        ("sendgrid", [BOUNCED | {"anymail_id": "pm-1", "type": "bounce"}]),
        ("mailtrap", {"events": [BOUNCED | {"message_id": "pm-1"}]}),
    ],
)
def test_providers_without_a_key_of_ours_report_by_the_secret_alone(client, ada, send, provider, body):
    given = {"HTTP_AUTHORIZATION": "Basic " + base64.b64encode(SECRET.encode()).decode()}
    url = f"/hooks/mail/{provider}/"
    assert client.post(url, json.dumps(body), content_type="application/json").status_code == 403
    assert client.post(url, json.dumps(body), content_type="application/json", **given).status_code == 200
    assert Suppression.objects.get().address == "Ada@Example.org"


def test_every_provider_that_mail_goes_through_may_report():
    assert set(providers.KEYS) <= set(hooks.PROVIDERS)
