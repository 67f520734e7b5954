"""One connection to the mail server of `CRMSEG_EMAIL_URL`, used for a whole batch.

The protocol is spoken step by step rather than through `smtplib.sendmail`, because what a failure means depends on
when it happens: before the last byte was given away, the server cannot have accepted; after it, nobody knows.
"""

from __future__ import annotations

import re
import smtplib
import ssl
from types import TracebackType
from urllib.parse import parse_qs, unquote, urlsplit

from django.utils.translation import gettext as _

from .. import draft
from ..content.compose import one_line
from .outcome import Outcome, Unreachable, Verdict, said

TIMEOUT = 60.0
CONNECT_TIMEOUT = 10.0


class Mailer:
    """`with Mailer(url) as mailer: mailer.deliver(…)`. Connects when first needed, and again after a break."""

    def __init__(self, url: str, *, timeout: float = TIMEOUT):
        self.url, self.timeout = url, timeout
        self.server: smtplib.SMTP | None = None

    def __enter__(self) -> Mailer:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def connect(self) -> None:
        """Have an open connection, or raise Unreachable."""
        if self.server is not None:
            return
        try:
            self.server = _open(self.url, self.timeout)
        except (OSError, smtplib.SMTPException, ValueError) as error:
            raise Unreachable(_reason(error)) from error

    def deliver(self, data: bytes, sender: str, recipient: str) -> Outcome:
        """Ask the server to take one message. Every answer, and every silence, is an outcome."""
        server = self.server
        assert server is not None, "connect first"
        options = [] if recipient.isascii() and sender.isascii() else ["SMTPUTF8"]
        if options and not server.has_extn("smtputf8"):
            return Outcome(Verdict.FAILED, _("The mail server does not take addresses with such letters."))
        try:
            code, answer = server.mail(sender, options)
            if code == 250:
                code, answer = server.rcpt(recipient)
            if code in {250, 251}:
                code, answer = server.docmd("DATA")
            if code != 354:
                return self._refused(code, answer)
            server.send(_on_the_wire(data))
        except (OSError, smtplib.SMTPException, ValueError) as error:
            self.close()
            return Outcome(Verdict.RETRY, _reason(error))
        try:
            code, answer = server.getreply()
        except (OSError, smtplib.SMTPException) as error:
            self.close()
            broke = _("The connection broke before the server answered for the whole message: %(reason)s")
            return Outcome(Verdict.UNCERTAIN, broke % {"reason": _reason(error)})
        return Outcome(Verdict.SENT) if code == 250 else self._refused(code, answer)

    def close(self) -> None:
        if self.server is not None:
            try:
                if self.server.sock:
                    self.server.sock.settimeout(CONNECT_TIMEOUT)
                self.server.quit()
            except (OSError, smtplib.SMTPException):
                self.server.close()
            self.server = None

    def _refused(self, code: int, answer: bytes) -> Outcome:
        assert self.server is not None
        try:
            if code == 421 or self.server.rset()[0] != 250:
                self.close()
        except (OSError, smtplib.SMTPException):
            self.close()
        return Outcome(Verdict.FAILED if 500 <= code < 600 else Verdict.RETRY, said(code, answer))


def _open(url: str, timeout: float) -> smtplib.SMTP:
    parts = urlsplit(url)
    if parts.scheme not in {"smtp", "smtps"} or not parts.hostname:
        raise ValueError(_("The address of the mail server must look like smtp://host:port."))
    secure = ssl.create_default_context()
    server: smtplib.SMTP
    if parts.scheme == "smtps":
        server = smtplib.SMTP_SSL(
            parts.hostname, parts.port or 465, draft.mail_host(), timeout=CONNECT_TIMEOUT, context=secure
        )
    else:
        port = parts.port or (587 if parts.username else 25)
        server = smtplib.SMTP(parts.hostname, port, draft.mail_host(), timeout=CONNECT_TIMEOUT)
    try:
        server.ehlo_or_helo_if_needed()
        if parse_qs(parts.query).get("starttls", ["0"])[0] not in {"0", "false", "no"}:
            server.starttls(context=secure)
        if parts.username:
            server.login(unquote(parts.username), unquote(parts.password or ""))
        assert server.sock is not None
        server.sock.settimeout(timeout)
    except BaseException:
        server.close()
        raise
    return server


def _on_the_wire(data: bytes) -> bytes:
    """Line ends as CRLF, a dot at the start of a line doubled, and the final dot: RFC 5321, 4.5.2."""
    lines = re.sub(rb"\r\n|\r|\n", b"\r\n", data)
    lines = re.sub(rb"(?m)^\.", b"..", lines)
    return lines + (b"" if lines.endswith(b"\r\n") else b"\r\n") + b".\r\n"


def _reason(error: Exception) -> str:
    if isinstance(error, smtplib.SMTPResponseException):
        return said(error.smtp_code, error.smtp_error)
    return one_line(str(error)) or type(error).__name__
