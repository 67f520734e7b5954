"""Bodies of unknown length, bodies that break off, and bodies nobody reads, as the server hands them over."""

import io

import pytest

from crmseg.common.rest import whole_bodies
from crmseg.common.rest.body_limits import limit_for
from crmseg.common.rest.whole_bodies import LARGEST_BODY, MB, WholeBodies


class Connection:
    def __init__(self):
        self.timeouts = []

    def gettimeout(self):
        return None

    def settimeout(self, seconds):
        self.timeouts.append(seconds)


class Breaking(io.BytesIO):
    def read(self, size=-1):
        raise OSError("gone")


def call(environ, application=None):
    """The status and the body answered, and what the application was given to read."""
    seen = {}

    def standard(environ, start_response):
        seen["length"] = int(environ.get("CONTENT_LENGTH") or 0)
        seen["body"] = environ["wsgi.input"].read(seen["length"])
        start_response("200 OK", [])
        return [b"read"]

    def start_response(status, headers):
        seen["status"] = status

    answer = WholeBodies(application or standard)(environ, start_response)
    seen["answer"] = b"".join(answer)
    if hasattr(answer, "close"):
        answer.close()
    return seen


def chunked(body):
    return {"HTTP_TRANSFER_ENCODING": "chunked", "wsgi.input": body}


def test_a_chunked_body_gets_a_length():
    seen = call(chunked(io.BytesIO(b"x" * 3 * MB)))
    assert (seen["length"], len(seen["body"])) == (3 * MB, 3 * MB)


def test_a_chunked_body_is_put_aside_only_up_to_a_little_more_than_the_largest():
    body = io.BytesIO(b"x" * 40 * MB)
    seen = call(chunked(body))
    assert LARGEST_BODY < seen["length"] <= LARGEST_BODY + whole_bodies.CHUNK


def test_a_chunked_body_that_breaks_off_is_a_problem():
    seen = call(chunked(Breaking()))
    assert seen["status"].startswith("400")
    assert b'"problems"' in seen["answer"]


def test_what_the_application_left_is_read_and_dropped():
    body = io.BytesIO(b"x" * 5 * MB)
    environ = {"CONTENT_LENGTH": str(5 * MB), "wsgi.input": body, "gunicorn.socket": Connection()}
    seen = call(environ, lambda environ, start_response: [b"refused"])
    assert seen["answer"] == b"refused"
    assert body.read() == b""


def test_a_sender_that_stops_is_not_waited_for():
    environ = {"CONTENT_LENGTH": "5000000", "wsgi.input": Breaking(), "gunicorn.socket": Connection()}
    assert call(environ, lambda environ, start_response: [b"refused"])["answer"] == b"refused"


def test_draining_has_an_end(monkeypatch):
    monkeypatch.setattr(whole_bodies, "DRAIN_BYTES", MB)
    body = io.BytesIO(b"x" * 5 * MB)
    call({"CONTENT_LENGTH": str(5 * MB), "wsgi.input": body, "gunicorn.socket": Connection()}, lambda *_: [])
    assert len(body.read()) >= 3 * MB


@pytest.mark.parametrize(
    ("path", "limit"),
    [
        ("/api/v1/contacts/batch/", 32),
        ("/api/v1/events/batch/", 32),
        ("/api/v1/imports/", 32),
        ("/imports/", 32),
        ("/api/v1/contacts/", 1),
        ("/api/v1/batches/", 1),
        ("/important/", 1),
    ],
)
def test_batches_and_files_may_be_large(path, limit):
    assert limit_for(path) == limit * MB
