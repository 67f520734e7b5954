"""A program that must be running: started again when it ends, later and later while it keeps ending."""

from __future__ import annotations

import os
import shutil
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from crmseg.embedded.process import Child, Program

FIRST_PAUSE, LONGEST_PAUSE, STEADY = 0.1, 10.0, 30.0
LONGEST_LOG = 20 * 2**20


@dataclass
class Service:
    """A program that must be running, and the pause before it is started again."""

    make: Callable[[], Program]
    stage: int
    """What needs others to be there has a higher one, and is stopped before them."""
    child: Child | None = None
    pause: float = FIRST_PAUSE
    started: float = 0
    due: float = 0

    def start(self) -> Child:
        self.child = Child(self.make())
        self.started = time.monotonic()
        return self.child

    def has_ended(self) -> bool:
        return self.child is not None and not self.child.is_running()

    def postpone(self) -> bool:
        """Soon after a long run, later after a short one. Whether that is news: not when it ends again and again."""
        known = self.pause == LONGEST_PAUSE
        steady = time.monotonic() - self.started > STEADY
        self.pause = FIRST_PAUSE if steady else min(self.pause * 2, LONGEST_PAUSE)
        self.due = time.monotonic() + self.pause
        self.child = None
        return steady or not known


def how_it_ended(child: Child) -> str:
    code, log = child.process.returncode, child.program.log
    return f"was ended by {signal.Signals(-code).name}" if code < 0 else f"ended ({last_words(log)}; see {log})"


def last_words(log: Path | None) -> str:
    """The last line that a program wrote before it ended."""
    try:
        lines = log.read_text(errors="replace").strip().splitlines() if log else []
    except OSError:
        lines = []
    return lines[-1].strip() if lines else "it said nothing"


def shorten(log: Path) -> None:
    """Keep a log from filling the disk: programs append, so it can be cut under their hands."""
    if log.stat().st_size > LONGEST_LOG:
        shutil.copyfile(log, log.with_suffix(".log.1"))
        os.truncate(log, 0)
