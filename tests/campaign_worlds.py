"""Small worlds for campaigns: a list of subscribed people, a draft for them, and a mail server on the loopback."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from campaigns import services
from campaigns.models import Campaign
from campaigns.sending import batch, events
from contacts.models import Contact
from crmseg.common import clock
from crmseg.common.actor import Actor
from crmseg.embedded.valkey import free_port
from segments.models import Membership, Segment

from .factories import ConsentFactory, ContactFactory

MARKETER = Actor("user", "Mia")


def subscriber(**fields: Any) -> Contact:
    contact = ContactFactory(**fields)
    ConsentFactory(contact=contact)
    return contact


def list_of(*contacts: Contact, name: str = "", **fields: Any) -> Segment:
    given = {"kind": "static", "state": "live", "live_version": 1, "size": len(contacts)} | fields
    segment = Segment.objects.create(name=name or f"List {Segment.objects.count()}", **given)
    Membership.objects.bulk_create(
        Membership(segment=segment, contact_id=contact.pk, entered_at=clock.now()) for contact in contacts
    )
    return segment


def draft(*include: Segment, exclude: tuple[Segment, ...] = (), **data: Any) -> Campaign:
    words = {
        "name": "Spring",
        "subject": 'Hello {{ contact.first_name | default: "there" }}',
        "body_html": '<p>Dear {{ contact.first_name | default: "reader" }}, look.</p>',
    }
    lists = {"include": [s.pk for s in include], "exclude": [s.pk for s in exclude], "holdout": 0}
    return services.create_campaign(data=words | lists | data, actor=MARKETER)


def started(*include: Segment, **data: Any) -> Campaign:
    return services.start_campaign(draft(*include, **data).pk, actor=MARKETER)


def send_all(campaign: Campaign) -> Campaign:
    """What the worker does, in this process."""
    while batch.send_batch(campaign.pk):
        pass
    while events.record_due():
        pass
    campaign.refresh_from_db()
    return campaign


Answer = Callable[[str], str]


class Server:
    """Keeps what it accepted; `answer` says what each recipient is answered to RCPT, `final` after the message."""

    def __init__(self) -> None:
        self.accepted: list[tuple[str, EmailMessage]] = []
        self.answer: Answer = lambda address: "250 OK"
        self.final: Answer = lambda address: "250 OK"

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        answer = self.answer(address)
        if answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        address = envelope.rcpt_tos[0]
        answer = self.final(address)
        if answer.startswith("250"):
            content = envelope.content if isinstance(envelope.content, bytes) else b""
            self.accepted.append((address, message_from_bytes(content, policy=policy.default)))
        if answer == "drop":
            assert server.transport is not None
            server.transport.abort()
        return answer

    @property
    def addresses(self) -> list[str]:
        return [address for address, _mail in self.accepted]

    def mail_to(self, address: str) -> EmailMessage:
        return next(mail for to, mail in self.accepted if to == address)


@contextlib.contextmanager
def mail_server(server: Server | None = None) -> Iterator[tuple[Server, str]]:
    server = server or Server()
    port = free_port()
    controller = Controller(server, hostname="127.0.0.1", port=port, enable_SMTPUTF8=True)
    controller.start()
    try:
        yield server, f"smtp://127.0.0.1:{port}"
    finally:
        controller.stop()
