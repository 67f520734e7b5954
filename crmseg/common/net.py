"""Calls to addresses that users typed in: never to this machine or its network, never longer or larger than agreed.

The host is resolved first; every address it resolves to must be public, and the call goes to the address that was
checked, so that a second answer of the name server changes nothing. Redirects are answers, not followed. Hosts named in
`ALLOW_PRIVATE_HOSTS` may be private. Call it outside transactions.
"""

from __future__ import annotations

import contextlib
import http.client
import ipaddress
import socket
import ssl
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import SplitResult, urlsplit

from django.conf import settings
from django.utils.translation import gettext as _

NAT64 = ipaddress.ip_network("64:ff9b::/96")
PORTS = {"http": 80, "https": 443}


class Refused(Exception):
    """The address may not be called, whatever answers there. The message is for the person who typed it."""


class Unreachable(Exception):
    """Nobody answered properly in time: worth trying again later."""


class NoAnswer(Unreachable):
    """It was asked, and nobody knows what became of that."""


@dataclass(frozen=True)
class Answer:
    """What came back; `body` is cut at the size agreed."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300


def post(url: str, body: bytes, *, headers: Mapping[str, str] | None = None, **bounds: Any) -> Answer:
    return call("POST", url, body, headers=headers, **bounds)


def call(
    method: str,
    url: str,
    body: bytes | None = None,
    *,
    headers: Mapping[str, str] | None = None,
    timeout: float = 10,
    largest: float = 1024 * 1024,
    allow_private: bool = False,
) -> Answer:
    """The answer of `url`, within `timeout` seconds in all."""
    parts = _parts(url)
    connection = _Pinned(parts, _checked_address(parts, allow_private), timeout)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    # The timeout of a socket begins anew with every byte; this one does not.
    alarm = threading.Timer(timeout, connection.cut)
    alarm.start()
    asked = False
    try:
        connection.connect()
        asked = True
        connection.request(method, target, body, {"User-Agent": "crmseg", **(headers or {})})
        response = connection.getresponse()
        read = response.read(int(largest))
        if connection.is_cut:
            raise TimeoutError("the answer took too long")
        return Answer(response.status, dict(response.headers), read)
    except (OSError, http.client.HTTPException) as error:
        raise (NoAnswer if asked else Unreachable)(f"{type(error).__name__}: {error}"[:300]) from error
    except ValueError as error:
        raise Refused(_("This address cannot be called.")) from error
    finally:
        alarm.cancel()
        connection.close()


def check(url: str, *, allow_private: bool = False) -> None:
    """Refused, when a call to `url` would be; for forms that take an address for later."""
    _checked_address(_parts(url), allow_private)


def _parts(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        _port = parts.port
    except ValueError:
        raise Refused(_("This is not a web address.")) from None
    if parts.scheme not in PORTS or not parts.hostname or not url.isprintable() or " " in url:
        raise Refused(_("Expected an address that begins with http:// or https://."))
    if parts.username is not None or parts.password is not None:
        raise Refused(_("The address must not hold a user name or a password."))
    return parts


def _checked_address(parts: SplitResult, allow_private: bool) -> str:
    host = parts.hostname or ""
    try:
        found = socket.getaddrinfo(host, parts.port or PORTS[parts.scheme], type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise Unreachable(_("The host %(host)s was not found.") % {"host": host}) from error
    addresses = [str(sockaddr[0]) for *_kind, sockaddr in found]
    if not allow_private and host not in settings.ALLOW_PRIVATE_HOSTS and not all(map(is_public, addresses)):
        raise Refused(_("The host %(host)s is in a private network.") % {"host": host})
    return addresses[0]


def is_public(address: str) -> bool:
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        inside = ip.ipv4_mapped or ip.sixtofour or (ip.teredo and ip.teredo[1])
        if ip in NAT64:
            inside = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
        if inside:
            return is_public(str(inside))
    return ip.is_global and not ip.is_multicast and not ip.is_reserved


class _Pinned(http.client.HTTPConnection):
    """A connection to `address` that speaks to, and verifies the certificate of, the host of the URL."""

    def __init__(self, parts: SplitResult, address: str, timeout: float) -> None:
        self.secure, self.address, self.limit = parts.scheme == "https", address, timeout
        self.is_cut = False
        self.plain: socket.socket | None = None
        self.default_port = PORTS[parts.scheme]
        super().__init__(parts.hostname or "", parts.port or self.default_port, timeout=timeout)

    def connect(self) -> None:
        self.sock = self.plain = socket.create_connection((self.address, self.port), self.limit)
        if self.secure:
            context = ssl.create_default_context()
            self.sock = self.plain = context.wrap_socket(self.plain, server_hostname=self.host)

    def cut(self) -> None:
        """End it from another thread, whatever it waits for."""
        self.is_cut = True
        if self.plain:
            with contextlib.suppress(OSError):
                socket.socket.shutdown(self.plain, socket.SHUT_RDWR)
