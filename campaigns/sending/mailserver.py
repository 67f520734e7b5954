"""How the mail server is named, and one connection to it.

`smtp://user:password@host:587?starttls=1`, `smtps://…`. `connections=` is how many a worker process opens at once
(8 unless told), `messages=` how many go through each before it is opened anew (no limit unless told).
"""

from __future__ import annotations

import contextlib
import smtplib
import socket
import ssl
import time
from dataclasses import dataclass, field
from urllib.parse import parse_qs, unquote, urlsplit

from django.utils.translation import gettext as _

from .. import draft

CONNECT_TIMEOUT = 10.0
CONNECTIONS = 8
MOST_CONNECTIONS = 50
NO = {"", "0", "false", "no"}


@dataclass(frozen=True)
class MailServer:
    host: str
    port: int
    is_secure: bool
    starts_tls: bool
    user: str
    password: str = field(repr=False)
    connections: int = CONNECTIONS
    messages: int = 0

    @classmethod
    def read(cls, url: str) -> MailServer:
        parts = urlsplit(url)
        if parts.scheme not in {"smtp", "smtps"} or not parts.hostname:
            raise ValueError(_("The address of the mail server must look like smtp://host:port."))
        options = {key: values[-1] for key, values in parse_qs(parts.query).items()}
        is_secure = parts.scheme == "smtps"
        return cls(
            host=parts.hostname,
            port=parts.port or (465 if is_secure else 587 if parts.username else 25),
            is_secure=is_secure,
            starts_tls=options.get("starttls", "") not in NO,
            user=unquote(parts.username or ""),
            password=unquote(parts.password or ""),
            connections=_number(options, "connections", CONNECTIONS, 1, MOST_CONNECTIONS),
            messages=_number(options, "messages", 0, 0, 1_000_000),
        )

    def connect(self, timeout: float) -> Connection:
        """Open, secured and signed in, or OSError, smtplib.SMTPException."""
        secure = ssl.create_default_context() if self.is_secure or self.starts_tls else None
        server: smtplib.SMTP
        if self.is_secure:
            server = smtplib.SMTP_SSL(self.host, self.port, draft.mail_host(), timeout=CONNECT_TIMEOUT, context=secure)
        else:
            server = smtplib.SMTP(self.host, self.port, draft.mail_host(), timeout=CONNECT_TIMEOUT)
        try:
            server.ehlo_or_helo_if_needed()
            if self.starts_tls and not self.is_secure:
                server.starttls(context=secure)
            if self.user:
                server.login(self.user, self.password)
            server.ehlo_or_helo_if_needed()
            assert server.sock is not None
            server.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            server.sock.settimeout(timeout)
        except BaseException:
            server.close()
            raise
        return Connection(server, self.messages)


@dataclass(eq=False)
class Connection:
    server: smtplib.SMTP
    most: int = 0
    done: int = 0
    used_at: float = field(default_factory=time.monotonic)

    @property
    def is_usable(self) -> bool:
        return self.server.sock is not None and not (self.most and self.done >= self.most)

    @property
    def pipelines(self) -> bool:
        return self.server.has_extn("pipelining")

    def say(self, data: bytes, timeout: float) -> None:
        if self.server.sock is None:
            raise smtplib.SMTPServerDisconnected(_("The connection is closed."))
        self.server.sock.settimeout(timeout)
        self.server.sock.sendall(data)

    def hear(self, timeout: float) -> tuple[int, bytes]:
        if self.server.sock is None:
            raise smtplib.SMTPServerDisconnected(_("The connection is closed."))
        self.server.sock.settimeout(timeout)
        return self.server.getreply()

    def break_off(self) -> None:
        self.server.close()

    def close(self) -> None:
        if self.server.sock is not None:
            with contextlib.suppress(OSError, smtplib.SMTPException):
                self.server.sock.settimeout(1.0)
                self.server.quit()
        self.server.close()


def _number(options: dict[str, str], name: str, otherwise: int, least: int, most: int) -> int:
    given = options.get(name, "")
    if given and not (given.isascii() and given.isdigit() and least <= int(given) <= most):
        message = _("“%(name)s” in the address of the mail server must be a number from %(least)s to %(most)s.")
        raise ValueError(message % {"name": name, "least": least, "most": most})
    return int(given) if given else otherwise
