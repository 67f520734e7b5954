"""The address the product answers at: taken once, before anything is started, and kept."""

from __future__ import annotations

import errno
import socket
import urllib.error
import urllib.request

from crmseg.embedded.postgres import ServerFailed

ANY = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}


def bind(host: str, port: int) -> socket.socket:
    """A socket that nobody else can take any more; it does not listen yet."""
    try:
        family, kind, protocol, _, place = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    except OSError as error:
        raise ServerFailed(f"{host} is not an address of this machine: choose another with --host.") from error
    taken = socket.socket(family, kind, protocol)
    taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        taken.bind(place)
    except OSError as error:
        taken.close()
        raise ServerFailed(_sentence(host, port, error.errno)) from error
    return taken


def _sentence(host: str, port: int, number: int | None) -> str:
    if number == errno.EADDRINUSE:
        return f"Port {port} is in use by another program: choose another with --port."
    if number == errno.EACCES:
        return f"Port {port} may only be used by root: choose one from 1024 with --port."
    return f"{host} is not an address of this machine: choose another with --host."


def address(host: str, port: int) -> str:
    reachable = ANY.get(host, host)
    return f"http://[{reachable}]:{port}/" if ":" in reachable else f"http://{reachable}:{port}/"


def answers(host: str, port: int) -> bool:
    """Whether the web process serves."""
    try:
        with urllib.request.urlopen(address(host, port) + "healthz", timeout=1) as answer:
            return bool(answer.status == 200)
    except (OSError, urllib.error.HTTPError):
        return False
