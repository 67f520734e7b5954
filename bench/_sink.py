"""A mail server that accepts everything and keeps nothing: `smtp-sink` of Debian's postfix, run by itself."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

PLACES = "/usr/sbin:/usr/libexec/postfix:/usr/lib/postfix/sbin"
MISSING = (
    "This benchmark sends to smtp-sink, a program of postfix. Install the package postfix (no server of it needs to "
    "run), or run the benchmark as root where apt-get can install it."
)


@dataclass
class Sink:
    port: int
    counted: Path

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    def messages(self) -> int:
        """How many it has accepted since it began."""
        found = re.findall(r"mesg=(\d+)", self.counted.read_text(errors="replace"))
        return int(found[-1]) if found else 0


@contextmanager
def smtp_sink() -> Iterator[Sink]:
    program = find()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with tempfile.TemporaryDirectory() as folder:
        counted = Path(folder, "counted.txt")
        with counted.open("w") as output:
            user = ["-u", "nobody"] if os.geteuid() == 0 else []
            argv = [program, *user, "-c", f"127.0.0.1:{port}", "1000"]
            process = subprocess.Popen(argv, stdout=output, stderr=output, cwd="/")
        try:
            _wait(port, process)
            yield Sink(port, counted)
        finally:
            process.kill()
            process.wait()


def find() -> str:
    """Where smtp-sink is; installed with apt-get where that may be done and it is missing."""
    found = shutil.which("smtp-sink", path=f"{PLACES}:{os.environ.get('PATH', '')}")
    if found is None and os.geteuid() == 0 and shutil.which("apt-get"):
        print("Installing postfix for its smtp-sink …", flush=True)
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        silent = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
        argv = ["apt-get", "install", "-y", "--no-install-recommends", "postfix"]
        subprocess.run(argv, env=silent, check=False, **quiet)  # type: ignore[call-overload]
        found = shutil.which("smtp-sink", path=PLACES)
    if found is None:
        raise SystemExit(MISSING)
    return found


def _wait(port: int, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + 10
    while time.monotonic() < end and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            time.sleep(0.05)
    raise SystemExit("smtp-sink does not answer.")
