"""The programs of the product itself: how each is called, and how it likes to be stopped."""

from __future__ import annotations

import signal
import sys
from collections.abc import Mapping
from pathlib import Path

from crmseg.embedded.process import Program

ROOT = Path(__file__).resolve().parent.parent.parent
QUEUES = {"live": 2, "bulk": 1, "send": 2}
"""Small immediate work never waits behind imports and builds, nor do messages: each has workers of its own."""


def manage(*arguments: str, env: Mapping[str, str], log: Path | None = None) -> Program:
    """A management command, run once. Without a log it speaks to the person who started the instance."""
    argv: list[str | Path] = [sys.executable, ROOT / "manage.py", *arguments]
    return Program(arguments[0], argv, env=env, cwd=ROOT, log=log, speaks=log is None)


def web(socket: int, *, env: Mapping[str, str], log: Path) -> Program:
    """The web process answers on a socket it inherits: callers wait while it restarts, and are not refused."""
    return Program(
        "web",
        [sys.executable, "-m", "gunicorn", "-c", "python:crmseg.gunicorn", "-b", f"fd://{socket}", "crmseg.wsgi"],
        env=env,
        cwd=ROOT,
        log=log,
        pass_fds=(socket,),
    )


def worker(queue: str, *, env: Mapping[str, str], log: Path) -> Program:
    """SIGTERM lets a task finish; SIGQUIT gives it up, which is safe: rows own the work."""
    options = ("-Q", queue, "-n", f"{queue}@%h", "-c", str(QUEUES[queue]), "-l", "WARNING")
    quiet = ("--without-gossip", "--without-mingle", "--without-heartbeat")
    return Program(
        queue,
        [sys.executable, "-m", "celery", "--quiet", "-A", "crmseg", "worker", *options, *quiet],
        env=env,
        cwd=ROOT,
        log=log,
        stop_signals=(signal.SIGTERM, signal.SIGQUIT),
        grace=15,
    )


def beat(*, env: Mapping[str, str], log: Path) -> Program:
    argv = [sys.executable, "-m", "celery", "--quiet", "-A", "crmseg", "beat", "-l", "WARNING", "--pidfile="]
    return Program("beat", argv, env=env, cwd=ROOT, log=log)
