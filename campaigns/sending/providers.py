"""Mail through the API of a provider, by django-anymail: `CRMSEG_EMAIL_URL=anymail+postmark://TOKEN`.

What stands between `//` and `?` is the key that the provider gave (percent-encoded; two of them with a colon between);
what follows the `?` are further settings by their names in django-anymail, such as `?sender_domain=mg.example.org` or
`?api_url=https://api.eu.example.org/`. No part of it is ever logged or shown.

The provider's name for a message is kept with its send, because its reports use it. Refused is what the provider
answered so; an answer that never came, or came as a fault of its own (5xx), leaves the message in doubt.
"""

from __future__ import annotations

import logging
import threading
from importlib import import_module
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import requests
from anymail.exceptions import AnymailAPIError, AnymailError, AnymailRecipientsRefused
from django.core.exceptions import ImproperlyConfigured
from django.core.mail import EmailMultiAlternatives
from django.utils.translation import gettext as _
from urllib3.exceptions import ConnectTimeoutError, MaxRetryError, NameResolutionError, NewConnectionError

from ..channels.threads import Threads, no_answer
from .mime import Letter
from .outcome import Outcome, Unreachable, Verdict, said

logger = logging.getLogger(__name__)

SCHEME = "anymail+"
TIMEOUT = 30
KEYS = {
    "brevo": ("api_key",),
    "mailersend": ("api_token",),
    "mailgun": ("api_key",),
    "mailjet": ("api_key", "secret_key"),
    "mailtrap": ("api_token",),
    "mandrill": ("api_key",),
    "postal": ("api_key",),
    "postmark": ("server_token",),
    "resend": ("api_key",),
    "sendgrid": ("api_key",),
    "sparkpost": ("api_key",),
}
OWN_HEADERS = ("List-Unsubscribe", "List-Unsubscribe-Post")
NEVER_CONNECTED = (NewConnectionError, NameResolutionError, ConnectTimeoutError)


class Provider(Threads):
    """One session for each thread, kept open."""

    def __init__(self, url: str):
        super().__init__()
        self.url = url
        self._local = threading.local()

    def ready(self, wanted: int) -> int:
        try:
            self._backend()
        except (ImproperlyConfigured, ImportError, ValueError, TypeError) as error:
            # Its own words may hold the key.
            logger.error("CRMSEG_EMAIL_URL cannot be used: %s", type(error).__name__)
            raise Unreachable(_("The mail provider in CRMSEG_EMAIL_URL is not set up as it should be.")) from None
        return super().ready(wanted)

    def ask(self, parcel: Letter) -> Outcome:
        message = _message(parcel)
        try:
            self._backend().send_messages([message])
        except AnymailRecipientsRefused as error:
            return Outcome(Verdict.FAILED, _status_of(message) or type(error).__name__)
        except AnymailAPIError as error:
            return _refused(error)
        except AnymailError as error:
            return Outcome(Verdict.FAILED, type(error).__name__)
        return Outcome(Verdict.SENT, provider_id=_id_of(message))

    def _backend(self) -> Any:
        if not hasattr(self._local, "backend"):
            self._local.backend = _made(self.url)
            self._local.backend.open()
        return self._local.backend


def _made(url: str) -> Any:
    parts = urlsplit(url)
    name = parts.scheme.removeprefix(SCHEME)
    keys = [unquote(key) for key in parts.netloc.split(":")]
    if name not in KEYS or len(keys) != len(KEYS[name]) or not all(keys):
        raise ValueError(name)
    options = dict(parse_qsl(parts.query)) | dict(zip(KEYS[name], keys, strict=True))
    return import_module(f"anymail.backends.{name}").EmailBackend(**options, timeout=TIMEOUT)


def _message(letter: Letter) -> EmailMultiAlternatives:
    message = EmailMultiAlternatives(
        subject=letter.message.subject,
        body=letter.message.text,
        from_email=str(letter.sender),
        to=[str(letter.recipient)],
        reply_to=[letter.reply_to] if letter.reply_to else None,
        headers={name: letter.headers[name] for name in OWN_HEADERS},
    )
    if letter.message.html:
        message.attach_alternative(letter.message.html, "text/html")
    return message


def _refused(error: AnymailAPIError) -> Outcome:
    response = getattr(error, "response", None)
    if response is None:
        if _never_connected(error):
            return Outcome(Verdict.RETRY, _("The mail provider cannot be reached."), is_trouble=True)
        return Outcome(Verdict.UNCERTAIN, no_answer(type(error.__cause__ or error).__name__))
    status, reason = int(response.status_code), said(response.status_code, response.text[:300])
    if status in {401, 403}:
        return Outcome(Verdict.RETRY, reason, is_trouble=True)
    if status in {429, 503}:
        return Outcome(Verdict.RETRY, reason)
    return Outcome(Verdict.FAILED if 400 <= status < 500 else Verdict.UNCERTAIN, reason)


def _never_connected(error: AnymailAPIError) -> bool:
    cause = error.__cause__
    if isinstance(cause, requests.ConnectTimeout):
        return True
    inner = cause.args[0] if isinstance(cause, requests.ConnectionError) and cause.args else None
    return isinstance(inner, MaxRetryError) and isinstance(inner.reason, NEVER_CONNECTED)


def _id_of(message: Any) -> str:
    found = message.anymail_status.message_id
    return str(found)[:200] if isinstance(found, str) else ""


def _status_of(message: Any) -> str:
    return ", ".join(sorted(message.anymail_status.status or ()))
