"""The running product for end-to-end tests: the real supervisor on a data folder and a port of its own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from crmseg.embedded import instance
from crmseg.embedded.valkey import free_port

ROOT = Path(__file__).resolve().parent.parent
SERVER_VARIABLES = ("DATABASE_URL", "REDIS_URL", "CRMSEG_DATA_DIR", "CRMSEG_PORT", "CRMSEG_HOST")


@dataclass
class Product:
    """`dev.py up` in a process of its own, spoken to from outside."""

    data_dir: Path
    options: tuple[str, ...] = ()
    env: dict[str, str] = field(default_factory=dict)
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[str] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def environment(self) -> dict[str, str]:
        given = {name: value for name, value in os.environ.items() if name not in SERVER_VARIABLES}
        return given | {"CRMSEG_DATA_DIR": str(self.data_dir)} | self.env

    def start(self, *, ready: bool = True, seconds: float = 240) -> Product:
        self.data_dir.mkdir(parents=True, exist_ok=True)
        with open(self.data_dir / "up.txt", "a") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "crmseg.embedded", "--port", str(self.port), *self.options],
                cwd=ROOT,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                text=True,
                start_new_session=True,
            )
        if ready:
            self.wait_ready(seconds)
        return self

    def output(self) -> str:
        return (self.data_dir / "up.txt").read_text()

    def wait_ready(self, seconds: float = 120) -> None:
        end = time.monotonic() + seconds
        while self.status("/readyz") != 200:
            assert self.process is None or self.process.poll() is None, f"up ended:\n{self.output()}"
            assert time.monotonic() < end, f"not ready:\n{self.output()}\n{self.readiness()}"
            time.sleep(0.1)

    def status(self, path: str) -> int:
        try:
            with urllib.request.urlopen(self.url + path, timeout=5) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            return error.code
        except OSError:
            return 0

    def readiness(self) -> object:
        try:
            with urllib.request.urlopen(self.url + "/readyz", timeout=5) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            return json.load(error)
        except OSError as error:
            return str(error)

    def manage(self, *arguments: str) -> str:
        """What a management command prints, run as `dev.py manage` runs it."""
        done = subprocess.run(
            [sys.executable, ROOT / "manage.py", *arguments],
            env=self.environment,
            cwd=ROOT,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout.strip()

    def processes(self) -> dict[str, int]:
        """The running programs of the instance by name, as the supervisor recorded them."""
        recorded = json.loads(instance.Folder(self.data_dir).processes.read_text())
        return {name: pid for name, (pid, _) in recorded.items()}

    def stop(self, sign: int = signal.SIGTERM, seconds: float = 60) -> int:
        assert self.process is not None
        if self.process.poll() is None:
            self.process.send_signal(sign)
        return self.process.wait(seconds)


@pytest.fixture(scope="session")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """One product for all the end-to-end tests of a run, without sample data."""
    running = Product(tmp_path_factory.mktemp("product"))
    try:
        yield running.start()
    finally:
        running.stop()
