"""The mail server of `CRMSEG_EMAIL_URL`: several connections in one process, kept open from batch to batch.

The connections speak in step: every one of them is told its part, then every one is heard. So the server's time passes
once for all of them, one thread is enough, and the messages in doubt after a crash are those that were on their way at
that moment.
"""

from __future__ import annotations

import smtplib
import time
from collections.abc import Iterable, Sequence

from .dialogue import Dialogue, reason_of
from .mailserver import Connection, MailServer
from .mime import Letter
from .outcome import Outcome, Unreachable

TIMEOUT = 40.0
"""For each thing said to the server before a message is whole."""
FINAL_TIMEOUT = 120.0
"""For its answer to whole messages. All together stay below the lease of an attempt."""
LEAST = 1.0
IDLE = 20.0
"""A connection unused for longer is not trusted any more."""
FEWER = 60.0
"""For how long fewer connections are opened after the server refused one."""


class Mailer:
    """`mailer.deliver([letter, …])`, as many at once as `ready` said."""

    def __init__(self, url: str, *, timeout: float = TIMEOUT, final_timeout: float = FINAL_TIMEOUT):
        self.url, self.timeout, self.final_timeout = url, timeout, final_timeout
        self.connections: list[Connection] = []
        self.limit, self.limited_until = 0, 0.0

    def __enter__(self) -> Mailer:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def ready(self, wanted: int) -> int:
        now = time.monotonic()
        self._keep(one for one in self.connections if one.is_usable and now - one.used_at < IDLE)
        try:
            server = MailServer.read(self.url)
            limit = self.limit if now < self.limited_until else server.connections
            while len(self.connections) < min(wanted, limit):
                self.connections.append(server.connect(self.timeout))
        except (OSError, smtplib.SMTPException, ValueError) as error:
            if not self.connections:
                raise Unreachable(reason_of(error)) from error
            self.limit, self.limited_until = len(self.connections), now + FEWER
        return min(wanted, len(self.connections))

    def deliver(self, parcels: Sequence[Letter]) -> list[Outcome]:
        said = self._in_step(parcels)
        # A connection that rested may be gone without a word: nothing was asked through it, so it is asked anew.
        unheard = [place for place, one in enumerate(said) if one.is_unheard]
        if unheard:
            try:
                again = self._in_step([parcels[place] for place in unheard[: self.ready(len(unheard))]])
            except Unreachable:
                again = []
            for place, one in zip(unheard, again, strict=False):
                said[place] = one
        return [one.outcome for one in said if one.outcome is not None]

    def close(self) -> None:
        self._keep(())

    def _in_step(self, letters: Sequence[Letter]) -> list[Dialogue]:
        said = [Dialogue(one, letter) for one, letter in zip(self.connections, letters, strict=False)]
        while open_ones := [one for one in said if one.outcome is None]:
            end = time.monotonic() + self.timeout
            for one in open_ones:
                one.say(max(LEAST, end - time.monotonic()))
            is_final = any(one.is_given for one in open_ones)
            end = time.monotonic() + (self.final_timeout if is_final else self.timeout)
            for one in open_ones:
                one.hear(max(LEAST, end - time.monotonic()))
        self._keep(one for one in self.connections if one.is_usable)
        return said

    def _keep(self, wanted: Iterable[Connection]) -> None:
        kept = list(wanted)
        for one in self.connections:
            if one not in kept:
                one.close()
        self.connections = kept
