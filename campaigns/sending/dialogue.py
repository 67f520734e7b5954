"""One message and one connection: what is said to the server, what it answers, and what that means.

The protocol is spoken step by step rather than through `smtplib.sendmail`, because what a failure means depends on
when it happens: before the last byte was given away, the server cannot have accepted; after it, nobody knows.
"""

from __future__ import annotations

import re
import smtplib
import time
from collections.abc import Generator

from django.utils.translation import gettext as _

from ..content.compose import one_line
from .mailserver import Connection
from .mime import Letter
from .outcome import Outcome, Verdict, said

Reply = tuple[int, bytes]
ACCEPTED = {0: {250}, 1: {250, 251}, 2: {354}}
"""What the server says to MAIL, RCPT and DATA where it agrees."""
BOUNCED = re.compile(rb"5\.1\.\d")
CODED = re.compile(rb"\s*5\.\d{1,3}\.\d")
CLOSING = 421


class Dialogue:
    """`say` and `hear` by turns, until there is an outcome."""

    def __init__(self, connection: Connection, letter: Letter):
        self.connection, self.letter = connection, letter
        self.outcome: Outcome | None = None
        self.is_given = False
        """Whether the server may have the whole message."""
        self.is_unheard = False
        """The connection was used before and is gone; this message was not asked for."""
        self._rested = connection.done > 0
        self._heard = 0
        self._speech = self._speak()
        self._words, self._answers = b"", 0
        self._go_on(None)

    def say(self, timeout: float) -> None:
        try:
            self.connection.say(self._words, timeout)
        except (OSError, smtplib.SMTPException, ValueError) as error:
            self.is_given = False  # its last byte is still here
            self._broke(error)

    def hear(self, timeout: float) -> None:
        if self.outcome is not None:
            return
        replies: list[Reply] = []
        try:
            for _reply in range(self._answers):
                replies.append(self.connection.hear(timeout))
                self._heard += 1
        except (OSError, smtplib.SMTPException, ValueError) as error:
            self._broke(error)
            return
        self._go_on(replies)

    def _speak(self) -> Generator[tuple[bytes, int], list[Reply], Outcome]:
        letter, server = self.letter, self.connection.server
        sender, recipient = letter.sender.address, letter.recipient.address
        needs_utf8 = not (recipient.isascii() and sender.isascii())
        if needs_utf8 and not server.has_extn("smtputf8"):
            return Outcome(Verdict.FAILED, _("The mail server does not take addresses with such letters."))
        commands = [
            f"MAIL FROM:<{sender}>{' SMTPUTF8' if needs_utf8 else ''}\r\n".encode(),
            f"RCPT TO:<{recipient}>\r\n".encode(),
            b"DATA\r\n",
        ]
        replies: list[Reply] = []
        if self.connection.pipelines:
            replies = yield b"".join(commands), len(commands)
        else:
            for place, command in enumerate(commands):
                replies += yield command, 1
                if replies[-1][0] not in ACCEPTED[place]:
                    break
        at = next((place for place, (code, _said) in enumerate(replies) if code not in ACCEPTED[place]), None)
        if at is None:
            self.is_given = True
            [(code, answer)] = yield on_the_wire(letter.as_bytes()), 1
            if code == 250:
                return Outcome(Verdict.SENT)
            refused = _refused(code, answer, at_recipient=False)
        else:
            code, answer = replies[at]
            if code == CLOSING:
                self.is_unheard = self._rested and at == 0
                self.connection.break_off()
                return _refused(code, answer, at_recipient=False)
            refused = _refused(code, answer, at_recipient=at == 1)
        if code == CLOSING:
            self.connection.break_off()
            return refused
        try:
            if at is not None and len(replies) == len(commands) and replies[-1][0] == 354:
                yield b".\r\n", 1  # the server waits for a message, which it has nobody for
            [(code, _answer)] = yield b"RSET\r\n", 1
        except (OSError, smtplib.SMTPException, ValueError):
            return refused
        if code != 250:
            self.connection.break_off()
        return refused

    def _go_on(self, replies: list[Reply] | None) -> None:
        try:
            self._words, self._answers = self._speech.send(replies)  # type: ignore[arg-type]
        except StopIteration as end:
            self.outcome = end.value
            self.connection.done += 1
            self.connection.used_at = time.monotonic()

    def _broke(self, error: Exception) -> None:
        self.connection.break_off()
        reason = reason_of(error)
        try:
            self._speech.throw(error)
        except StopIteration as end:  # it was over but for the courtesies
            self.outcome = end.value
            return
        except type(error):
            pass
        if self.is_given:
            broke = _("The connection broke before the server answered for the whole message: %(reason)s")
            self.outcome = Outcome(Verdict.UNCERTAIN, broke % {"reason": reason})
        else:
            self.is_unheard = self._rested and not self._heard
            self.outcome = Outcome(Verdict.RETRY, reason)


def on_the_wire(data: bytes) -> bytes:
    """Line ends as CRLF, a dot at the start of a line doubled, and the final dot: RFC 5321, 4.5.2."""
    if not data.count(b"\r\n") == data.count(b"\n") == data.count(b"\r"):
        data = re.sub(rb"\r\n|\r|\n", b"\r\n", data)
    data = data.replace(b"\r\n.", b"\r\n..")
    first = b"." if data.startswith(b".") else b""
    return first + data + (b"" if data.endswith(b"\r\n") else b"\r\n") + b".\r\n"


def reason_of(error: Exception) -> str:
    if isinstance(error, smtplib.SMTPResponseException):
        return said(error.smtp_code, error.smtp_error)
    return one_line(str(error)) or type(error).__name__


def _refused(code: int, answer: bytes, *, at_recipient: bool) -> Outcome:
    """For good (5xx) or for now. A bounce is about the address: a mailbox or a domain that is not there."""
    for_good = 500 <= code < 600
    no_such = bool(BOUNCED.search(answer[:20])) or (
        at_recipient and code in {550, 551, 553} and not CODED.match(answer)
    )
    return Outcome(Verdict.FAILED if for_good else Verdict.RETRY, said(code, answer), bounced=for_good and no_such)
