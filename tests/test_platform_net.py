"""Calls to addresses that users typed in."""

import socket
import threading
import time
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from crmseg.common import net


class Receiver(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.path == "/redirect":
            self.send_response(302)
            self.send_header("Location", "http://169.254.169.254/")
            self.end_headers()
            return
        self.send_response(200)
        self.end_headers()
        if self.path == "/drip":
            with suppress(OSError):
                for _ in range(20):
                    self.wfile.write(b"x")
                    self.wfile.flush()
                    time.sleep(0.1)
        elif self.path == "/large":
            with suppress(OSError):
                self.wfile.write(b"x" * 5_000_000)
        else:
            self.wfile.write(self.headers["Host"].encode() + b" " + self.path.encode() + b" " + body)

    def log_message(self, *args):
        pass


@contextmanager
def receiver():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture
def port(settings):
    settings.ALLOW_PRIVATE_HOSTS = frozenset({"127.0.0.1", "hooks.test"})
    with receiver() as port:
        yield port


def test_a_named_private_host_is_called(port):
    answer = net.post(f"http://127.0.0.1:{port}/hook?a=1", b"body", headers={"Content-Type": "text/plain"})
    assert (answer.ok, answer.body) == (True, f"127.0.0.1:{port} /hook?a=1 body".encode())


def test_the_call_goes_to_the_address_that_was_checked(port, monkeypatch):
    asked = []

    def resolve(host, port, **options):
        asked.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]

    with monkeypatch.context() as patched:
        patched.setattr(net.socket, "getaddrinfo", lambda host, port, *a, **o: resolve(host, port))
        answer = net.post(f"http://hooks.test:{port}/", b"")
    assert answer.body.startswith(f"hooks.test:{port}".encode())
    assert asked[0] == "hooks.test"
    assert set(asked[1:]) <= {"127.0.0.1"}


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/",
        "http://localhost/",
        "http://[::1]/",
        "http://[::ffff:127.0.0.1]/",
        "http://[64:ff9b::7f00:1]/",
        "http://2130706433/",
        "http://0x7f.1/",
        "http://0/",
        "http://10.0.0.1/",
        "http://192.168.1.1/",
        "http://100.64.0.1/",
        "http://169.254.169.254/latest/meta-data/",
        "http://[fd00:ec2::254]/",
        "http://224.0.0.1/",
        "http://255.255.255.255/",
        "https://user:password@example.org/",
        "ftp://example.org/",
        "file:///etc/passwd",
        "gopher://127.0.0.1:6379/_x",
        "http:///x",
        "http://example.org:99999/",
        "http://exam ple.org/",
        "http://example.org/\r\nX: y",
        "//example.org/",
        "",
    ],
)
def test_other_addresses_are_refused(url):
    with pytest.raises(net.Refused):
        net.post(url, b"")


def test_a_host_that_is_also_private_is_refused(monkeypatch):
    both = [(2, 1, 6, "", ("93.184.216.34", 80)), (2, 1, 6, "", ("10.0.0.1", 80))]
    monkeypatch.setattr(net.socket, "getaddrinfo", lambda *args, **options: both)
    with pytest.raises(net.Refused):
        net.check("http://example.org/")


def test_a_redirect_is_not_followed(port):
    assert net.post(f"http://127.0.0.1:{port}/redirect", b"").status == 302


def test_answers_are_cut_at_the_size_agreed(port):
    assert len(net.post(f"http://127.0.0.1:{port}/large", b"", largest=1000).body) == 1000


def test_an_answer_that_drips_is_given_up(port):
    with pytest.raises(net.Unreachable):
        net.post(f"http://127.0.0.1:{port}/drip", b"", timeout=0.5)


def test_nobody_there_is_unreachable(port):
    with pytest.raises(net.Unreachable):
        net.post("http://127.0.0.1:1/", b"")
