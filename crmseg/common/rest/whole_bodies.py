"""Request bodies for the WSGI application, whole and of known length. Imports nothing: it stands before Django.

A body of unknown length (chunked) is first put aside on disk, up to a little more than the largest that any address
takes. After an early refusal the rest of a body is read and thrown away for a while: a sender that is still sending
would lose the answer if the connection were simply closed.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from typing import IO, Any

MB = 1024 * 1024
LARGEST_BODY = 32 * MB
UNREAD_WORTH_DRAINING = 16 * 1024
DRAIN_BYTES, DRAIN_SECONDS, DRAIN_PATIENCE = 128 * MB, 20.0, 2.0
CHUNK = 64 * 1024
UNREADABLE = (
    b'{"type":"about:blank","title":"Bad Request","status":400,'
    b'"problems":[{"pointer":"","message":"The body could not be read."}]}'
)


def declared_length(environ: dict[str, Any]) -> int:
    text = str(environ.get("CONTENT_LENGTH") or "0")
    return int(text) if text.isascii() and text.isdigit() else 0


class WholeBodies:
    """Around the WSGI application: gives it bodies of known length, and drains what it left unread."""

    def __init__(self, application: Callable[..., Iterable[bytes]]) -> None:
        self.application = application

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        received = environ.get("wsgi.input")
        if "chunked" in environ.get("HTTP_TRANSFER_ENCODING", "").lower():
            try:
                environ["wsgi.input"], length = _put_aside(environ["wsgi.input"])
            except Exception:  # whatever the server raises for broken chunks or a connection that broke
                start_response("400 Bad Request", [("Content-Type", "application/problem+json")])
                return [UNREADABLE]
            environ["CONTENT_LENGTH"] = str(length)
        answer = self.application(environ, start_response)
        if declared_length(environ) < UNREAD_WORTH_DRAINING or received is None:
            return answer
        return _DrainedAfter(answer, received, environ.get("gunicorn.socket"))


def _put_aside(body: IO[bytes]) -> tuple[IO[bytes], int]:
    aside: IO[bytes] = tempfile.SpooledTemporaryFile(max_size=MB)  # noqa: SIM115 – the request reads it
    length = 0
    while length <= LARGEST_BODY and (chunk := body.read(CHUNK)):
        length += aside.write(chunk)
    aside.seek(0)
    return aside, length


class _DrainedAfter:
    """An answer; when it has been sent, what is left of the request is read and dropped."""

    def __init__(self, answer: Iterable[bytes], body: IO[bytes], connection: Any) -> None:
        self.answer, self.body, self.connection = answer, body, connection

    def __iter__(self) -> Iterator[bytes]:
        return iter(self.answer)

    def close(self) -> None:
        if close := getattr(self.answer, "close", None):
            close()
        if self.connection is None:
            return
        patience = self.connection.gettimeout()
        end, left = time.monotonic() + DRAIN_SECONDS, DRAIN_BYTES
        try:
            self.connection.settimeout(DRAIN_PATIENCE)
            while left > 0 and time.monotonic() < end and (chunk := self.body.read(CHUNK)):
                left -= len(chunk)
            self.connection.settimeout(patience)
        except Exception:  # the sender has gone or has stopped sending: nobody waits for anything any more
            return
