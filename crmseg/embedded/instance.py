"""What an instance is: its data folder, and the record that lets other commands find its servers.

Standard library only: settings read this before anything else. The record is written by the supervisor while it runs,
readable by its owner alone, and believed only while that supervisor lives.
"""

from __future__ import annotations

import json
import os
import tempfile
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Literal

from crmseg.embedded.process import is_alive

Demo = Literal["", "loading", "loaded", "failed"]
LONGEST_SOCKET_PATH = 107


@dataclass(frozen=True)
class Instance:
    """A running instance: where its servers answer, and how far its sample data is."""

    pid: int
    started: str
    host: str
    port: int
    database_url: str
    redis_url: str
    demo: Demo = ""

    def at(self, database_url: str, redis_url: str) -> Instance:
        return replace(self, database_url=database_url, redis_url=redis_url)

    def with_demo(self, demo: Demo) -> Instance:
        return replace(self, demo=demo)


@dataclass(frozen=True)
class Folder:
    """The places of an instance below its data folder, which may hold other files too."""

    root: Path

    @property
    def run(self) -> Path:
        return self.root / "run"

    @property
    def logs(self) -> Path:
        return self.root / "logs"

    @property
    def postgres(self) -> Path:
        return self.root / "postgres"

    @property
    def valkey(self) -> Path:
        return self.root / "valkey"

    @property
    def record(self) -> Path:
        return self.run / "instance.json"

    @property
    def processes(self) -> Path:
        """Which processes belong to the instance: number and start, by name."""
        return self.run / "processes.json"

    def make(self) -> None:
        self.root.mkdir(parents=True, exist_ok=True)
        for path in (self.run, self.logs, self.valkey):
            path.mkdir(mode=0o700, exist_ok=True)


def read(data_dir: Path) -> Instance | None:
    """The instance that runs on this data folder, if one does."""
    try:
        instance = Instance(**json.loads(Folder(data_dir).record.read_text()))
    except (OSError, ValueError, TypeError):
        return None
    return instance if is_alive(instance.pid, instance.started) else None


def write(data_dir: Path, instance: Instance) -> None:
    """Replace the record in one step, never readable by others."""
    write_private(Folder(data_dir).record, json.dumps(asdict(instance)))


def write_private(path: Path, text: str) -> None:
    handle, new = tempfile.mkstemp(dir=path.parent)  # 0600 from the start
    with os.fdopen(handle, "w") as file:
        file.write(text)
    os.replace(new, path)


def socket_folder(folder: Path, socket_name: str, *, shared: bool = False) -> Path:
    """`folder`, or a short private one elsewhere: a socket's path may be too long for the system in it, and a server
    that is somebody else (`shared`) may not pass through our private folders."""
    if not shared and len(os.fsencode(folder / socket_name)) <= LONGEST_SOCKET_PATH:
        folder.mkdir(mode=0o700, exist_ok=True)
        return folder
    return Path(tempfile.mkdtemp(prefix="crmseg-"))
