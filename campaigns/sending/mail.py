"""Who takes mail away: what `CRMSEG_EMAIL_URL` names. And one message by itself, outside any campaign."""

from __future__ import annotations

from contextlib import closing

from django.conf import settings

from . import providers
from .carrier import Carrier
from .mime import Letter
from .outcome import Outcome
from .smtp import Mailer


def carrier(url: str) -> Carrier:
    """Nothing is opened yet."""
    if url.startswith(providers.SCHEME):
        return providers.Provider(url)
    return Mailer(url)


def send_one(letter: Letter, *, timeout: float = 20) -> Outcome | None:
    """Ask now, and say what was answered; None where it went into the outbox. Unreachable where nobody can be asked.

    For messages without a row in the ledger: a test, a question to confirm.
    """
    if not settings.EMAIL_URL:
        letter.kept().save()
        return None
    asked = carrier(settings.EMAIL_URL)
    if isinstance(asked, Mailer):
        asked.timeout = asked.final_timeout = timeout
    with closing(asked):
        asked.ready(1)
        [outcome] = asked.deliver([letter])
    return outcome
