"""The command line of `up`, without Django: the supervisor needs none of it, and starts sooner."""

from __future__ import annotations

import os
from argparse import ArgumentParser
from pathlib import Path

from crmseg.embedded.instance import Folder
from crmseg.embedded.postgres import ServerFailed
from crmseg.embedded.programs import ROOT
from crmseg.embedded.supervisor import Supervisor


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--demo", action="store_true", help="load the sample data, once")
    parser.add_argument("--host", help="address to answer at (CRMSEG_HOST, 127.0.0.1)")
    parser.add_argument("--port", type=int, help="port to answer at (CRMSEG_PORT, 8000)")
    parser.add_argument("--data-dir", type=Path, help="folder for everything it keeps (CRMSEG_DATA_DIR, var/)")


def run(*, demo: bool, host: str | None, port: int | None, data_dir: Path | None) -> None:
    """Run an instance until it is asked to stop; raise ServerFailed with one sentence where it cannot start."""
    environment = os.environ.get
    folder = data_dir or Path(environment("CRMSEG_DATA_DIR") or ROOT / "var")
    Supervisor(
        Folder(folder.resolve()),
        host=host or environment("CRMSEG_HOST") or "127.0.0.1",
        port=port or _port(environment("CRMSEG_PORT") or "8000"),
        demo=demo,
        database_url=environment("DATABASE_URL") or "",
        redis_url=environment("REDIS_URL") or "",
    ).run()


def _port(text: str) -> int:
    if text.isdecimal() and 0 < int(text) < 65536:
        return int(text)
    raise ServerFailed(f"CRMSEG_PORT is no port number: {text}.")
