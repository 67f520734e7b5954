"""Webhook: a POST of JSON for each person to a service that the campaign names, signed.

The body says who it is about, what the message says and which campaign it belongs to; a plain text that is JSON stands
in it as `data`. `X-Crmseg-Signature` is
`t=<seconds>,v1=<HMAC-SHA256 of "<seconds>.<body>" as hex>` with the key that `manage webhook_secret` prints;
`Idempotency-Key` is the same for every attempt, so a service can tell a repetition. 2xx is taken; 408, 429 and 5xx are
asked again, any other answer is final. Private addresses are refused, redirects not followed (`crmseg.common.net`).
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crmseg.common import clock, net

from ..content import compose, liquid, person, words
from ..models import Campaign, OutboxMessage
from ..sending import kept_open
from ..sending.carrier import Carrier
from ..sending.outcome import Outcome, Verdict, said
from .registry import Channel, Unwritable, Writing, register
from .threads import Threads, no_answer

TIMEOUT = 15.0
LARGEST_ANSWER = 10_000
AGAIN = {408, 425, 429}


@dataclass(frozen=True)
class Call:
    url: str
    message_id: str
    body: bytes

    def kept(self, send_id: int | None = None) -> OutboxMessage:
        return OutboxMessage(send_id=send_id, recipient=self.url, sender="", subject="", text=self.body.decode())


class Service(Threads):
    def ask(self, parcel: Call) -> Outcome:
        headers = {"Content-Type": "application/json", "Idempotency-Key": parcel.message_id.strip("<>")}
        headers["X-Crmseg-Signature"] = signature(parcel.body, int(clock.now().timestamp()))
        try:
            answer = net.post(
                parcel.url,
                parcel.body,
                headers=headers,
                timeout=TIMEOUT,
                largest=LARGEST_ANSWER,
                allow_private=settings.ALLOW_PRIVATE_WEBHOOKS,
            )
        except net.Refused as error:
            return Outcome(Verdict.FAILED, str(error))
        except net.NoAnswer as error:
            return Outcome(Verdict.UNCERTAIN, no_answer(error))
        except net.Unreachable as error:
            return Outcome(Verdict.RETRY, str(error), is_trouble=True)
        if answer.ok:
            return Outcome(Verdict.SENT)
        again = answer.status in AGAIN or answer.status >= 500
        return Outcome(Verdict.RETRY if again else Verdict.FAILED, said(answer.status, answer.body[:300]))


def write(writing: Writing) -> Call:
    campaign, contact = writing.campaign, writing.contact
    if not campaign.webhook_url:
        raise Unwritable(_("The campaign names no service."))
    message = writing.composition.render(
        contact, writing.unsubscribe_url, writing.loaded, preferences_url=writing.preferences_url
    )
    told = {
        "message_id": writing.message_id.strip("<>"),
        "campaign": {"id": campaign.pk, "name": campaign.name},
        "arm": writing.send.arm.key if writing.send.arm else None,
        "variables": writing.composition.variables,
        "contact": plain(person.of(contact)),
        "data": _own_body(writing),
        "message": {"subject": message.subject, "text": message.text.strip(), "html": message.html},
    }
    return Call(campaign.webhook_url, writing.message_id, json.dumps(told, cls=DjangoJSONEncoder).encode())


def _own_body(writing: Writing) -> object:
    """The JSON that the author wrote, its texts rendered one by one: what people's data hold stays inside a text."""
    language = compose.language_of(writing.contact)
    language = language if language in writing.composition.languages else words.MAIN
    try:
        tree = json.loads(words.choose(writing.campaign, writing.send.arm, language).body_text)
    except (ValueError, RecursionError):
        return None
    values = writing.composition.values(
        writing.contact, writing.unsubscribe_url, writing.loaded, preferences_url=writing.preferences_url
    )
    return _filled(tree, values)


def _filled(tree: object, values: Mapping[str, object]) -> object:
    match tree:
        case str():
            return liquid.render(liquid.parse(tree), values)
        case list():
            return [_filled(one, values) for one in tree]
        case dict():
            return {key: _filled(one, values) for key, one in tree.items()}
    return tree


def signature(body: bytes, at: int) -> str:
    digest = hmac.digest(secret().encode(), f"{at}.".encode() + body, hashlib.sha256).hex()
    return f"t={at},v1={digest}"


def secret() -> str:
    """What the services are told, to know our calls by: `CRMSEG_WEBHOOK_SECRET`, else made from the product's own."""
    own = hmac.digest(settings.SECRET_KEY.encode(), b"campaigns.webhook", hashlib.sha256).hex()
    return settings.WEBHOOK_SECRET or own


def carrier(campaign: Campaign) -> Carrier:
    return kept_open.by("webhook:", lambda _url: Service())


def plain(value: object) -> object:
    return {key: plain(one) for key, one in value.items()} if isinstance(value, Mapping) else value


register(
    Channel("webhook", gettext_lazy("Webhook"), "", write=write, carrier=carrier, needs=frozenset({"webhook_url"}))
)
