"""A mail server at its worst: slow, gone in the middle, refusing connections, refusing one of many."""

import socket
import threading

import pytest

from campaigns.content.compose import Message
from campaigns.sending import kept_open, smtp
from campaigns.sending.mailserver import MailServer
from campaigns.sending.mime import Letter, Mailbox
from campaigns.sending.outcome import Unreachable, Verdict

from .campaign_worlds import Server, list_of, mail_server, send_all, started, subscriber


class Scripted:
    """An SMTP server in a thread per connection, as bad as its script: what it does once it has the whole message."""

    def __init__(self, *, pipelines=False, at_data="354 Go on", final="250 OK", most=100):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.pipelines, self.at_data, self.final, self.most = pipelines, at_data, final, most
        self.accepted, self.connections = [], 0
        threading.Thread(target=self._serve, daemon=True).start()

    @property
    def url(self):
        return f"smtp://127.0.0.1:{self.listener.getsockname()[1]}?connections=4"

    def _serve(self):
        while True:
            try:
                connection, _from = self.listener.accept()
            except OSError:
                return
            self.connections += 1
            if self.connections > self.most:
                connection.sendall(b"421 Too many connections\r\n")
                connection.close()
                continue
            threading.Thread(target=self._talk, args=(connection,), daemon=True).start()

    def _talk(self, connection):
        file = connection.makefile("rb")
        say = lambda text: connection.sendall(text.encode() + b"\r\n")  # noqa: E731
        say("220 ready")
        to = ""
        for line in file:
            word = line[:4].upper()
            if word == b"EHLO":
                say("250-here\r\n250 PIPELINING" if self.pipelines else "250 here")
            elif word == b"RCPT":
                to = line.decode().split("<")[1].split(">")[0]
                say("550 5.1.1 No such user" if to.startswith("gone") else "250 OK")
            elif word == b"DATA":
                say(self.at_data)
                if not self.at_data.startswith("354"):
                    continue
                size = 0
                for body in file:
                    size += len(body)
                    if body == b".\r\n":
                        break
                    if self.final == "cut in the middle":
                        connection.shutdown(socket.SHUT_RDWR)
                        connection.close()
                        return
                if to.startswith("gone"):
                    say("554 No valid recipients")
                    continue
                if self.final in {"gone", "silence"}:
                    if self.final == "gone":
                        connection.shutdown(socket.SHUT_RDWR)
                        connection.close()
                    return
                self.accepted.append(to)
                say(self.final)
            elif word == b"QUIT":
                say("221 bye")
                return
            else:
                say("250 OK")


def letter(to="ada@example.org", text="Hello"):
    message = Message("Hi", "", text)
    return Letter(Mailbox("", "shop@example.org"), Mailbox("", to), message, f"<{to}>", "https://crm.example.org/u/x/")


def delivered(server, *letters, **patience):
    with smtp.Mailer(server.url, **({"timeout": 2, "final_timeout": 2} | patience)) as mailer:
        assert mailer.ready(len(letters)) == len(letters)
        return mailer.deliver(list(letters))


@pytest.mark.parametrize("pipelines", [False, True])
def test_one_refused_recipient_among_others_spoils_nothing(pipelines):
    server = Scripted(pipelines=pipelines)
    with smtp.Mailer(server.url) as mailer:
        for _ in range(2):  # the connection on which one was refused is used again
            mailer.ready(3)
            outcomes = mailer.deliver([letter("a@example.org"), letter("gone@example.org"), letter("b@example.org")])
            assert [one.verdict for one in outcomes] == [Verdict.SENT, Verdict.FAILED, Verdict.SENT]
            assert [one.bounced for one in outcomes] == [False, True, False]
    assert sorted(server.accepted) == ["a@example.org"] * 2 + ["b@example.org"] * 2
    assert server.connections == 3


@pytest.mark.parametrize(
    ("script", "verdict"),
    [
        ({"final": "gone"}, Verdict.UNCERTAIN),
        ({"final": "silence"}, Verdict.UNCERTAIN),
        ({"final": "451 Later"}, Verdict.RETRY),
        ({"final": "554 No"}, Verdict.FAILED),
        ({"at_data": "451 Later"}, Verdict.RETRY),
        ({"at_data": "421 Closing"}, Verdict.RETRY),
    ],
)
@pytest.mark.parametrize("pipelines", [False, True])
def test_what_a_failure_means_depends_on_when_it_happens(script, verdict, pipelines):
    [one, two] = delivered(Scripted(pipelines=pipelines, **script), letter("a@example.org"), letter("b@example.org"))
    assert (one.verdict, two.verdict) == (verdict, verdict)


def test_cut_off_in_the_middle_of_a_large_message_it_was_not_taken():
    [outcome] = delivered(Scripted(final="cut in the middle"), letter(text="x\n" * 5_000_000))
    assert outcome.verdict is Verdict.RETRY


def test_a_server_that_closed_a_resting_connection_is_connected_to_again():
    server = Scripted()
    with smtp.Mailer(server.url) as mailer:
        mailer.ready(1)
        assert mailer.deliver([letter("a@example.org")])[0].verdict is Verdict.SENT
        mailer.connections[0].server.sock.shutdown(socket.SHUT_RDWR)
        mailer.ready(1)
        assert mailer.deliver([letter("b@example.org")])[0].verdict is Verdict.SENT
    assert server.accepted == ["a@example.org", "b@example.org"]


def test_a_server_that_allows_few_connections_is_used_through_those():
    with smtp.Mailer(Scripted(most=2).url) as mailer:
        assert mailer.ready(4) == 2
        assert mailer.ready(4) == 2


def test_after_so_many_messages_a_connection_is_opened_anew():
    server = Scripted()
    with smtp.Mailer(f"{server.url}&messages=2") as mailer:
        for _ in range(5):
            mailer.ready(1)
            mailer.deliver([letter()])
    assert server.connections == 3


@pytest.mark.parametrize("url", ["smtp://", "http://x", "smtp://x?connections=0", "smtp://x?connections=many"])
def test_an_address_that_names_no_mail_server_is_said_to_be_none(url):
    with pytest.raises(Unreachable):
        smtp.Mailer(url).ready(1)
    assert "secret" not in repr(MailServer.read("smtps://user:secret@host"))


@pytest.mark.django_db
def test_a_slow_server_keeps_others_of_the_same_moment_waiting_only_once(settings):
    class Slow(Server):
        async def handle_DATA(self, server, session, envelope):
            import asyncio

            await asyncio.sleep(0.3)
            return await super().handle_DATA(server, session, envelope)

    with mail_server(Slow()) as (server, url):
        settings.EMAIL_URL = f"{url}?connections=8"
        campaign = send_all(started(list_of(*(subscriber() for _ in range(16)))))
        kept_open.rest()
    assert campaign.state == "sent"
    assert len(server.accepted) == 16
