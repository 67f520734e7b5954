"""Who delivers SMS: an interface, and the API that Twilio made and others speak too.

`CRMSEG_SMS_URL=twilio://ACCOUNT:TOKEN@api.twilio.com?from=%2B15551234567`; `from` may be a messaging service (`MG…`).
`twilio+http://` speaks to a gateway of one's own without TLS. No part of it is ever logged or shown.
"""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import parse_qs, quote, unquote, urlencode, urlsplit

from django.utils.translation import gettext as _

from crmseg.common import net

from ..sending.outcome import Outcome, Unreachable, Verdict, said
from .threads import Threads, no_answer

if TYPE_CHECKING:
    from .sms import Text

TIMEOUT = 15.0
NO_SUCH_NUMBER = {21211, 21614}


class Provider(Protocol):
    def send(self, to: str, text: str) -> Outcome: ...


class Twilio:
    def __init__(self, url: str):
        parts = urlsplit(url)
        options = {key: values[-1] for key, values in parse_qs(parts.query).items()}
        account, token = unquote(parts.username or ""), unquote(parts.password or "")
        self.sender = options.get("from", "")
        if not (parts.hostname and account and token and self.sender):
            raise ValueError(
                _("The address of the SMS provider must look like twilio://account:token@host?from=number.")
            )
        scheme = "http" if parts.scheme.endswith("+http") else "https"
        port = f":{parts.port}" if parts.port else ""
        base = f"{scheme}://{parts.hostname}{port}{parts.path.rstrip('/')}"
        self.url = f"{base}/2010-04-01/Accounts/{quote(account, safe='')}/Messages.json"
        known = base64.b64encode(f"{account}:{token}".encode()).decode()
        self.headers = {"Authorization": f"Basic {known}", "Content-Type": "application/x-www-form-urlencoded"}

    def send(self, to: str, text: str) -> Outcome:
        sender = "MessagingServiceSid" if self.sender.startswith("MG") else "From"
        form = urlencode({"To": to, sender: self.sender, "Body": text}).encode()
        try:
            # The operator named it, in the environment: it may be in their own network.
            answer = net.post(self.url, form, headers=self.headers, timeout=TIMEOUT, allow_private=True)
        except net.NoAnswer as error:
            return Outcome(Verdict.UNCERTAIN, no_answer(error))
        except (net.Unreachable, net.Refused) as error:
            return Outcome(Verdict.RETRY, str(error), is_trouble=True)
        return _outcome(answer)


PROVIDERS: dict[str, type[Twilio]] = {"twilio": Twilio, "twilio+http": Twilio}


class Gateway(Threads):
    """The provider of an address, asked for several at once."""

    def __init__(self, url: str):
        super().__init__()
        self.url = url
        self.provider: Provider | None = None

    def ready(self, wanted: int) -> int:
        if self.provider is None:
            scheme = urlsplit(self.url).scheme
            if scheme not in PROVIDERS:
                known = ", ".join(PROVIDERS)
                raise Unreachable(_("The SMS providers are: %(known)s.") % {"known": known})
            try:
                self.provider = PROVIDERS[scheme](self.url)
            except ValueError as error:
                raise Unreachable(str(error)) from error
        return super().ready(wanted)

    def ask(self, parcel: Text) -> Outcome:
        assert self.provider is not None, "ready first"
        return self.provider.send(parcel.recipient, parcel.text)


def _outcome(answer: net.Answer) -> Outcome:
    """Refused because of us (401, 403) is trouble and no message's fault; a 5xx may have come after it was taken."""
    told = _read(answer.body)
    if answer.ok:
        return Outcome(Verdict.SENT, provider_id=str(told.get("sid") or "")[:200])
    reason = said(answer.status, str(told.get("message") or "")[:300])
    if answer.status in {401, 403}:
        return Outcome(Verdict.RETRY, reason, is_trouble=True)
    if answer.status in {429, 503}:
        return Outcome(Verdict.RETRY, reason)
    if answer.status >= 500:
        return Outcome(Verdict.UNCERTAIN, reason)
    return Outcome(Verdict.FAILED, reason, bounced=told.get("code") in NO_SUCH_NUMBER)


def _read(body: bytes) -> dict[str, Any]:
    try:
        told = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return told if isinstance(told, dict) else {}
