"""Nobody is forgotten, nobody is mailed twice once a server accepted, and the one doubt is on record."""

import socket
from datetime import timedelta

import pytest
from django.db import connection

from campaigns import selectors, services, tasks
from campaigns.models import Campaign, OutboxMessage, Send
from campaigns.sending import batch, events, lease, mark, mime, smtp
from campaigns.sending.outcome import Outcome, Verdict
from contacts.models import Consent, Contact, Event
from crmseg.common import clock

from .campaign_worlds import MARKETER, list_of, mail_server, send_all, started, subscriber

pytestmark = pytest.mark.django_db


@pytest.fixture
def server(settings):
    with mail_server() as (server, url):
        settings.EMAIL_URL = url
        yield server


@pytest.fixture(autouse=True)
def _public(settings):
    settings.PUBLIC_URL = "https://crm.example.org"
    settings.EMAIL_URL = ""


def states(campaign):
    return {send.address: send.state for send in campaign.sends.all()}


def later(monkeypatch, delta):
    now = clock.now() + delta
    monkeypatch.setattr(clock, "now", lambda: now)


def test_a_campaign_is_delivered_by_smtp(server):
    ada = subscriber(first_name="Ada", last_name="Løvelace", email="ada@example.org")
    campaign = started(list_of(ada), sender="Mia at Shop <mia@shop.example.org>")
    send_all(campaign)

    mail = server.mail_to("ada@example.org")
    assert campaign.__class__.objects.get(pk=campaign.pk).state == "sent"
    assert mail["Subject"] == "Hello Ada"
    assert mail["From"] == "Mia at Shop <mia@shop.example.org>"
    assert mail["To"] == "Ada Løvelace <ada@example.org>"
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    link = mail["List-Unsubscribe"]
    assert link.startswith("<https://crm.example.org/u/")
    assert link.endswith("/>")
    assert [part.get_content_type() for part in mail.iter_parts()] == ["text/plain", "text/html"]
    assert link.strip("<>") in mail.get_body(("html",)).get_content()
    assert link.strip("<>") in mail.get_body(("plain",)).get_content()
    send = campaign.sends.get()
    assert send.message_id == mail["Message-ID"] == mime.message_id(send.pk)
    assert (send.attempts, send.state) == (1, "sent")


def test_without_a_mail_server_messages_go_to_the_outbox():
    campaign = send_all(started(list_of(subscriber(email="ada@example.org"), subscriber())))
    assert campaign.state == "sent"
    assert OutboxMessage.objects.count() == 2
    kept = OutboxMessage.objects.get(recipient__contains="ada@example.org")
    assert kept.subject == "Hello there"
    assert "Dear reader" in kept.html
    assert kept.headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    report = selectors.report(campaign)
    assert report == {
        "waiting": 0,
        "queued": 0,
        "sent": 2,
        "failed": 0,
        "uncertain": 0,
        "unsubscribed": 0,
        "skipped": {},
    }


def test_refused_for_good_fails_with_the_words_of_the_server(server):
    server.answer = lambda to: "550 5.1.1 No such user" if to.startswith("gone") else "250 OK"
    campaign = send_all(started(list_of(subscriber(email="gone@example.org"), subscriber(email="ada@example.org"))))
    assert states(campaign) == {"gone@example.org": "failed", "ada@example.org": "sent"}
    assert campaign.sends.get(address="gone@example.org").reason == "550 5.1.1 No such user"
    assert campaign.state == "sent"


def test_refused_for_now_is_tried_again_within_a_minute_and_less_and_less_often(server, monkeypatch):
    server.answer = lambda to: "451 Try later"
    campaign = send_all(started(list_of(subscriber(email="ada@example.org"))))
    send = campaign.sends.get()
    assert (send.state, send.attempts, send.reason) == ("queued", 1, "451 Try later")
    assert send.next_attempt_at - clock.now() < timedelta(seconds=60)
    assert campaign.state == "sending"
    assert lease.due_campaigns(clock.now()) == []

    later(monkeypatch, timedelta(seconds=61))
    assert lease.due_campaigns(clock.now()) == [campaign.pk]
    send_all(campaign)
    send.refresh_from_db()
    assert send.attempts == 2
    assert send.next_attempt_at - clock.now() > timedelta(seconds=60)

    server.answer = lambda to: "250 OK"
    later(monkeypatch, timedelta(hours=1))
    campaign = send_all(campaign)
    assert campaign.state == "sent"
    assert server.addresses == ["ada@example.org"]


def test_a_server_that_never_wants_it_fails_in_the_end(server, monkeypatch):
    server.answer = lambda to: "451 Try later"
    campaign = started(list_of(subscriber()))
    for _ in range(len(mark.RETRY_AFTER) + 1):
        send_all(campaign)
        later(monkeypatch, timedelta(hours=13))
    send = campaign.sends.get()
    assert (send.state, send.attempts) == ("failed", len(mark.RETRY_AFTER) + 1)


def test_a_server_out_of_reach_is_shown_and_asked_again(settings, monkeypatch):
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        settings.EMAIL_URL = f"smtp://127.0.0.1:{closed.getsockname()[1]}"
        campaign = send_all(started(list_of(subscriber(), subscriber())))
    assert "refused" in campaign.trouble.lower()
    assert set(states(campaign).values()) == {"queued"}
    assert all(send.attempts == 0 for send in campaign.sends.all())
    assert lease.due_campaigns(clock.now()) == []
    assert not batch.send_batch(campaign.pk)

    with mail_server() as (server, url):
        settings.EMAIL_URL = url
        later(monkeypatch, timedelta(seconds=31))
        assert lease.due_campaigns(clock.now()) == [campaign.pk]
        campaign = send_all(campaign)
        assert len(server.accepted) == 2
    assert (campaign.state, campaign.trouble) == ("sent", "")


def test_a_connection_that_breaks_before_the_answer_leaves_a_doubt_and_the_rest_goes_on(server):
    server.final = lambda to: "drop" if to.startswith("lost") else "250 OK"
    campaign = send_all(started(list_of(subscriber(email="lost@example.org"), subscriber(email="ada@example.org"))))
    assert states(campaign) == {"lost@example.org": "uncertain", "ada@example.org": "sent"}
    assert campaign.state == "sent"
    assert selectors.report(campaign)["uncertain"] == 1
    assert server.addresses == ["ada@example.org"]


class Killed(BaseException):
    """The worker is gone."""


def test_killed_between_the_acceptance_and_its_mark_nobody_is_mailed_twice(server, monkeypatch, settings):
    settings.EMAIL_URL += "?connections=1"
    people = [subscriber(email=f"p{n}@example.org") for n in range(5)]
    campaign = started(list_of(*people))
    real = smtp.Mailer.deliver

    def deliver(mailer, letters):
        outcomes = real(mailer, letters)
        if "p2@example.org" in [letter.recipient.address for letter in letters]:
            raise Killed
        return outcomes

    monkeypatch.setattr(smtp.Mailer, "deliver", deliver)
    monkeypatch.setattr(lease.Lease, "release", lambda lease: None)  # a killed worker tidies nothing
    with pytest.raises(Killed):
        batch.send_batch(campaign.pk)
    monkeypatch.undo()

    assert states(campaign)["p2@example.org"] == "leased"
    assert lease.recover(clock.now()) == 0
    lease.recover(clock.now() + lease.LENGTH + timedelta(seconds=1))
    send_all(campaign)
    assert states(campaign)["p2@example.org"] == "leased"  # its server may still be about to answer
    assert campaign.state == "sending"
    lease.recover(clock.now() + lease.LENGTH_OF_ATTEMPT + timedelta(seconds=1))
    assert send_all(campaign).state == "sent"
    assert states(campaign) == {
        "p0@example.org": "sent",
        "p1@example.org": "sent",
        "p2@example.org": "uncertain",
        "p3@example.org": "sent",
        "p4@example.org": "sent",
    }
    assert sorted(server.addresses) == sorted(states(campaign))


def test_killed_before_the_server_was_asked_nobody_is_forgotten(server):
    campaign = started(list_of(*(subscriber() for _ in range(3))))
    lease.take(campaign, 10)
    assert not batch.send_batch(campaign.pk)
    lease.recover(clock.now() + lease.LENGTH + timedelta(seconds=1))
    assert send_all(campaign).state == "sent"
    assert len(server.accepted) == 3


def test_a_slow_holder_of_a_lease_cannot_send_what_another_took_over(server):
    campaign = started(list_of(subscriber()))
    slow = lease.take(campaign, 10)
    lease.recover(clock.now() + lease.LENGTH + timedelta(seconds=1))
    quick = lease.take(campaign, 10)
    assert not mark.Marker(campaign, slow.token).begin({slow.sends[0].pk: "x"})
    assert mark.Marker(campaign, quick.token).begin({quick.sends[0].pk: "x"})


def test_a_holder_at_work_keeps_its_lease(monkeypatch):
    campaign = started(list_of(subscriber()))
    held = lease.take(campaign, 10)
    for _ in range(5):
        later(monkeypatch, lease.LENGTH * 0.7)
        held.keep()
        assert lease.recover(clock.now()) == 0
    later(monkeypatch, lease.LENGTH * 1.1)
    assert lease.recover(clock.now()) == 1


def test_an_answer_that_comes_after_the_lease_ended_settles_the_doubt():
    campaign = started(list_of(subscriber()))
    held = lease.take(campaign, 10)
    marker = mark.Marker(campaign, held.token)
    assert marker.begin({held.sends[0].pk: "x"})
    lease.recover(clock.now() + 2 * lease.LENGTH_OF_ATTEMPT)
    assert campaign.sends.get().state == "uncertain"
    marker.answered([(held.sends[0], Outcome(Verdict.SENT))])
    marker.flush()
    assert campaign.sends.get().state == "sent"


def test_two_workers_never_hold_the_same_send():
    campaign = started(list_of(*(subscriber() for _ in range(6))))
    one, two = lease.take(campaign, 4), lease.take(campaign, 4)
    assert (len(one.sends), len(two.sends)) == (4, 2)
    assert not {send.pk for send in one.sends} & {send.pk for send in two.sends}


def test_a_pause_stops_before_the_next_message(server):
    campaign = started(list_of(*(subscriber() for _ in range(5))))
    held = lease.take(campaign, 10)
    marker = mark.Marker(campaign, held.token)
    assert marker.begin({held.sends[0].pk: "a"})
    services.pause_campaign(campaign.pk, actor=MARKETER)
    assert not marker.begin({held.sends[1].pk: "b"})
    held.release()
    assert not batch.send_batch(campaign.pk)
    services.resume_campaign(campaign.pk, actor=MARKETER)
    send_all(campaign)
    assert len(server.accepted) == 4  # the first is still held by the worker that began it


def test_what_a_cancelled_campaign_had_leased_is_skipped_afterwards():
    campaign = started(list_of(subscriber()))
    held = lease.take(campaign, 10)
    services.cancel_campaign(campaign.pk, actor=MARKETER)
    held.release()
    tasks.sweep()
    assert campaign.sends.get().reason == "cancelled"


def test_who_unsubscribes_after_the_start_is_not_written_to():
    ada, bob, cy = subscriber(), subscriber(), subscriber()
    campaign = started(list_of(ada, bob, cy))
    Consent.objects.filter(contact=ada).update(status="unsubscribed")
    Contact.objects.filter(pk=bob.pk).delete()
    campaign = send_all(campaign)
    report = selectors.report(campaign)
    assert (report["sent"], report["skipped"]) == (1, {"deleted": 1, "no_consent": 1})


@pytest.mark.parametrize("name", ["Eve\r\nBcc: all@example.org", 'Eve" <x@y.z>, "', "Eve\x00\n\n<script>"])
def test_no_name_breaks_out_of_a_header(server, name):
    stored = name.replace("\x00", "")
    eve = subscriber(first_name=stored, email="eve@example.org")
    send_all(started(list_of(eve), subject="Hi {{ contact.first_name }}", sender="Shop <shop@example.org>"))
    mail = server.mail_to("eve@example.org")
    assert server.addresses == ["eve@example.org"]
    assert mail["Bcc"] is None
    assert [address.addr_spec for address in mail["To"].addresses] == ["eve@example.org"]
    assert len(mail["Subject"].splitlines()) == 1


@pytest.mark.parametrize("address", ["no-at-sign", "a b@example.org", "a@b\r\nRCPT TO:<x@y.z>", "@example.org"])
def test_an_unusable_address_fails_alone(server, address):
    broken = subscriber(email=address)
    campaign = send_all(started(list_of(broken, subscriber(email="ada@example.org"))))
    assert server.addresses == ["ada@example.org"]
    assert sorted(states(campaign).values()) == ["failed", "sent"]


def test_addresses_beyond_ascii_arrive(server):
    campaign = send_all(started(list_of(subscriber(email="ada@bücher.example"), subscriber(email="žofie@example.org"))))
    assert set(states(campaign).values()) == {"sent"}
    assert {to for to, _mail in server.accepted} == {"ada@xn--bcher-kva.example", "žofie@example.org"}


def test_a_long_body_with_dots_and_long_lines_arrives_whole(server):
    words = ".\n..\n.hidden\n" + "x" * 5000 + "\n" + "é" * 3000
    send_all(started(list_of(subscriber(email="ada@example.org")), body_html="", body_text=words))
    assert words in server.mail_to("ada@example.org").get_content().replace("\r\n", "\n")


def test_a_person_for_whom_the_message_cannot_be_made_fails_alone():
    campaign = send_all(
        started(list_of(subscriber(first_name="Ada"), subscriber()), subject="{{ contact.first_name | default: '' }}")
    )
    assert sorted(states(campaign).values()) == ["failed", "sent"]
    assert campaign.sends.get(state="failed").reason == "The subject is empty for this person."


def test_outcomes_come_back_as_events_once(server):
    server.answer = lambda to: "550 No" if to.startswith("gone") else "250 OK"
    ada, gone = subscriber(email="ada@example.org"), subscriber(email="gone@example.org")
    campaign = send_all(started(list_of(ada, gone)))
    stored = {(event.contact_id, event.type.name) for event in Event.objects.select_related("type")}
    assert stored == {(ada.pk, "Email Sent"), (gone.pk, "Email Failed"), (gone.pk, "Email Bounced")}
    sent = Event.objects.get(contact=ada)
    assert sent.properties["campaign_id"] == campaign.pk
    assert sent.properties["campaign_name"] == "Spring"

    Send.objects.update(event_due=True)  # as after a crash between the event and its mark
    assert events.record_due() == 2
    assert Event.objects.count() == 3


def test_the_sweep_does_what_a_lost_ring_left_undone(monkeypatch):
    campaign = started(list_of(subscriber()))
    monkeypatch.setattr(tasks.send_batch, "apply_async", lambda given, **how: tasks.send_batch(*given))
    tasks.sweep()
    campaign.refresh_from_db()
    assert campaign.state == "sent"
    assert not Send.objects.filter(event_due=True).exists()


def test_a_broker_out_of_reach_fails_no_start(monkeypatch, django_capture_on_commit_callbacks):
    def refuse(*args, **how):
        raise OSError("no broker")

    monkeypatch.setattr(tasks.send_batch, "apply_async", refuse)
    with django_capture_on_commit_callbacks(execute=True) as rung:
        campaign = started(list_of(subscriber()))
    assert campaign.state == Campaign.State.SENDING
    assert len(rung) == 1


def test_the_queries_of_a_batch_do_not_grow_with_it(django_assert_max_num_queries):
    campaign = started(list_of(*(subscriber() for _ in range(50))))
    with django_assert_max_num_queries(60):
        batch.send_batch(campaign.pk)
    assert connection.in_atomic_block
    assert OutboxMessage.objects.count() == 50
