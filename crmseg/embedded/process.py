"""A child process that never outlives its parent, and leaves nothing behind when it stops.

A child is told by the kernel when its parent dies, however the parent died; what it started itself shares its process
group, or learns of its death in turn (see `follow_parent`).
"""

from __future__ import annotations

import ctypes
import os
import pwd
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER = 1, 36


def _prctl(option: int, value: int) -> None:
    ctypes.CDLL(None, use_errno=True).prctl(option, value, 0, 0, 0)


def follow_parent(sign: int = signal.SIGKILL) -> None:
    """Ask the kernel to send `sign` to this process when its parent dies."""
    _prctl(PR_SET_PDEATHSIG, sign)


def adopt_orphans() -> None:
    """Become the parent of what a dying child leaves behind, so that it can be found and ended."""
    _prctl(PR_SET_CHILD_SUBREAPER, 1)


def start_time(pid: int) -> str | None:
    """The instant a process started, in kernel ticks: with its number, a name that is never used twice."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None
    state, *rest = stat.rpartition(")")[2].split()
    return None if state in "ZX" else rest[18]


def is_alive(pid: int, started: str | None) -> bool:
    return started is not None and start_time(pid) == started


def has_ended(pid: int, started: str | None) -> bool:
    return not is_alive(pid, started)


def as_user(user: pwd.struct_passwd | None) -> dict[str, Any]:
    """What to tell `subprocess` to run as somebody else."""
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []} if user else {}


def wait_until(true: Callable[[], bool], *, seconds: float, step: float = 0.02) -> bool:
    """Whether `true` came true in time."""
    end = time.monotonic() + seconds
    while not true():
        if time.monotonic() > end:
            return False
        time.sleep(step)
    return True


@dataclass(frozen=True)
class Program:
    """What to run and how it likes to be stopped."""

    name: str
    argv: Sequence[str | Path]
    env: Mapping[str, str] = field(default_factory=dict)
    cwd: Path | None = None
    log: Path | None = None
    speaks: bool = False
    """Whether it writes to the terminal of the person who started it."""
    stdin: str = ""
    user: pwd.struct_passwd | None = None
    pass_fds: tuple[int, ...] = ()
    stop_signals: tuple[int, ...] = (signal.SIGTERM,)
    """Sent one after the other, each given `grace` seconds, before the whole group is killed."""
    orphan_signal: int = signal.SIGKILL
    grace: float = 10
    last_grace: float = 0
    """Given before the kill even in a hurry."""


class Child:
    """A running program."""

    def __init__(self, program: Program) -> None:
        self.program = program
        parent = os.getpid()

        def bind_to_parent() -> None:
            follow_parent(program.orphan_signal)
            if os.getppid() != parent:
                os._exit(1)

        with open(program.log or os.devnull, "ab") as log:
            self.process: subprocess.Popen[bytes] = subprocess.Popen(
                [os.fspath(argument) for argument in program.argv],
                env={**os.environ, **program.env},
                cwd=program.cwd,
                stdin=subprocess.PIPE if program.stdin else subprocess.DEVNULL,
                stdout=None if program.speaks else log,
                stderr=None if program.speaks else subprocess.STDOUT,
                pass_fds=program.pass_fds,
                start_new_session=True,
                preexec_fn=bind_to_parent,
                **as_user(program.user),
            )
        if self.process.stdin:
            with self.process.stdin as stdin:
                stdin.write(program.stdin.encode())
        self.started = start_time(self.pid)

    @property
    def pid(self) -> int:
        return self.process.pid

    def is_running(self) -> bool:
        return self.process.poll() is None

    def stop(self) -> None:
        stop([self])

    def kill_group(self) -> None:
        kill_group(self.pid)


def stop(children: Sequence[Child], *, hurry: Callable[[], bool] = lambda: False) -> None:
    """End them together, the way each likes, or at once where there is `hurry`; then end what is left of them."""

    def running() -> list[Child]:
        return [child for child in children if child.is_running()]

    for turn in range(max((len(child.program.stop_signals) for child in children), default=0)):
        left = running()
        for child in left:
            child.process.send_signal(child.program.stop_signals[min(turn, len(child.program.stop_signals) - 1)])
        patience = max((child.program.grace for child in left), default=0)
        wait_until(lambda: not running() or hurry(), seconds=patience)
    wait_until(lambda: not running(), seconds=max((child.program.last_grace for child in running()), default=0))
    for child in children:
        child.kill_group()
        child.process.wait()


def kill_group(pid: int) -> None:
    try:
        os.killpg(pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return


def children() -> list[int]:
    """The children of this process, its own and those it was left with."""
    try:
        return [int(pid) for pid in Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()]
    except OSError:
        return []
