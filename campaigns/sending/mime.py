"""The message as it travels: headers that nobody's data can break out of, and how to unsubscribe in one click."""

from __future__ import annotations

import base64
import hashlib
import hmac
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import EmailPolicy
from email.utils import format_datetime, parseaddr

from django.conf import settings

from crmseg.common import clock

from .. import draft
from ..content.compose import Message, one_line


class _Policy(EmailPolicy):
    """Folds headers for SMTP, except those whose one long word must stay whole."""

    def fold_binary(self, name: str, value: str) -> bytes:
        if name.lower() in {"list-unsubscribe", "message-id"}:
            return f"{name}: {value}\r\n".encode("ascii")
        return super().fold_binary(name, value)


POLICY = _Policy(linesep="\r\n", cte_type="7bit", raise_on_defect=False)
POLICY_UTF8 = POLICY.clone(utf8=True)


class UnusableAddress(ValueError):
    """An address that no mail server could be given."""


def build(
    message: Message, *, sender: str, address: str, name: str, message_id: str, unsubscribe_url: str
) -> EmailMessage:
    to = _address(address, name)
    name_from, address_from = parseaddr(sender or draft.default_sender())
    policy = POLICY if to.username.isascii() and address_from.isascii() else POLICY_UTF8
    mail = EmailMessage(policy=policy)
    mail["From"] = Address(one_line(name_from), addr_spec=address_from)
    mail["To"] = to
    mail["Subject"] = message.subject
    mail["Date"] = format_datetime(clock.now())
    mail["Message-ID"] = message_id
    mail["List-Unsubscribe"] = f"<{unsubscribe_url}>"
    mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    mail.set_content(message.text)
    if message.html:
        mail.add_alternative(message.html, subtype="html")
    return mail


def recipient(mail: EmailMessage) -> str:
    """The address for the envelope, its domain as mail servers write it."""
    return str(mail["To"].addresses[0].addr_spec)


def message_id(send_id: int | str) -> str:
    """The same for every attempt of a send, and not to be guessed."""
    digest = hmac.digest(settings.SECRET_KEY.encode(), f"campaigns.message:{send_id}".encode(), hashlib.sha256)
    return f"<{send_id}.{base64.b32encode(digest[:15]).decode().lower()}@{draft.mail_host()}>"


def _address(address: str, name: str) -> Address:
    local, at, domain = address.rpartition("@")
    if not (local and at and domain) or one_line(address) != address or " " in address:
        raise UnusableAddress(address)
    try:
        if not domain.isascii():
            domain = domain.encode("idna").decode("ascii")
        return Address(one_line(name)[:100], username=local, domain=domain)
    except (ValueError, UnicodeError, IndexError) as error:
        raise UnusableAddress(address) from error
