"""The message as it travels: headers that nobody's data can break out of, and how to unsubscribe in one click.

Written out by hand, because the standard library's message objects parse every header they are given and cost more than
rendering. Every header value is one line before it is encoded; every body is encoded so that its lines are short and
hold nothing that could end it.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
from dataclasses import dataclass
from email.header import Header
from email.utils import format_datetime, parseaddr
from functools import lru_cache

from django.conf import settings

from crmseg.access import senders
from crmseg.common import clock

from .. import draft
from ..content.compose import Message, one_line
from ..models import OutboxMessage

LONGEST_LINE = 76
PLAIN = bytes(range(127))
BOUNDARY = "=_crmseg_part"  # neither quoted-printable nor base64 can write this


class UnusableAddress(ValueError):
    """An address that no mail server could be given."""


@dataclass(frozen=True)
class Mailbox:
    name: str
    address: str

    def __str__(self) -> str:
        """As people read it."""
        if not self.name:
            return self.address
        plain = re.fullmatch(r"[\w !#$%&'*+/=?^`{|}~-]+", self.name) is not None
        return f"{self.name if plain else _quoted(self.name)} <{self.address}>"

    def encoded(self) -> bytes:
        """As it stands in a header."""
        if not self.name:
            return self.address.encode()
        name = _quoted(self.name) if _is_plain(self.name) else Header(self.name, "utf-8", LONGEST_LINE, "To").encode()
        return name.replace("\n", "\r\n").encode("ascii") + f" <{self.address}>".encode()


@dataclass(frozen=True)
class Letter:
    """One message for one person. `headers` are as people read them."""

    sender: Mailbox
    recipient: Mailbox
    message: Message
    message_id: str
    unsubscribe_url: str
    reply_to: str = ""

    @property
    def headers(self) -> dict[str, str]:
        return {
            "From": str(self.sender),
            "To": str(self.recipient),
            **({"Reply-To": self.reply_to} if self.reply_to else {}),
            "Subject": self.message.subject,
            "Date": format_datetime(clock.now()),
            "Message-ID": self.message_id,
            "List-Unsubscribe": f"<{self.unsubscribe_url}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        }

    def kept(self, send_id: int | None = None) -> OutboxMessage:
        """The row of the outbox for it, not saved."""
        return OutboxMessage(
            send_id=send_id,
            recipient=str(self.recipient),
            sender=str(self.sender),
            subject=self.message.subject,
            headers=self.headers,
            html=self.message.html,
            text=self.message.text,
        )

    def as_bytes(self) -> bytes:
        encoded = {
            "From": self.sender.encoded(),
            "To": self.recipient.encoded(),
            "Subject": _subject(self.message.subject),
        }
        lines = [
            name.encode() + b": " + encoded.get(name, value.encode("ascii", "ignore"))
            for name, value in self.headers.items()
        ]
        lines.append(b"MIME-Version: 1.0")
        text = _part("plain", self.message.text)
        if not self.message.html:
            return b"\r\n".join([*lines, text])
        mark = f"--{BOUNDARY}".encode()
        lines.append(f'Content-Type: multipart/alternative; boundary="{BOUNDARY}"'.encode())
        html = _part("html", self.message.html)
        return b"\r\n".join([*lines, b"", mark, text, mark, html, mark + b"--", b""])


def write(message: Message, *, sender: str, address: str, name: str, message_id: str, unsubscribe_url: str) -> Letter:
    from_whom = _mailbox(sender or draft.default_sender())
    return Letter(
        sender=from_whom,
        recipient=Mailbox(one_line(name)[:100], _usable(address)),
        message=message,
        message_id=message_id,
        unsubscribe_url=unsubscribe_url,
        reply_to=_usable(answers) if (answers := senders.reply_to(from_whom.address)) else "",
    )


@lru_cache(maxsize=256)
def _mailbox(text: str) -> Mailbox:
    """Whom a campaign comes from, read once."""
    name, address = parseaddr(text)
    return Mailbox(one_line(name), _usable(address))


def message_id(send_id: int | str) -> str:
    """The same for every attempt of a send, and not to be guessed."""
    digest = hmac.digest(settings.SECRET_KEY.encode(), f"campaigns.message:{send_id}".encode(), hashlib.sha256)
    return f"<{send_id}.{base64.b32encode(digest[:15]).decode().lower()}@{draft.mail_host()}>"


def _usable(address: str) -> str:
    """The address with its domain as mail servers write it, or UnusableAddress."""
    local, _at, domain = address.rpartition("@")
    if not local or not domain or re.search(r"[\s<>,;:\\\"()\[\]\x00-\x1f\x7f@]", local + domain) or len(address) > 320:
        raise UnusableAddress(address)
    try:
        return f"{local}@{domain if domain.isascii() else domain.encode('idna').decode('ascii')}"
    except UnicodeError as error:
        raise UnusableAddress(address) from error


def _is_plain(text: str) -> bool:
    """Whether a header can hold it as it is; `=?` would be read as the beginning of an encoded word."""
    return text.isascii() and "=?" not in text


def _quoted(text: str) -> str:
    return '"' + re.sub(r'([\\"])', r"\\\1", text) + '"'


def _subject(text: str) -> bytes:
    if _is_plain(text) and len("Subject: ") + len(text) <= LONGEST_LINE:
        return text.encode("ascii")
    charset = "us-ascii" if _is_plain(text) else "utf-8"
    return Header(text, charset, LONGEST_LINE, "Subject").encode(linesep="\r\n").encode("ascii")


def _part(subtype: str, text: str) -> bytes:
    """Headers and body of a text part: quoted-printable, or base64 where that is shorter."""
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    data = text.replace("\n", "\r\n").encode("utf-8", "replace")
    if len(data.translate(None, PLAIN)) * 3 > len(data):
        encoding, body = b"base64", base64.encodebytes(data).replace(b"\n", b"\r\n")
    else:
        encoding, body = b"quoted-printable", binascii.b2a_qp(data, istext=True)
    head = f'Content-Type: text/{subtype}; charset="utf-8"'.encode()
    return b"\r\n".join([head, b"Content-Transfer-Encoding: " + encoding, b"", body])
