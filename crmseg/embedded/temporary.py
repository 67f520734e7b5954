"""PostgreSQL and Valkey for one run of tests or of a benchmark: private, quick rather than durable, gone afterwards."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from crmseg.embedded import postgres
from crmseg.embedded.postgres import Postgres, ServerFailed
from crmseg.embedded.process import Child, wait_until
from crmseg.embedded.service import last_words
from crmseg.embedded.valkey import Valkey


@dataclass(frozen=True)
class Servers:
    database_url: str
    redis_url: str


@contextmanager
def throwaway(*, settings: tuple[str, ...] = postgres.THROWAWAY) -> Iterator[Servers]:
    """Both servers, for as long as the block runs; `settings` are PostgreSQL's (`("fsync=on",)` for honest times)."""
    with ExitStack() as stack:
        folder = Path(tempfile.mkdtemp(prefix="crmseg-"))
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        folder.chmod(0o711)
        sockets, keys = folder / "s", folder / "valkey"
        sockets.mkdir(mode=0o700)
        keys.mkdir(mode=0o700)
        database = Postgres(folder / "postgres", sockets, settings, folder / "postgres.log")
        database.prepare()
        broker = Valkey(keys, durable=False, log=folder / "valkey.log")
        for server in (database, broker):
            child = Child(server.program())
            stack.callback(child.stop)
            wait_ready(child, server.is_ready)
        database.create_database()
        yield Servers(database.url, broker.url)


def wait_ready(child: Child, is_ready: Callable[[], bool], *, seconds: float = 60) -> None:
    """Return once the server answers; fail with what it said when it ended instead."""
    if not wait_until(lambda: is_ready() or not child.is_running(), seconds=seconds):
        raise ServerFailed(f"{child.program.name} did not answer within {seconds:.0f} seconds.")
    if not child.is_running():
        raise ServerFailed(f"{child.program.name} could not start: {last_words(child.program.log)}")
